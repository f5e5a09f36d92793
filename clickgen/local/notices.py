"""What people are told while the server runs: one line each on stderr."""

import sys
from contextlib import suppress


def say(text: str) -> None:
    """Tell it; the parent that read stderr may be gone, and its records are to be delivered all the same."""
    with suppress(OSError):
        sys.stderr.write(f"clickgen local: {text}\n")
        sys.stderr.flush()
