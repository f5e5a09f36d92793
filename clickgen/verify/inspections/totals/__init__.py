"""Totals that analytics give, compared with what the run itself says they should be."""
