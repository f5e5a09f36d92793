"""Is every comparison of the verifier held by a test? `python -m tests.mutation` breaks each in turn."""
