"""What a transform made of events, compared with what was sent, field by field."""
