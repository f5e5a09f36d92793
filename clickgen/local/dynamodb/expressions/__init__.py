"""The expressions of DynamoDB: conditions, filters, updates and projections."""
