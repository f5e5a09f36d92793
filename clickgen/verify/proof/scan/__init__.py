"""One object's bytes to findings: which events of which run are in them, whole or damaged."""
