"""Looking into recorded files before anything is sent: whether they hold events, and when the first happened."""

import os
import stat
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.read.objects import scan
from clickgen.read.open import format_of, open_chunks
from clickgen.read.pieces import Bad, Fault, JsonObject
from clickgen.traffic.event_time import TimeField, TimeReader, find_time_field
from clickgen.traffic.replay_clock import FOLLOWERS, is_stray

STDIN = "-"
_SAMPLE_EVENTS = 200
_TIMED_WITHIN = 2000
_LOOK_BYTES = 8 << 20  # more than the longest object


def is_live(path: str) -> bool:
    """Whether it can be read only once, and may not have ended: standard input, a pipe, a device."""
    if path == STDIN:
        return True
    try:
        return not stat.S_ISREG(Path(path).stat().st_mode)
    except OSError:
        return False


def is_device(path: str) -> bool:
    """Whether it is a device other than a terminal: /dev/zero for example, which has no end."""
    try:
        status = os.fstat(0) if path == STDIN else Path(path).stat()
        return stat.S_ISCHR(status.st_mode) and not (path == STDIN and os.isatty(0))
    except OSError:
        return False


def check_sources(paths: Sequence[str]) -> None:
    """Raise UsageProblem unless every path can be replayed and at least one of them holds an event.

    Only the beginning of each file is read; standard input and pipes are not.
    """
    if not paths:
        raise UsageProblem("no file to replay", "name one or more files, or - for standard input")
    if STDIN in paths and len(paths) > 1:
        raise UsageProblem("standard input (-) together with other files", "replay - alone, or name files only")
    holding = [_holds_events(path) for path in paths]
    if not any(holding):
        names = paths[0] if len(paths) == 1 else f"any of the {len(paths)} files, {paths[0]} and so on"
        raise UsageProblem(
            f"no events in {names}: nothing but white space", "check that these are the right files"
        )


def first_events(path: str, limit: int = _SAMPLE_EVENTS) -> list[dict[str, Any]]:
    """The first events of a file, `limit` at most; none of a pipe, which can be read only once."""
    return [] if is_live(path) else [piece.value for piece in islice(_objects(path), limit)]


def choose_time_field(paths: Sequence[str], given: str | None = None) -> TimeField:
    """The field that all lanes of a run take their times from, by the first events of each file.

    Raises UsageProblem if none of them has a time in the given field.
    """
    return find_time_field([event for path in paths for event in first_events(path)], given)


def first_time_ms(paths: Sequence[str], time_field: str | None) -> float | None:
    """The Unix time in ms of the first event of a lane that has one, or None if that is not known in advance.

    A first time that is more than an hour ahead of most that follow is ignored.
    """
    if any(is_live(path) for path in paths):
        return None
    read = TimeReader(time_field).read
    events = islice((piece.value for path in paths for piece in _objects(path)), _TIMED_WITHIN)
    found = (time for event in events if (time := read(event)) is not None)
    times = np.fromiter(islice(found, 2 * FOLLOWERS), dtype=np.float64)
    for index, time in enumerate(times):
        if not is_stray(float(time), -np.inf, times[index + 1 : index + 1 + FOLLOWERS]):
            return float(time) * 1000
    return None


def _objects(path: str) -> Iterator[JsonObject]:
    return (piece for piece in scan(open_chunks(path)) if isinstance(piece, JsonObject))


def _holds_events(path: str) -> bool:
    """Whether a file has an event near its beginning; False if it is empty. Raises where it has others."""
    if path == STDIN:
        return True
    _check_readable(path)
    if is_live(path):
        return True
    first_bad: Bad | None = None
    beginning = _Beginning(path)
    for piece in scan(beginning):
        if isinstance(piece, JsonObject):
            return True
        first_bad = first_bad or piece
    if first_bad is None and not beginning.cut:
        return False
    raise _no_event(path, beginning.data, first_bad)


class _Beginning:
    """The chunks of a file, as far as it is looked into; raises if the first bytes show another format.

    data: those bytes. cut: whether there is more than what was given.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self.data = b""
        self.cut = False

    def __iter__(self) -> Iterator[bytes | Fault]:
        given = 0
        for chunk in open_chunks(self._path):
            if given > _LOOK_BYTES:
                self.cut = True
                return
            if isinstance(chunk, bytes):
                if not self.data:
                    self.data = chunk[:1024]
                    _refuse_other_formats(self._path, self.data)
                given += len(chunk)
            yield chunk


def _check_readable(path: str) -> None:
    file = Path(path)
    if not file.exists():
        raise UsageProblem(f"no such file: {path}", "check the path; - is standard input")
    if file.is_dir():
        raise UsageProblem(f"{path} is a directory", f"name its files: {path.rstrip('/')}/*")
    mode = file.stat().st_mode
    if stat.S_ISSOCK(mode) or stat.S_ISBLK(mode):
        kind = "a socket" if stat.S_ISSOCK(mode) else "a disk"
        raise UsageProblem(
            f"{path} is {kind}, not a file", "let the source of events write into a pipe: … | clickgen replay -"
        )
    if not os.access(file, os.R_OK):
        raise EnvironmentProblem(f"cannot read {path}: permission denied", "check its permissions (ls -l)")


def _refuse_other_formats(path: str, start: bytes) -> None:
    found = format_of(start)
    if found is not None and found.unpack:
        raise UsageProblem(f"{path} is {found.name}", f"unpack it: {found.unpack} {path} | clickgen replay -")
    if found is not None:
        hint = "replay reads JSON objects, plain, gzip, bzip2, zip or Snappy"
        raise UsageProblem(f"{path} is {found.name}, not JSON", hint)


def _no_event(path: str, start: bytes, first_bad: Bad | None) -> UsageProblem:
    hint = "replay reads JSON objects: one a line, joined or pretty-printed, plain or compressed"
    if first_bad is None:
        return UsageProblem(
            f"no events in the first {_LOOK_BYTES >> 20} MiB of {path}: nothing but white space", hint
        )
    if start.lstrip().startswith(b"["):
        return UsageProblem(
            f"{path} holds a JSON array, not JSON objects",
            f"take it apart: jq -c '.[]' {path} | clickgen replay -",
        )
    if b"\0" in start:
        return UsageProblem(f"{path} is binary data, not JSON", hint)
    lines = start.decode("utf-8", "replace").split("\n")
    is_csv = len(lines) > 1 and any(lines[0].count(mark) == lines[1].count(mark) > 1 for mark in ",;\t")
    looks = ", it looks like CSV" if is_csv else ""
    where = f"line {first_bad.line}: {first_bad.reason}"
    return UsageProblem(f"no events in {path}{looks} ({where}): {lines[0].strip()[:60]!r}", hint)
