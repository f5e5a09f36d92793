"""The items of a DynamoDB table, compared with what was sent."""
