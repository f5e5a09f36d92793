"""Whether objects lie as their stream's configuration promises: their keys, times, compression and sizes."""
