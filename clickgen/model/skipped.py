"""What a recording holds besides events."""

from typing import NamedTuple


class Skipped(NamedTuple):
    """A piece of a file that is not a JSON object."""

    file: str
    line: int  # from 1
    reason: str
    excerpt: str  # its first characters
