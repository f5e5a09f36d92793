"""Ranges of large files, each for a lane of its own: several workers read one file as fast as it goes."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import orjson

from clickgen.model.form import Form, Kind
from clickgen.model.recording import Part, Recording
from clickgen.traffic.replay import plan_lanes
from clickgen.traffic.replay_files import is_live, is_remote
from clickgen.traffic.replay_source import beginning

RANGE_BYTES = 32 << 20  # enough to be worth a lane
MOST_RANGES = 16
_LOOK_BYTES = 512 << 10
_BLOCK_BYTES = 1 << 20
_TRIES = 100  # lines that are looked at for a place where a range can begin


class Ranges(NamedTuple):
    """What each lane reads."""

    lanes: tuple[tuple[Part, ...], ...]  # empty: as many sources each
    undivided: tuple[str, ...]  # large tables of which a quoted cell holds a line end: one lane reads each


def divide(names: Sequence[str], recording: Recording) -> Ranges:
    """Lanes of about the same size: large files of a line each event are read by several."""
    parts: list[Part] = []
    undivided: list[str] = []
    for source, name in enumerate(names):
        form = recording.form(source)
        size = 0 if is_live(name) or is_remote(name) else Path(name).stat().st_size
        count = min(MOST_RANGES, size // RANGE_BYTES)
        bounds: list[int] = []
        if count > 1 and _is_plain(name, form):
            with Path(name).open("rb") as file:
                if form.kind is Kind.JSON:
                    bounds = _json_bounds(file, size, count)
                elif _quotes_end_on_their_lines(file, form.quote):
                    bounds = _line_bounds(file, size, count)
                else:
                    undivided.append(name)
        begins, ends = [0, *bounds], [*bounds, None]
        parts += [Part(source=source, begin=begin, end=end) for begin, end in zip(begins, ends, strict=True)]
    if len(parts) == len(names):
        return Ranges((), tuple(undivided))
    lanes = plan_lanes([str(number) for number in range(len(parts))])
    return Ranges(tuple(tuple(parts[int(number)] for number in lane) for lane in lanes), tuple(undivided))


def _is_plain(name: str, form: Form) -> bool:
    """Whether a file is text as it lies, of one event a line as far as its begin shows."""
    if form.kind not in (Kind.JSON, Kind.DELIMITED):
        return False
    with Path(name).open("rb") as file:
        start = file.read(_LOOK_BYTES)
    if form.kind is Kind.DELIMITED:
        read, _ = beginning(name, _LOOK_BYTES)
        return read.startswith(start)
    lines = start.split(b"\n")[:-1]
    return len(lines) > 1 and all(line.startswith(b"{") and line.rstrip().endswith(b"}") for line in lines if line)


def _json_bounds(file: IO[bytes], size: int, count: int) -> list[int]:
    """Where ranges begin; fewer if there is no such place near.

    Between two lines that are an object each an object cannot go on: there would be a comma.
    """
    found = []
    for number in range(1, count):
        file.seek(size * number // count)
        file.readline(_BLOCK_BYTES)
        before = False
        for _ in range(_TRIES):
            at = file.tell()
            whole = _is_object(file.readline(_BLOCK_BYTES))
            if before and whole:
                found.append(at)
                break
            before = whole
    return sorted(set(found))


def _is_object(line: bytes) -> bool:
    try:
        return line.endswith(b"\n") and type(orjson.loads(line)) is dict
    except orjson.JSONDecodeError:
        return False


def _line_bounds(file: IO[bytes], size: int, count: int) -> list[int]:
    found = set()
    for number in range(1, count):
        file.seek(size * number // count)
        file.readline()
        found.add(file.tell())
    return sorted(found - {size})


def _quotes_end_on_their_lines(file: IO[bytes], quote: str) -> bool:
    """Whether each line of a file has an even number of quotes, so that every line is a row."""
    if not quote:
        return True
    sign, odd = quote.encode(), 0  # odd: of the line that goes on from the block before
    while block := file.read(_BLOCK_BYTES):
        if sign in block or odd:
            letters = np.frombuffer(block, dtype=np.uint8)
            quotes, newlines = np.flatnonzero(letters == sign[0]), np.flatnonzero(letters == ord("\n"))
            if np.any((np.searchsorted(quotes, newlines) + odd) % 2):
                return False
            odd = (odd + len(quotes)) % 2
    return not odd
