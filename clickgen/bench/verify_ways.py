"""What `clickgen bench verify` can measure, by name."""

GZIP_IDS = "gzip_ids"
GZIP_CONTENT = "gzip_content"
PARQUET = "parquet"
AGAIN = "again_with_sidecars"
UNION = "union"
VERIFY_NAMES = (GZIP_IDS, GZIP_CONTENT, PARQUET, AGAIN, UNION)
COMPARED_TO = {AGAIN: GZIP_CONTENT}
