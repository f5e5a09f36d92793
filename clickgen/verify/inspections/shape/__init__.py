"""Whether the fields and types of what landed are those that the run's schema promises."""
