"""Lines for logs and pipes."""

from typing import TextIO


class LineStream:
    """Writes lines, each at once. A reader that goes away (`2>&1 | head`) ends them, and nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream

    def write(self, line: str) -> None:
        """Write one line; nothing where nobody reads any more."""
        if self._stream is None:
            return
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except OSError:
            self._stream = None
