"""Where batches go: one file a service, its limits as constants beside it."""
