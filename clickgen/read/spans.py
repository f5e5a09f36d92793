"""Where values are in the bytes of a JSON object, so that parts can be taken or replaced and the rest stays."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_decode_value = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode
_BLANKS = re.compile(r"[ \t\r\n]*")


class Span(NamedTuple):
    """A part of some bytes."""

    begin: int
    end: int


class Member(NamedTuple):
    """A member of an object."""

    name: str
    begin: int  # where its name is
    value: Span


class JsonText:
    """A valid JSON value, as bytes, that is walked through without being taken apart as a whole."""

    def __init__(self, data: bytes) -> None:
        # one character a byte, so that positions are those of the bytes
        self._text = data.decode("latin-1")

    @property
    def begin(self) -> int:
        """Where the value begins, behind white space."""
        return self._pass(0)

    def is_object(self, at: int) -> bool:
        """Whether an object begins there."""
        return self._text[at] == "{"

    def members(self, at: int) -> Iterator[Member]:
        """The members of the object that begins there."""
        at = self._pass(at + 1)
        while self._text[at] != "}":
            key_end = self._end(at)
            value = self._pass(self._pass(key_end) + 1)  # behind the colon
            end = self._end(value)
            yield Member(_name(self._text[at:key_end]), at, Span(value, end))
            at = self._pass(end)
            if self._text[at] == ",":
                at = self._pass(at + 1)

    def find(self, path: Sequence[str]) -> Span | None:
        """Where the value at a path of member names is; decimal steps count the elements of arrays."""
        at: int | None = self.begin
        for step in path:
            if at is None:
                return None
            at = self._member(at, step)
        return None if at is None else Span(at, self._end(at))

    def elements(self, at: int) -> Iterator[Span]:
        """The elements of the array that begins there."""
        at = self._pass(at + 1)
        while self._text[at] != "]":
            end = self._end(at)
            yield Span(at, end)
            at = self._pass(end)
            if self._text[at] == ",":
                at = self._pass(at + 1)

    def member(self, at: int, name: str) -> Span | None:
        """Where the value of a member is of the object that begins there."""
        found = self._member(at, name)
        return None if found is None else Span(found, self._end(found))

    def _member(self, at: int, name: str) -> int | None:
        if self._text[at] == "[":
            if not name.isdecimal():
                return None
            return next((span.begin for index, span in enumerate(self.elements(at)) if index == int(name)), None)
        if not self.is_object(at):
            return None
        found = None
        for member in self.members(at):
            if member.name == name:
                found = member.value.begin  # of equal names the last counts, as parsers have it
        return found

    def _end(self, at: int) -> int:
        return _decode_value(self._text, at)[1]

    def _pass(self, at: int) -> int:
        blanks = _BLANKS.match(self._text, at)
        return blanks.end() if blanks else at


def _name(written: str) -> str:
    name: str = json.loads(written.encode("latin-1"))
    return name
