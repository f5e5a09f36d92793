"""How each kind of place is read: objects, SQL, Kinesis, DynamoDB."""
