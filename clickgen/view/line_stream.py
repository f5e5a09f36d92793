"""Lines for logs and pipes."""

from typing import TextIO

from clickgen.model.outside_text import one_line


class LineStream:
    """Writes lines, each at once. A reader that goes away (`2>&1 | head`) ends them, and nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream

    def write(self, line: str) -> None:
        """Write one line, in which nothing acts; nothing where nobody reads any more."""
        if self._stream is None:
            return
        try:
            self._stream.write(one_line(line) + "\n")
            self._stream.flush()
        except OSError:
            self._stream = None
