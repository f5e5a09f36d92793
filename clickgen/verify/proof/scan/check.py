"""Which lines are exactly one event of the run: decided for a block of lines at once, by columns."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_digest

from clickgen.model.event_id import ID_LENGTH
from clickgen.verify.proof.scan.id_columns import IdColumns, id_rows, of_run, parse_rows, zero_checks
from clickgen.verify.proof.scan.lines import ScannedLines
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern

_CHECK_MASK = (1 << 24) - 1
_OPEN_BRACE, _CLOSE_BRACE = b"{}"
_ERROR_RECORD = b'"rawData"'


class Checked(NamedTuple):
    """For each line: whether it is exactly one intact event of the run, and which one."""

    intact: NDArray[np.bool_]
    lanes: NDArray[np.int64]
    numbers: NDArray[np.int64]


class Checker:
    """Tries lines as events. A line that it calls intact is; others may still be events in an unusual form."""

    def __init__(self, marks: RunIdPattern) -> None:
        self._marks = marks
        self._field = marks.start.removesuffix(marks.needle).removeprefix(b"{")
        self._key_bytes = len(marks.start) - len(marks.needle)

    def by_content(self, lines: ScannedLines) -> Checked:
        """A line is intact if the check bits of the first id of the run in it fit all of its bytes."""
        places, ids = self._ids(lines)
        good = np.flatnonzero(ids.good)
        if len(good):
            copy = bytearray(lines.data)
            zero_checks(copy, places[good])
            with memoryview(copy) as view:
                bounds = zip(lines.starts[good].tolist(), lines.ends[good].tolist(), strict=True)
                digests = b"".join([xxh3_64_digest(view[start:end]) for start, end in bounds])
            ids.good[good] = np.frombuffer(digests, dtype=">u8").astype(np.int64) & _CHECK_MASK == ids.checks[good]
        return Checked(ids.good, ids.lanes, ids.numbers)

    def by_id(self, lines: ScannedLines, *, begins: bool) -> Checked:
        """A line is intact if it holds an id of the run and is, by its first and last byte, one JSON object.

        Its other bytes may be anything, but with a second brace there must not be a second id, which may be
        another event. An id that is not in the first field must be in the field for ids, and an error record is
        not an event. If events are lines of text, only the id counts, and there must be one. begins: whether the
        first line is known to begin there, and is not the rest of an earlier one.
        """
        places, ids = self._ids(lines)
        good = ids.good
        good[0] &= begins
        good[-1] &= lines.ended
        if not self._marks.text:
            signs = np.frombuffer(lines.data, dtype=np.uint8)
            good &= signs[lines.starts] == _OPEN_BRACE  # of an empty line it is the line end
            good &= signs[lines.ends - 1] == _CLOSE_BRACE
            inner = good & (places != lines.starts + self._key_bytes)
            for line in np.flatnonzero(inner).tolist():
                good[line] = self._is_named(lines, line, int(places[line]))
        if self._marks.text or _braces_within(lines):
            ids_in_all = lines.data.count(self._marks.needle, 0, int(lines.ends[-1]))
            if ids_in_all > np.count_nonzero(places >= 0):
                good[self._with_several(lines)] = False
        return Checked(good, ids.lanes, ids.numbers)

    def _ids(self, lines: ScannedLines) -> tuple[NDArray[np.int64], IdColumns]:
        """The place of the id in each line, or -1, and what it says."""
        places = lines.starts + self._key_bytes
        rows = id_rows(lines.data, places)
        there = of_run(rows, self._marks.needle) & (places + ID_LENGTH <= lines.ends)
        if not there.all():
            places[~there] = -1
            elsewhere = np.flatnonzero(~there & (lines.ends - lines.starts >= ID_LENGTH))
            for line in elsewhere.tolist():
                bounds = int(lines.starts[line]), int(lines.ends[line])
                places[line] = lines.data.find(self._marks.needle, *bounds)
            if len(elsewhere):
                rows[elsewhere] = id_rows(lines.data, places[elsewhere])
        ids = parse_rows(rows)
        good = ids.good & (places >= 0) & (places + ID_LENGTH <= lines.ends)
        return places, ids._replace(good=good)

    def _is_named(self, lines: ScannedLines, line: int, place: int) -> bool:
        before = lines.data[int(lines.starts[line]) : place]
        named = before.endswith((self._field, self._field.replace(b":", b": ")))
        return named and lines.data.find(_ERROR_RECORD, lines.starts[line], lines.ends[line]) < 0

    def _with_several(self, lines: ScannedLines) -> list[int]:
        """Lines that may be several events: they have the run's needle again and, if not text, another brace."""
        end = int(lines.ends[-1])
        places = []
        at = lines.data.find(self._marks.needle, 0, end)
        while at >= 0:
            places.append(at)
            at = lines.data.find(self._marks.needle, at + 1, end)
        counts = np.bincount(np.searchsorted(lines.starts, places, side="right") - 1)
        several: list[int] = np.flatnonzero(counts > 1).tolist()
        if self._marks.text:
            return several
        return [line for line in several if b"{" in lines.text(line)[1:]]


def _braces_within(lines: ScannedLines) -> bool:
    """Whether there may be a brace inside a line: looking for one costs a sixth of looking for ids."""
    signs = np.frombuffer(lines.data, dtype=np.int8, count=lines.size).copy()  # signed: UTF-8 lies below ASCII
    signs[lines.starts] = 0
    signs[lines.ends - 1] = 0
    return bool(signs.max() >= _OPEN_BRACE)
