"""Finding out about a destination before anything leaves: one file for each kind."""
