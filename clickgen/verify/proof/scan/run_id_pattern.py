"""What a run's events are known by: its needle, the field that holds the id, and the ids of other runs."""

import re

from clickgen.model.event_id import ID_LENGTH, EventId, checksum, needle, parse_id

_ANY_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
# An id that stands in an object many times is no id of that object: looking further would cost without end.
_MOST_LOOKS = 8
_MOST_DAMAGE = 2


class RunIdPattern:
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

    def other_run(self, data: bytes) -> str | None:
        """Whether `data` is, whole, an event of another run."""
        whole = (found.run for at, found in self.other_ids(data) if checksum(data, at) == found.check)
        return next(whole, None)

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
