"""What was found where a run's events landed: the nouns that scanning, comparing and landings share."""
