"""The nouns of the line: event ids, blocks, batches, outcomes, plans, errors. Imports nothing of clickgen."""
