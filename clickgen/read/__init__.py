"""Bytes of all kinds to JSON objects. Replay and verification both read through it."""
