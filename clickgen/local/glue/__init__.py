"""AWS Glue: the catalogue of databases, tables and partitions, and crawlers that fill it."""
