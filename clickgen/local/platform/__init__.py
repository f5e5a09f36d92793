"""What every service stands on: the endpoint, the lake folder, faults, the clock, errors."""
