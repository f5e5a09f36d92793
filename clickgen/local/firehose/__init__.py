"""Amazon Data Firehose: streams that buffer, process and deliver."""
