"""How a run's events are recognised: by its needle, by the id's field, or as lines damaged on purpose."""

import re

from xxhash import xxh3_64_intdigest

from clickgen.model.event_id import ID_LENGTH, EventId, checksum, needle, parse_id
from clickgen.verify.proof.found.landing import Event

_ANY_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
# An id that is in an object many times is not the id of that object: looking further would cost without limit.
_MOST_LOOKS = 8
_MOST_DAMAGE = 2


class RunIdPattern:
    """How to recognise a run's events among everything that is in a lake.

    start: the first bytes of an event whose id is its first field. text: whether the run's events are lines of
    text, each with its id in it, and not JSON objects.
    """

    def __init__(self, run: str, id_field: str, *, text: bool = False) -> None:
        self.run = run
        self.text = text
        self.needle = needle(run)
        self.start = b'{"%b":"%b' % (id_field.encode(), self.needle)
        self._field = re.compile(rb'"%b"\s*:\s*"' % re.escape(id_field.encode()))

    def own_ids(self, data: bytes, *, most: int = _MOST_LOOKS) -> list[tuple[int, EventId | None]]:
        """Where the run's needle is in `data`, and the ids there, None for one whose rest is damaged.

        most: how many are looked for.
        """
        found: list[tuple[int, EventId | None]] = []
        at = data.find(self.needle)
        while at >= 0 and len(found) < most:
            found.append((at, parse_id(data[at : at + ID_LENGTH])))
            at = data.find(self.needle, at + 1)
        return found

    def other_ids(self, data: bytes) -> list[tuple[int, EventId]]:
        """Where ids of other runs, or version-8 UUIDs of any origin, are in `data`."""
        found: list[tuple[int, EventId]] = []
        for match in _ANY_ID.finditer(data):
            event_id = parse_id(match[0])
            if event_id is not None and event_id.run != self.run:
                found.append((match.start(), event_id))
                if len(found) == _MOST_LOOKS:
                    break
        return found

    def other_run(self, data: bytes) -> str | None:
        """The run that all of `data` is an event of, if it is another run's event."""
        whole = (found.run for at, found in self.other_ids(data) if checksum(data, at) == found.check)
        return next(whole, None)

    def damaged_id(self, data: bytes) -> tuple[int, bytes] | None:
        """Where the id field differs from an id of this run in two bytes at most, and the id mended."""
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


class PlantedLines:
    """Lines that are damaged on purpose, by a hash of their bytes. Several events may have become one line.

    A line in which the run's needle cannot be seen may also be what another run made of one of its events.
    """

    def __init__(self, needle: bytes) -> None:
        """needle: begins the ids of the run."""
        self._needle = needle
        self._events: dict[int, Event | list[Event]] = {}

    def add(self, line: bytes, event: Event) -> None:
        """Note what has become of an event, given as lane and number."""
        digest = xxh3_64_intdigest(line)
        known = self._events.get(digest)
        if known is None and self._needle in line:
            self._events[digest] = event
        elif isinstance(known, list):
            known.append(event)
        else:
            self._events[digest] = [event] if known is None else [known, event]

    def find(self, line: bytes) -> Event | int | None:
        """The event that the line is, or the line's hash if that is not certain; None for any other line."""
        digest = xxh3_64_intdigest(line)
        known = self._events.get(digest)
        return digest if isinstance(known, list) else known

    def alike(self, digest: int) -> list[Event]:
        """The events that have become lines with this hash."""
        known = self._events[digest]
        return known if isinstance(known, list) else [known]
