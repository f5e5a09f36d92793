"""What a run's events are known by: its needle, the field that holds the id, and the ids of other runs."""

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from clickgen.model.event_id import CHECK_AT, CHECK_DIGITS, ID_LENGTH, EventId, checksum, needle, parse_id

_CHECK_MASK = (1 << 24) - 1
_ZEROS = b"0" * CHECK_DIGITS
_NO_ID = b"." * ID_LENGTH
_ANY_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_NIBBLES = np.full(256, 255, dtype=np.uint8)
_NIBBLES[np.frombuffer(b"0123456789abcdef", dtype=np.uint8)] = np.arange(16)
_LANE, _HIGH, _LOW, _CHECK = slice(15, 18), slice(19, 23), slice(24, 30), slice(30, 36)

# An id that stands in an object many times is no id of that object: looking further would cost without end.
_MOST_LOOKS = 8
_MOST_DAMAGE = 2


class Checked(NamedTuple):
    """For each of some texts: whether it is, whole, an intact event of the run, and which one."""

    intact: NDArray[np.bool_]
    lanes: NDArray[np.int64]
    numbers: NDArray[np.int64]


class Marks:
    """How to tell a run's events among everything that lies in a lake.

    start: the bytes that an event begins with whose id is its first field. text: whether the run's events are
    lines of text, each with its id in it, and not JSON objects.
    """

    def __init__(self, run: str, id_field: str, *, text: bool = False) -> None:
        self.run = run
        self.text = text
        self.needle = needle(run)
        self.start = b'{"%b":"%b' % (id_field.encode(), self.needle)
        self._field = re.compile(rb'"%b"\s*:\s*"' % re.escape(id_field.encode()))

    def check(self, texts: list[bytes]) -> Checked:
        """Try each text as one event: it is intact if the check bits of the run's first id in it fit."""
        digest, mark = xxh3_64_intdigest, self.needle
        ids: list[bytes] = []
        checks: list[int] = []
        for text in texts:
            at = text.find(mark)
            check_at = at + CHECK_AT
            end = check_at + CHECK_DIGITS
            if at < 0 or end > len(text):
                ids.append(_NO_ID)
                checks.append(-1)
            else:
                ids.append(text[at:end])
                checks.append(digest(text[:check_at] + _ZEROS + text[end:]) & _CHECK_MASK)
        rows = np.frombuffer(b"".join(ids), dtype=np.uint8).reshape(-1, ID_LENGTH)
        digits = _NIBBLES[rows]
        high = _number(digits[:, _HIGH])
        shaped = (rows[:, 18] == ord("-")) & (rows[:, 23] == ord("-")) & (high >> 14 == 2)
        for part in (_LANE, _HIGH, _LOW, _CHECK):
            shaped &= digits[:, part].max(axis=1, initial=0) < 16
        intact = shaped & (_number(digits[:, _CHECK]) == np.array(checks, dtype=np.int64))
        return Checked(intact, _number(digits[:, _LANE]), (high & 0x3FFF) << 24 | _number(digits[:, _LOW]))

    def own_ids(self, data: bytes, *, most: int = _MOST_LOOKS) -> list[tuple[int, EventId | None]]:
        """Where the run's needle stands in `data`, and the ids there; None for one whose rest is damaged.

        most: how many are looked for.
        """
        found: list[tuple[int, EventId | None]] = []
        at = data.find(self.needle)
        while at >= 0 and len(found) < most:
            found.append((at, parse_id(data[at : at + ID_LENGTH])))
            at = data.find(self.needle, at + 1)
        return found

    def other_ids(self, data: bytes) -> list[tuple[int, EventId]]:
        """Where ids of other runs, or version-8 UUIDs of whatever origin, stand in `data`."""
        found: list[tuple[int, EventId]] = []
        for match in _ANY_ID.finditer(data):
            event_id = parse_id(match[0])
            if event_id is not None and event_id.run != self.run:
                found.append((match.start(), event_id))
                if len(found) == _MOST_LOOKS:
                    break
        return found

    def is_of_other_run(self, data: bytes) -> bool:
        """Whether `data` is, whole, an event of another run."""
        return any(checksum(data, at) == event_id.check for at, event_id in self.other_ids(data))

    def damaged_id(self, data: bytes) -> tuple[int, bytes] | None:
        """Where the id field holds what was an id of this run but for two bytes at most, and the id mended."""
        field = self._field.search(data)
        if field is None:
            return None
        at = field.end()
        stands = data[at : at + len(self.needle)]
        if len(stands) < len(self.needle):
            return None
        if sum(a != b for a, b in zip(stands, self.needle, strict=True)) > _MOST_DAMAGE:
            return None
        return at, self.needle + data[at + len(self.needle) : at + ID_LENGTH]

    def is_mended(self, data: bytes, at: int, mended: bytes) -> bool:
        """Whether the check bits say that `mended`, put at `at`, makes `data` an event of this run."""
        event_id = parse_id(mended)
        if event_id is None:
            return False
        return checksum(data[:at] + mended + data[at + ID_LENGTH :], at) == event_id.check


def _number(digits: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Rows of hexadecimal digits as numbers."""
    total = np.zeros(len(digits), dtype=np.int64)
    for column in digits.T:
        total = total << 4 | column
    return total
