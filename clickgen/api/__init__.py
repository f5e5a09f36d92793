"""clickgen in Python: `clickgen.send`, `clickgen.verify` and what they return and raise."""
