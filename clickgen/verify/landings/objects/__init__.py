"""Objects in a bucket or a folder: listed, scanned in several processes, and remembered."""
