"""Places that answer SQL: Parquet by DuckDB, Athena, Redshift, PostgreSQL."""
