"""Notices to the person who runs the server: one line each on stderr."""

import sys
from contextlib import suppress


def say(text: str) -> None:
    """Tell it; the parent that read stderr may be gone, and its records are to be delivered all the same."""
    with suppress(OSError):
        sys.stderr.write(f"clickgen local: {''.join(map(_harmless, text))}\n")
        sys.stderr.flush()


def _harmless(sign: str) -> str:
    """A sign that a terminal would obey as its escape: streams, keys and exceptions are named by others."""
    return sign if sign.isprintable() else ascii(sign)[1:-1]
