"""EventBridge Pipes: from a stream to a stream or a function, filtered and reshaped."""
