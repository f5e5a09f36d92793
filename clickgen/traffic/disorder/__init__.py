"""Disorder on purpose: late, doubled, damaged, swapped and drifted events, each known by its number."""
