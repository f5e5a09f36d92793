"""What an item of a table may hold, and how its values compare: all other modules of DynamoDB stand on this."""
