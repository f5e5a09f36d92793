"""The embedded Firehose on loopback HTTP. An independent witness: it imports nothing of clickgen."""
