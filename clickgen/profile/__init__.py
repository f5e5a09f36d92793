"""What the traffic of a site looks like: the model of a profile and loading it with good errors."""
