"""The limits of Amazon Data Firehose, kept here too: the embedded pipeline is a witness and borrows none.

Sources: the service's API model (botocore, firehose 2015-08-04) and the quota page of its developer guide.
"""

MAX_RECORDS_A_CALL = 500
"""Records of one PutRecordBatch [API model]."""

MAX_CALL_BYTES = 4 * 1024 * 1024
"""Data of one PutRecordBatch, before base64: four records of 1 MB are known to pass [kolide/fleet#2022]."""

MAX_RECORD_BYTES = 1_024_000
"""Data of one record, before base64 [API model]."""

MAX_STREAMS = 5_000
"""Streams of an account and region [API documentation of CreateDeliveryStream]."""

DEFAULT_BUFFER_MB = 5
DEFAULT_BUFFER_SECONDS = 300
"""Buffering where no hint is given [API documentation of BufferingHints]."""

MAX_EVALUATED_PREFIX = 512
"""Characters of a prefix after its expressions are evaluated [developer guide, custom prefixes]."""

ZERO_BUFFER_SECONDS = 1.0
"""What an interval of 0 means here; the service delivers "within a few seconds" [developer guide]."""
