"""What a pipeline.toml describes: its resources, how events pass them, and creating them by ordinary SDK calls."""
