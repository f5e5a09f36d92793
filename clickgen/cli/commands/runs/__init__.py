"""`clickgen runs`."""
