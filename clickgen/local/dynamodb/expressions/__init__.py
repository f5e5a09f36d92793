"""The expressions of DynamoDB: conditions, filters, keys, updates and projections."""
