"""Prices (data with a date) and the arithmetic of the bill."""
