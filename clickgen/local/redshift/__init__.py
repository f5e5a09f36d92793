"""Amazon Redshift: the Data API and COPY, over a PostgreSQL of this machine, or DuckDB if there is none."""
