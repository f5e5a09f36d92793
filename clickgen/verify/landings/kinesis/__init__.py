"""The shards of a Kinesis stream, read from the beginning of a run."""
