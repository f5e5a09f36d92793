"""What a recording is written in, and its rows as JSON objects."""
