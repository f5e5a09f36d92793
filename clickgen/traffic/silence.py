"""Noticing that a source which may have no end is no recording of events."""

from collections.abc import Iterable, Iterator, Sequence

from clickgen.model.errors import UsageProblem
from clickgen.read.pieces import MAX_OBJECT_BYTES, Fault, JsonObject, Piece
from clickgen.traffic.replay_files import STDIN, is_device

# Four times the longest object that is read, and sixteen times the longest that Firehose takes as a record
# (1,000 KiB before base64): a line that has no end by then was never an event.
MAX_SILENT_BYTES = 4 * MAX_OBJECT_BYTES


class Silence:
    """Counts what arrives without an event: from a device all of it, from a pipe one line, as it may be a log."""

    def __init__(self, path: str) -> None:
        self._name = "standard input" if path == STDIN else path
        self._device = is_device(path)
        self._silent = 0

    def listen(self, chunks: Iterable[bytes | Fault]) -> Iterator[bytes | Fault]:
        """The chunks, counted; UsageProblem if there were no events in them for too long."""
        for chunk in chunks:
            self.check()
            if isinstance(chunk, bytes):
                end = -1 if self._device else chunk.rfind(b"\n")
                self._silent = len(chunk) - end if end >= 0 else self._silent + len(chunk)
            yield chunk
        self.check()

    def hear(self, pieces: Sequence[Piece]) -> None:
        """Note the pieces that the last chunk completed."""
        if any(isinstance(piece, JsonObject) for piece in pieces):
            self._silent = 0

    def check(self) -> None:
        """UsageProblem if there was nothing for too long."""
        if self._silent > MAX_SILENT_BYTES:
            what = "an event" if self._device else "an event or the end of a line"
            raise UsageProblem(
                f"{self._name}: {MAX_SILENT_BYTES >> 20} MiB without {what}: this is not a recording of events",
                "replay takes JSON objects and rows; check what it reads",
            )
