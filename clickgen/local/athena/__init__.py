"""Amazon Athena: SQL over what lies in the lake, by DuckDB, with the catalogue's tables."""
