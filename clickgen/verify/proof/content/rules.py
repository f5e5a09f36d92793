"""What a transform may change of an event, as rules, and the form in which sent and landed events are compared.

A field is named by its path, dots for nesting (`page.path`); a key that has dots itself is found too. A path that
leads through an array means the field in each of its elements.
"""

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from xxhash import xxh3_64_intdigest

from clickgen.model.errors import UsageProblem

_SHOWN = 60  # characters of a value
# a number that may be a whole one, but is not written as one
_ODD_NUMBER = re.compile(rb"[:\[,]-?\d+(?:\.0[,\]}]|(?:\.\d+)?e)")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LOWEST, _HIGHEST = -(1 << 63), 1 << 64  # of the integers that a JSON reader keeps exactly
_ABSENT = object()


class ComparedForm(NamedTuple):
    """An event as it is compared: what no rule names, and the values of what was renamed and what may be dropped.

    Through arrays a field may have several values; an absent field has none.
    """

    rest: object
    renamed: list[list[object]]
    dropped: list[list[object]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What may differ between an event as sent and as landed. Raises UsageProblem for contradictory rules."""

    added: tuple[str, ...] = ()  # fields that are ignored
    dropped: tuple[str, ...] = ()  # fields that may be absent; a present one must be as it was sent
    renamed: tuple[tuple[str, str], ...] = ()  # the name as sent, and as landed
    loose_types: bool = False  # a number or truth value equals the text that says it

    def __post_init__(self) -> None:
        sent, landed = [old for old, _ in self.renamed], [new for _, new in self.renamed]
        for names in ([*self.dropped, *sent], [*self.added, *self.dropped, *landed]):
            again = next((name for place, name in enumerate(names) if name in names[:place]), None)
            if again is not None:
                raise UsageProblem(f"two rules say what becomes of the field {again!r}", "leave one of them out")

    def sent(self, event: dict[str, Any]) -> ComparedForm:
        """The form of an event as it was sent."""
        return self._form(event, [old for old, _ in self.renamed])

    def landed(self, event: dict[str, Any]) -> ComparedForm:
        """The form of an event as it landed."""
        return self._form(event, [new for _, new in self.renamed])

    def digests(self, form: ComparedForm) -> list[int]:
        """The digest of all that must be there as sent, then one for each field that may be dropped."""
        whole = [form.rest, *form.renamed] if self.renamed else form.rest
        digests = [xxh3_64_intdigest(self._text(whole))]
        digests += [xxh3_64_intdigest(self._text(values)) for values in form.dropped]
        return digests

    def difference(self, sent: ComparedForm, landed: ComparedForm) -> str | None:
        """The first field that differs, with what was sent and what landed, or None if the two are equal."""
        for (old, new), before, after in zip(self.renamed, sent.renamed, landed.renamed, strict=True):
            if self._text(before) != self._text(after):
                return _words(f"{old} as {new}", _value(before), _value(after))
        for name, before, after in zip(self.dropped, sent.dropped, landed.dropped, strict=True):
            if after and self._text(before) != self._text(after):
                return _words(name, _value(before), _value(after))
        return next(self._differences(sent.rest, landed.rest, ""), None)

    def _form(self, event: dict[str, Any], renamed: Sequence[str]) -> ComparedForm:
        if not (renamed or self.dropped or self.added):
            return ComparedForm(event, [], [])
        rest: object = event
        found: list[list[object]] = []
        for path in (*renamed, *self.dropped):
            rest, values = _taken(rest, path)
            found.append(values)
        for path in self.added:
            rest, _ = _taken(rest, path)
        return ComparedForm(rest, found[: len(renamed)], found[len(renamed) :])

    def _differences(self, sent: object, landed: object, path: str) -> Iterator[str]:
        if isinstance(sent, dict) and isinstance(landed, dict):
            for name in {**sent, **landed}:
                inner = f"{path}.{name}" if path else str(name)
                yield from self._differences(sent.get(name, _ABSENT), landed.get(name, _ABSENT), inner)
        elif isinstance(sent, list) and isinstance(landed, list) and len(sent) == len(landed):
            for place, (before, after) in enumerate(zip(sent, landed, strict=True)):
                yield from self._differences(before, after, f"{path}[{place}]")
        elif sent is _ABSENT or landed is _ABSENT or self._text([sent]) != self._text([landed]):
            yield _words(path, sent, landed)

    def _text(self, value: object) -> bytes:
        """The same bytes for equal values: keys in order, no white space, one form for each number."""
        if not self.loose_types:
            text = _dumped(value)
            return _dumped(_plain(value)) if _ODD_NUMBER.search(text) else text
        return _dumped(_loose(value))


def parsed(event: bytes) -> dict[str, Any] | None:
    """The event's value, or None if it is not a JSON object or has a number that no reader accepts."""
    try:
        value = orjson.loads(event)
    except orjson.JSONDecodeError:
        try:
            value = json.loads(event, parse_constant=_refuse, parse_float=_finite)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


def _taken(value: object, path: str) -> tuple[object, list[object]]:
    """A value without the field, and the field's values. An object that becomes empty is removed too."""
    if isinstance(value, list):
        parts = [_taken(item, path) for item in value]
        return [rest for rest, _ in parts], [found for _, values in parts for found in values]
    if not isinstance(value, dict):
        return value, []
    if path in value:
        return {name: inner for name, inner in value.items() if name != path}, [value[path]]
    at = path.find(".")
    while at >= 0:
        head = path[:at]
        if head in value:
            rest, values = _taken(value[head], path[at + 1 :])
            kept = {name: inner for name, inner in value.items() if name != head}
            return kept if rest == {} else {**value, head: rest}, values
        at = path.find(".", at + 1)
    return value, []


def _dumped(value: object) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # integers beyond 64 bits, lone surrogates
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _plain(value: object) -> object:
    """Whole numbers as integers."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and value.is_integer() and _LOWEST <= value < _HIGHEST:
        return int(value)
    return value


def _loose(value: object) -> object:
    """Numbers and truth values as text, the same text for equal ones."""
    if isinstance(value, dict):
        return {name: _loose(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_loose(inner) for inner in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        number = orjson.loads(value) if len(value) < _SHOWN and not _is_infinite(value) else value
        exact = isinstance(number, int) or not value.lstrip("-").isdigit()
        return _loose(number) if exact and not isinstance(number, str) else value
    return str(_plain(value)) if isinstance(value, int | float) else value


def _is_infinite(number: str) -> bool:
    return math.isinf(float(number))


def _finite(number: str) -> float:
    if _is_infinite(number):
        raise ValueError(f"{number} is beyond what numbers hold")
    return float(number)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _value(values: list[object]) -> object:
    if len(values) > 1:
        return values
    return values[0] if values else _ABSENT


def _words(path: str, sent: object, landed: object) -> str:
    if sent is _ABSENT:
        return f"{path}: not sent, landed {_shown(landed)}"
    return f"{path}: sent {_shown(sent)}, " + ("absent" if landed is _ABSENT else f"landed {_shown(landed)}")


def _shown(value: object) -> str:
    text = _dumped(value).decode("utf-8", "replace")
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
