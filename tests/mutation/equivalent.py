"""Mutants that change nothing that could be noticed, by their name, each with its reason."""

EQUIVALENT: dict[str, str] = {}
