"""The limits of Kinesis Data Streams.

Sources: the API model (botocore, kinesis 2013-12-02) and "Quotas and limits" of the developer guide.
"""

from clickgen.local.platform.limits import MEBIBYTE

MAX_RECORDS_A_CALL = 500
"""Records of one PutRecords [API model]."""

MAX_CALL_BYTES = 10 * MEBIBYTE
"""Data and partition keys of one PutRecords, before base64 [API documentation]."""

MAX_KEY_CHARACTERS = 256
"""Of a partition key [API model]."""

SHARD_RECORDS_A_SECOND = 1000
SHARD_BYTES_A_SECOND = MEBIBYTE
"""What a shard takes [developer guide]."""

SHARD_READS_A_SECOND = 5
SHARD_READ_BYTES_A_SECOND = 2 * MEBIBYTE
"""What GetRecords gives of a shard [developer guide]."""

MAX_PAGE_RECORDS = 10_000
MAX_PAGE_BYTES = 10 * MEBIBYTE
"""What one GetRecords gives [API documentation]."""

ITERATOR_SECONDS = 300.0
"""How long a shard iterator can be used [API documentation]. --speedup does not shorten it: consumers are not sped
up with the services."""

MAX_STREAM_SHARDS = 500
"""Open shards of one account [developer guide, the quota of the large regions]; here of one stream."""

ON_DEMAND_SHARDS = 4
"""What an on-demand stream starts with, for its 4 MB/s [developer guide]."""

DEFAULT_RETENTION_HOURS = 24
MAX_RETENTION_HOURS = 8760
"""[API documentation of IncreaseStreamRetentionPeriod]"""

DEFAULT_RECORD_KIB = 1024
"""The largest record unless the stream says otherwise: CreateStream.MaxRecordSizeInKiB."""

MAX_TAGS = 50
"""Of one stream [developer guide]."""

CREATE_SECONDS = 0.3
DELETE_SECONDS = 0.3
"""How long a stream is CREATING and DELETING: at AWS some seconds, here enough to notice it."""

TRIM_SECONDS = 60.0
"""How often logs are searched for what is past its retention."""
