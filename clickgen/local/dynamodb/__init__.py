"""DynamoDB over SQLite: tables, expressions, and the streams of their changes."""
