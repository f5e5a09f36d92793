"""What is wrong with a pipeline before anything is sent through it, by station, and what to do about it."""
