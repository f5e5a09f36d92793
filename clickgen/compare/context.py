"""What is known of sessions beside what was done in them: device, country, what brought them, the hour."""

from collections.abc import Iterator, Sequence

import numpy as np

from clickgen.compare.events import common_fields
from clickgen.compare.sides import Side, Sides
from clickgen.learn.audience import device_of
from clickgen.learn.features import Figure
from clickgen.learn.rhythm import local_hours, starts_of
from clickgen.learn.visits import Visits

_MOST = 12  # values of each kind that are told apart, the most frequent ones of both sides
_DIRECT = "direct"


class Context:
    """Reads the context of sessions of both sides, as far as both say it."""

    def __init__(self, sides: Sides, zone: str, *, with_hours: bool) -> None:
        """with_hours: whether both sides are long enough for the hour to say something."""
        first, second = sides.first.events.fields, sides.second.events.fields
        both = common_fields(first, second)
        devices = [any((one.agent, one.device, one.system, one.browser)) for one in (first, second)]
        self.known = {
            "device": all(devices),
            "country": both.country is not None,
            "channel": both.referrer is not None,
            "hour": with_hours,
        }
        self._zone = zone
        self._kinds = list(self._words(sides))

    def figures(self, side: Side, visits: Visits) -> list[Figure]:
        """Whether each session has each of the frequent values. visits: some of the side's."""
        found: list[Figure] = []
        for name, column, words, frequent in self._kinds:
            values = getattr(side.events.columns, column)[visits.row]
            number = np.array([frequent.index(word) if word in frequent else -1 for word in words])
            of = number[values]
            found += [(f"{name} {word}".rstrip(), of == place) for place, word in enumerate(frequent)]
        if self.known["hour"]:
            found.append(("hour of the day", local_hours(starts_of(visits), self._zone) % 24))
        return found

    def _words(self, sides: Sides) -> Iterator[tuple[str, str, list[str], list[str]]]:
        """What is told apart: its name, the column, the word of each number there, and the frequent words."""
        columns = sides.first.events.columns
        if self.known["device"]:
            parsed = [device_of(texts) or ("", "", "") for texts in columns.devices]
            for place, name in enumerate(("device", "system", "browser")):
                words = [each[place] for each in parsed]
                yield name, "device", words, _frequent(sides, "device", words)
        if self.known["country"]:
            yield "country", "country", columns.countries, _frequent(sides, "country", columns.countries)
        if self.known["channel"]:
            words = [host or _DIRECT for host in columns.referrers]
            yield "from", "referrer", words, _frequent(sides, "referrer", words)


def _frequent(sides: Sides, column: str, words: Sequence[str]) -> list[str]:
    """The words that most sessions have, of both sides alike."""
    shares: dict[str, float] = {}
    for side in (sides.first, sides.second):
        counts = np.bincount(getattr(side.events.columns, column)[side.visits.row], minlength=len(words))
        for word, count in zip(words, (counts / max(1, counts.sum())).tolist(), strict=True):
            shares[word] = shares.get(word, 0.0) + count
    return sorted((word for word, share in shares.items() if share), key=lambda word: -shares[word])[:_MOST]
