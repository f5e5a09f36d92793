"""Recorded events without some of their fields, and with pseudonyms in others; all other bytes as they were."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from clickgen.read.spans import JsonText, Member
from clickgen.traffic.pseudonym import pseudonym

_SIMPLE = re.compile(r"[A-Za-z0-9_.$@-]+")


class _Path(NamedTuple):
    """The steps to a field that are left."""

    steps: tuple[str, ...]
    dropped: bool
    name: str  # what its values are called: the last step that is a name


@dataclass(slots=True)
class _Edits:
    """What is replaced, in the order of its place."""

    data: bytes
    made: list[tuple[int, int, bytes]] = field(default_factory=list)

    def applied(self) -> bytes:
        parts: list[bytes] = []
        at = 0
        for begin, end, new in self.made:
            parts += (self.data[at:begin], new)
            at = end
        return b"".join((*parts, self.data[at:]))


class Privacy:
    """Drops fields and puts pseudonyms into others, wherever their paths lead, also through arrays."""

    def __init__(self, dropped: Sequence[str], pseudonymised: Sequence[str], key: bytes) -> None:
        """key: that of the pseudonyms, which may be empty if there are none."""
        if pseudonymised and not key:
            raise ValueError("pseudonyms need a key")
        self._key = key
        self._paths = [
            *(_Path(tuple(path.split(".")), True, "") for path in dropped),
            *(_Path(tuple(path.split(".")), False, _name_of(path)) for path in pseudonymised),
        ]
        names = [*dropped, *pseudonymised]
        self._written = [last for name in names for last in (f'"{name}"'.encode(), f'{_name_of(name)}"'.encode())]
        self._simple = all(_SIMPLE.fullmatch(name) for name in names)

    def applied(self, data: bytes) -> bytes:
        """An event without what is dropped and with pseudonyms."""
        if self._simple and b"\\u" not in data and not any(name in data for name in self._written):
            return data
        edits = _Edits(data)
        text = JsonText(data)
        self._walk(text, text.begin, self._paths, edits)
        return edits.applied() if edits.made else data

    def _walk(self, text: JsonText, at: int, paths: Sequence[_Path], edits: _Edits) -> None:
        """Edit what is at the ends of these paths, from the value on that begins there."""
        is_array = edits.data[at : at + 1] == b"["
        items = list(_items(text, at)) if is_array or text.is_object(at) else []
        kept = False
        for index, item in enumerate(items):
            following = [left for path in paths for left in _after(path, item.name, is_array=is_array)]
            ends = [path for path in following if not path.steps]
            if any(path.dropped for path in ends):
                if kept:  # with the comma before it
                    edits.made.append((items[index - 1].value.end, item.value.end, b""))
                else:  # with the comma behind it
                    last = index + 1 == len(items)
                    edits.made.append((item.begin, item.value.end if last else items[index + 1].begin, b""))
                continue
            kept = True
            if ends:
                self._pseudonymise(text, item.value.begin, item.value.end, ends[0].name, edits)
            elif following:
                self._walk(text, item.value.begin, following, edits)

    def _pseudonymise(self, text: JsonText, begin: int, end: int, name: str, edits: _Edits) -> None:
        """Replace a value, or all that are in it."""
        if edits.data[begin : begin + 1] in (b"{", b"["):
            for item in _items(text, begin):
                self._pseudonymise(text, item.value.begin, item.value.end, name, edits)
            return
        edits.made.append((begin, end, pseudonym(edits.data[begin:end], name, self._key)))


def _name_of(path: str) -> str:
    return next((step for step in reversed(path.split(".")) if not step.isdecimal()), path)


def _items(text: JsonText, at: int) -> Iterator[Member]:
    """The members of an object, or the elements of an array, which are named by their numbers."""
    if text.is_object(at):
        yield from text.members(at)
    else:
        for index, span in enumerate(text.elements(at)):
            yield Member(str(index), span.begin, span)


def _after(path: _Path, name: str, *, is_array: bool) -> Iterator[_Path]:
    """What is left of a path behind an item; nothing if it does not lead there."""
    if is_array and not path.steps[0].isdecimal():
        yield path  # it goes through every element
    elif path.steps[0] == name:
        yield path._replace(steps=path.steps[1:])
    elif len(path.steps) > 1 and name.startswith(path.steps[0] + "."):  # a name that has dots itself
        for count in range(2, len(path.steps) + 1):
            if name == ".".join(path.steps[:count]):
                yield path._replace(steps=path.steps[count:])
