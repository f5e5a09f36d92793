"""The tests of clickgen."""
