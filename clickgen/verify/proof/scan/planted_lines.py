"""Lines that a run damaged on purpose, as whoever scans for them knows them."""

from xxhash import xxh3_64_intdigest

from clickgen.verify.proof.found.landing import Event


class PlantedLines:
    """Lines that are damaged on purpose, known by a hash of their bytes. Several events may have become alike."""

    def __init__(self) -> None:
        self._events: dict[int, Event | list[Event]] = {}

    def add(self, line: bytes, event: Event) -> None:
        """Note what has become of an event, given as lane and number."""
        digest = xxh3_64_intdigest(line)
        known = self._events.get(digest)
        if line and known is None:
            self._events[digest] = event
        elif isinstance(known, list):
            known.append(event)
        else:
            self._events[digest] = [event] if known is None else [known, event]

    def find(self, line: bytes) -> Event | int | None:
        """The event that the line is; the line's hash where it says nothing of which it is; else None.

        An empty line never says which event it is.
        """
        digest = xxh3_64_intdigest(line)
        known = self._events.get(digest)
        return digest if isinstance(known, list) else known

    def alike(self, digest: int) -> list[Event]:
        """The events that have become lines with this hash."""
        known = self._events[digest]
        return known if isinstance(known, list) else [known]
