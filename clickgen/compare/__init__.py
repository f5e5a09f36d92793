"""How far apart two things of one kind are: the traffic of recordings and profiles, or the figures of two runs."""
