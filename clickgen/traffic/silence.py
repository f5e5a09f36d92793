"""How long a source that may have no end, a pipe or a device, can go on without an event."""

from collections.abc import Sequence

from clickgen.model.errors import UsageProblem
from clickgen.read.pieces import MAX_OBJECT_BYTES, Fault, JsonObject, Piece
from clickgen.traffic.replay_files import STDIN, is_device

# Four times the longest object that is read, and sixteen times the longest that Firehose takes as a record
# (1,000 KiB before base64): a line that has no end by then was never an event.
MAX_SILENT_BYTES = 4 * MAX_OBJECT_BYTES


class Silence:
    """Counts what comes without an event: of a device all, of a pipe within one line, as it may be a log."""

    def __init__(self, path: str) -> None:
        self._name = "standard input" if path == STDIN else path
        self._device = is_device(path)
        self._silent = 0

    def hear(self, chunk: bytes | Fault, pieces: Sequence[Piece]) -> None:
        """Note a chunk and the pieces that it completed; UsageProblem where there were none for too long."""
        size = 0 if isinstance(chunk, Fault) else len(chunk)
        if any(isinstance(piece, JsonObject) for piece in pieces):
            self._silent = 0
        elif not self._device and isinstance(chunk, bytes) and (end := chunk.rfind(b"\n")) >= 0:
            self._silent = size - end
        else:
            self._silent += size
        if self._silent > MAX_SILENT_BYTES:
            what = "an event" if self._device else "an event or the end of a line"
            raise UsageProblem(
                f"{self._name}: {MAX_SILENT_BYTES >> 20} MiB without {what}: this is no recording of events",
                "replay takes JSON objects; check what it reads",
            )
