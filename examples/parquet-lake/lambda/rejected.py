"""What could not be converted, a JSON object a line, in the form of Firehose's error records.

Whatever reads Firehose's error output can read these too; `clickgen verify` does.
"""

import base64
import json
import time
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

_CODE = "Convert.NotAPageView"


class RejectedLines(AbstractContextManager["RejectedLines"]):
    """A file of error records in a folder, open until the block ends."""

    def __init__(self, folder: Path, source: str) -> None:
        """source: the object that the lines are from."""
        self.file = folder / "rejected.jsonl"
        self.count = 0
        self._source = source
        self._lines = self.file.open("w", encoding="utf-8")

    def add(self, text: str, reason: str) -> None:
        """Keep a text and why it is not an event; its bytes stay as they were."""
        now_ms = int(time.time() * 1000)
        raw = text.encode("utf-8", "surrogateescape")
        record = {
            "attemptsMade": 1,
            "arrivalTimestamp": now_ms,
            "errorCode": _CODE,
            "errorMessage": reason,
            "attemptEndingTimestamp": now_ms,
            "rawData": base64.b64encode(raw).decode(),
            "source": self._source,
        }
        self._lines.write(json.dumps(record) + "\n")
        self.count += 1

    def __exit__(
        self, _kind: type[BaseException] | None, _problem: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._lines.close()
