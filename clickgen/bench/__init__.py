"""The benchmarks of record: what clickgen costs, measured against the ordinary way in the same run."""
