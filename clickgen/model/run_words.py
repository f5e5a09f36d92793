"""What may be written for the id of a run."""

LATEST = "last"  # the run that began last
PREVIOUS = "previous"  # the one before it
