"""Whether the events of somebody else's producer are where they should be, by a list of their ids."""
