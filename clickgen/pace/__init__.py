"""When events are due: schedules as pure arithmetic, and the clock."""
