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

DEFAULT_GATHERING_MB = 128
"""The same for streams that convert formats or partition [developer guide, record format conversion]."""

MIN_GATHERING_MB = 64
"""Least size hint of such a stream [developer guide; error text of the service for partitioning]."""

MIN_PARTITIONING_SECONDS = 60
"""Least interval hint of a stream that partitions [error text of the service]."""

MAX_PARTITION_KEYS = 50
"""Dynamic partition keys of a stream [quota page]."""

MAX_ACTIVE_PARTITIONS = 500
"""Partitions of a stream whose records wait for their delivery [quota page]."""

DEFAULT_PARTITION_RETRY_SECONDS = 300
DEFAULT_REDSHIFT_RETRY_SECONDS = 3600
DEFAULT_HTTP_RETRY_SECONDS = 300
"""How long a delivery is tried again where nothing is said [API documentation of the RetryOptions]."""

CREATING_SECONDS = 1.0
"""How long a new stream is CREATING: long enough to be seen, far shorter than the service's half minute."""

MAX_EVALUATED_PREFIX = 512
"""Characters of a prefix after its expressions are evaluated [developer guide, custom prefixes]."""

ZERO_BUFFER_SECONDS = 1.0
"""What an interval of 0 means here; the service delivers "within a few seconds" [developer guide]."""
