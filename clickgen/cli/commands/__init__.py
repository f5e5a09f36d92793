"""One file for each command; the folders mirror the command tree."""
