"""The events of one side of a comparison, and how two sides get the same numbers for the same words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import unquote

import numpy as np

from clickgen.learn.fields import Fields
from clickgen.learn.gather import Columns

_OF_DEVICE = ("agent", "device", "system", "browser")  # in the order of the texts in Columns.devices


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """What was read of a recording, or generated from a profile."""

    name: str  # as the user wrote it
    columns: Columns
    fields: Fields  # those that it has
    has_visitor: bool  # whether a field says who it was
    keys: tuple[str, ...] = ()  # the profile's key of each page of a profile; empty for a recording

    @property
    def generated(self) -> bool:
        """Whether a profile made it."""
        return bool(self.keys)

    def equals(self, other: "Events") -> bool:
        """Whether the other is a copy, whatever its files are called."""
        mine, its = self.columns, other.columns
        return np.array_equal(mine.time, its.time) and np.array_equal(mine.visitor, its.visitor)


def with_same_numbers(first: Events, second: Events) -> tuple[Events, Events]:
    """Both with the same numbers for the same pages, devices, countries and referrers.

    What only one of them says (what was done, where, with which browser) is left out. Pages are the same whatever
    the case of their letters, the slash at the beginning, and how signs in them are escaped.
    """
    both = common_fields(first.fields, second.fields)
    columns = [
        replace(
            side.columns,
            pages=[_page(name, both) for name in side.columns.pages],
            devices=[_device(texts, both) for texts in side.columns.devices],
        )
        for side in (first, second)
    ]
    columns = _renumbered(columns, "page", "pages", _same_page)
    for column, words in (("device", "devices"), ("country", "countries"), ("referrer", "referrers")):
        columns = _renumbered(columns, column, words)
    one, other = (
        replace(side, columns=numbered, keys=_keys(side, numbered, both))
        for side, numbered in zip((first, second), columns, strict=True)
    )
    return one, other


def _keys(side: Events, numbered: Columns, both: Fields) -> tuple[str, ...]:
    """The keys of a profile's pages by the numbers that both sides share; "" for pages of the other side."""
    if not side.keys:
        return ()
    known = {_same_page(_page(name, both)): key for name, key in zip(side.columns.pages, side.keys, strict=True)}
    return tuple(known.get(_same_page(name), "") for name in numbered.pages)


def common_fields(first: Fields, second: Fields) -> Fields:
    """The fields that both have, by the first one's names."""
    names = [field.name for field in fields(Fields)]
    return Fields(**{name: getattr(first, name) for name in names if getattr(second, name) is not None})


def _page(name: tuple[str, str], both: Fields) -> tuple[str, str]:
    event, path = name
    return event if both.event else "", path if both.page else ""


def _same_page(name: tuple[str, str]) -> tuple[str, str]:
    """What two ways to write a page have in common."""
    event, path = name
    return event, unquote(path).lower().lstrip("/") or path[:1]


def _device(texts: Sequence[str], both: Fields) -> tuple[str, ...]:
    """What is known of a device on both sides; all if nothing is, as it can be found in the user agent too."""
    if not any(getattr(both, name) for name in _OF_DEVICE):
        return tuple(texts)
    return tuple(text if getattr(both, name) else "" for name, text in zip(_OF_DEVICE, texts, strict=True))


def _renumbered(
    sides: Sequence[Columns], column: str, words: str, same: Callable[[Any], Any] = lambda word: word
) -> list[Columns]:
    """The columns with the numbers of one list of words for all of them. same: what equal words have in common."""
    numbers: dict[Any, int] = {}
    every: list[Any] = []
    found = []
    for side in sides:
        to = []
        for word in getattr(side, words):
            number = numbers.setdefault(same(word), len(every))
            every += [word] if number == len(every) else []
            to.append(number)
        values = getattr(side, column)
        found.append((side, np.array(to, dtype=np.int32)[values] if to and len(values) else values))
    return [replace(side, **{column: values, words: every}) for side, values in found]
