"""S3 over the lake: the store is the folder itself."""
