"""The report of a run as one page, for people who were not there."""
