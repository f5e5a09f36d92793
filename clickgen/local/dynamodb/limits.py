"""The limits of DynamoDB and its streams.

Sources: the API models (botocore, dynamodb and streams.dynamodb 2012-08-10) and "Quotas" of the developer guide.
"""

from clickgen.local.platform.limits import MEBIBYTE

MAX_BATCH_WRITES = 25
MAX_BATCH_READS = 100
MAX_TRANSACTION_ITEMS = 100
"""Of one call [API models]."""

MAX_BATCH_READ_BYTES = 16 * MEBIBYTE
"""What BatchGetItem gives; the keys of the rest come back as UnprocessedKeys [API documentation]."""

MAX_TRANSACTION_BYTES = 4 * MEBIBYTE
"""Of the items of one transaction [API documentation]."""

MAX_PAGE_BYTES = MEBIBYTE
"""Of the items that one Query or Scan looks at [API documentation]."""

MAX_HASH_KEY_BYTES = 2048
MAX_RANGE_KEY_BYTES = 1024
"""[developer guide]"""

MAX_GLOBAL_INDEXES = 20
MAX_LOCAL_INDEXES = 5
"""Of a table [developer guide]."""

MAX_TAGS = 50
"""Of a table [developer guide]."""

MAX_STREAM_PAGE_RECORDS = 1000
MAX_STREAM_PAGE_BYTES = MEBIBYTE
"""What GetRecords of a stream gives [API model]."""

STREAM_RETENTION_SECONDS = 24 * 3600.0
"""How long a stream keeps its records [developer guide]. --speedup does not shorten it, nor the next one:
consumers are not sped up with the services."""

ITERATOR_SECONDS = 900.0
"""How long a shard iterator can be used [API documentation]."""

TRANSACTION_TOKEN_SECONDS = 600.0
"""How long a transaction with the same ClientRequestToken does nothing again [API documentation]."""

CREATE_SECONDS = 0.3
DELETE_SECONDS = 0.3
"""How long a table is CREATING and DELETING: at AWS some seconds, here enough to notice it."""

TRIM_SECONDS = 60.0
"""How often streams are searched for what is past their retention."""
