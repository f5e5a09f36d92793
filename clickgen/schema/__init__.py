"""The shape of an event as bytes."""
