"""Kinesis Data Streams: shards with their limits over logs on disk."""
