"""Events into records, records into batches, batches to a sink with retry."""
