-- Find the days that are there.
MSCK REPAIR TABLE events
