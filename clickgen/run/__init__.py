"""The only place where the stations are joined: plan, workers, the run itself and its events."""
