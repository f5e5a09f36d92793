"""The limits of items and of the expressions over them [developer guide, quotas]."""

MAX_ITEM_BYTES = 400 * 1024
"""Of an item, names and values."""

MAX_NUMBER_DIGITS = 38
MAX_NUMBER_EXPONENT = 125
MIN_NUMBER_EXPONENT = -130

MAX_NESTING = 32
"""Levels of lists and maps in an attribute."""

MAX_EXPRESSION_BYTES = 4096
"""Of an expression."""
