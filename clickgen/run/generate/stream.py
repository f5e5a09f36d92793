"""One file, or standard output, that pieces are appended to in order."""

import os
import select
from collections.abc import Sequence
from pathlib import Path
from typing import IO, BinaryIO, cast

import orjson

from clickgen.ledger.folder import RunFolder, private
from clickgen.model.errors import ReaderGone
from clickgen.model.plan import Plan
from clickgen.run.generate.formats import Bytes, FileForm, LineWriter
from clickgen.sink.object_store import NotStored
from clickgen.sink.standard_output import DESCRIPTOR


class OutputReaderGone(NotStored, ReaderGone):
    """The same, of generated events."""


class OutputStream:
    """A file under a temporary name, which gets its own at the end; or what has no name: a pipe, a device.

    What was appended is noted in the run's folder with the size of the file, so that a run which was killed in the
    middle of a piece goes on before it.
    """

    def __init__(self, folder: RunFolder, plan: Plan, form: FileForm) -> None:
        self._plan, self._form = plan, form
        self.in_pieces = plan.format != "parquet"  # which ends in a table of contents
        self._name = "standard output"
        self._path = self._draft = None
        if plan.destination.kind == "file":
            self._path = Path(plan.destination.stream)
            self._name = str(self._path)
            self._draft = draft_of(self._path, plan.run)
        self._journal_path = folder.path / "written.jsonl"
        self._journal: IO[bytes] | None = None
        self._file: _Descriptor
        self._whole: LineWriter | None = None
        self._header = True
        self._broken: NotStored | None = None

    def resume(self) -> dict[int, int]:
        """Open it at the end of what an earlier process wrote; for each lane the number that it goes on with."""
        numbers, size = dict.fromkeys(range(self._plan.lanes), 0), 0
        if self._draft is None:
            target = DESCRIPTOR if self._path is None else os.open(self._path, os.O_WRONLY)
            self._file = _Descriptor(target)
            return numbers
        self._draft.touch()
        if self.in_pieces and self._journal_path.exists():
            numbers, size = _last_noted(self._journal_path, numbers, self._draft.stat().st_size)
        self._journal = private(self._journal_path).open("ab", buffering=0)
        self._file = _Descriptor(os.open(self._draft, os.O_WRONLY))
        os.truncate(self._draft, size)
        os.lseek(self._file.number, size, os.SEEK_SET)
        self._header = size == 0
        return numbers

    def append(self, chunks: Sequence[Bytes], numbers: dict[int, int]) -> int:
        """Append a piece; its bytes. numbers: what each lane goes on with.

        Raises NotStored, and from then on always.
        """
        if self._broken is not None:
            raise self._broken  # a piece is missing, or half of one is there: nothing can follow it
        before = self._file.tell()
        try:
            writer = self._form.begin(cast("BinaryIO", self._file), header=self._header)
            self._header = False
            for chunk in chunks:
                writer.write(chunk)
            writer.close()
            if self._journal is not None:
                size = os.lseek(self._file.number, 0, os.SEEK_CUR)
                noted = {"bytes": size, "numbers": {str(lane): number for lane, number in numbers.items()}}
                self._journal.write(orjson.dumps(noted, option=orjson.OPT_APPEND_NEWLINE))
        except OSError as problem:
            self._broken = self._explain(problem)
            raise self._broken from problem
        return self._file.tell() - before

    def write(self, chunks: Sequence[Bytes]) -> None:
        """Append to a file that is one piece. Raises OSError."""
        if self._whole is None:
            self._whole = self._form.begin(cast("BinaryIO", self._file))
        for chunk in chunks:
            self._whole.write(chunk)

    def finish(self) -> int:
        """Give the file its name; its bytes if it is one piece. Raises NotStored."""
        if self._broken is not None:
            raise self._broken
        try:
            if self._whole is not None:
                self._whole.close()
            if self._draft is not None and self._path is not None:
                self._draft.rename(self._path)
        except OSError as problem:
            raise self._explain(problem) from problem
        self.close()
        return 0 if self._whole is None else self._file.tell()

    def close(self) -> None:
        """Let go of the file as it is."""
        if self._journal is not None:
            self._journal.close()
        if self._file.number != DESCRIPTOR:
            os.close(self._file.number)

    def _explain(self, problem: OSError) -> NotStored:
        if isinstance(problem, BrokenPipeError):
            gone = OutputReaderGone(f"the reader of {self._name} has gone", "it may have had enough")
            gone.unknown = True
            return gone
        stored = NotStored(
            f"cannot write {self._name}: {problem.strerror or problem}",
            "make room on that disk, or write to another",
        )
        stored.unknown = self._draft is None  # what was cut off in the middle of a draft is taken back later
        return stored


def draft_of(path: Path, run: str) -> Path | None:
    """The name that a run's file has until it is complete; None for a device or a pipe."""
    return None if path.exists() and not path.is_file() else path.with_name(f"{path.name}.{run}.part")


class _Descriptor:
    """As much of a file as the formats need; every write is whole."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._position = 0

    def write(self, data: Bytes) -> int:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self.number, rest) :]
            except BlockingIOError:  # somebody else made it non-blocking
                select.select([], [self.number], [])
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        """Nothing is held back."""

    @property
    def closed(self) -> bool:
        return False


def _last_noted(journal: Path, none: dict[int, int], size: int) -> tuple[dict[int, int], int]:
    """The last note that the file bears out: the lanes' numbers and the size; at the start if there is none."""
    for line in reversed(journal.read_bytes().splitlines()):
        try:
            noted = orjson.loads(line)
            numbers = {int(lane): int(number) for lane, number in noted["numbers"].items()}
            if int(noted["bytes"]) <= size and numbers.keys() == none.keys():
                return numbers, int(noted["bytes"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            continue  # the process was killed while it wrote this line
    return none, 0
