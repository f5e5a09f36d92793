"""TOML to values, in bounded time and memory, whatever the text is."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from clickgen.model.errors import UsageProblem

# A profile nests five deep. The standard library's reader recurses once a bracket, and what looks at the values
# recurses once a table.
MAX_DEPTH = 32
# A profile of 7,000 pages, which fills a megabyte, has 70,000. Each may be a mistake to report.
MAX_VALUES = 100_000
# What every reader of TOML has to take (TOML 1.0.0, "Integer"); no number in any of the files is larger.
_INTEGER_BITS = 64
_INTEGERS = 1 << _INTEGER_BITS - 1
# A string whose end is missing goes on to where the line, or the text, ends: each byte is looked at once.
_TOKEN = re.compile(
    r"""(?P<skip>\#[^\n]*+ | "{3}(?:[^\\"]|\\(?s:.)?|"(?!""))*+(?:"{3,5}|\Z) | '{3}(?s:.)*?(?:'{3,5}|\Z))
    | (?P<part>"(?:\\.|[^"\\\n])*+"? | '[^'\n]*+'? | [^\s."'\#\[\]{},=]++)
    | (?P<open>[\[{]) | (?P<close>[\]}])
    | (?P<ends>[\n,=])""",
    re.VERBOSE,
)
_PLACE = re.compile(r" \(at (line (\d+), column (\d+)|end of document)\)")


def parse_toml(text: str, origin: str) -> dict[str, Any]:
    """The values of a TOML file; `origin` names it in errors.

    Raises UsageProblem, if possible with the line, unless it is TOML that nests no deeper than MAX_DEPTH, with at
    most MAX_VALUES values and no integer of more than 64 bits.
    """
    _hold_depth(text, origin)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise UsageProblem(_not_toml(origin, str(problem)), "Write it as TOML: https://toml.io") from problem
    except ValueError as problem:  # of Python's own limit, 4,300 digits
        raise _too_large(origin) from problem
    _hold_values(values, origin)
    return values


def _hold_depth(text: str, origin: str) -> None:
    """Refuse text that nests too deeply, by brackets or by the dots of a key, before it is parsed."""
    depth = parts = 0
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "part":
            parts += 1
        elif kind == "open":
            depth, parts = depth + 1, 0
        elif kind == "close":
            depth, parts = max(depth - 1, 0), 0
        elif kind == "ends":
            parts = 0
        if depth > MAX_DEPTH or parts > MAX_DEPTH:
            line = text.count("\n", 0, token.start()) + 1
            raise _too_deep(f"{origin}:{line}")


def _hold_values(values: dict[str, Any], origin: str) -> None:
    for count, (path, value) in enumerate(_all_values(values), 1):
        if len(path) > MAX_DEPTH:
            raise _too_deep(origin, f"{'.'.join(path[:3])}.…: ")
        if type(value) is int and not -_INTEGERS <= value < _INTEGERS:
            raise _too_large(origin, f"{'.'.join(path)}: ")
        if count > MAX_VALUES:
            raise UsageProblem(
                f"{origin}: more than {MAX_VALUES:,} values, and so not read",
                "check that this is the file you meant",
            )


def _all_values(values: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value with the keys that lead to it, those of the outermost table first."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), values)]
    for path, held in waiting:
        inner = held.items() if isinstance(held, dict) else enumerate(held)
        for key, value in inner:
            place = (*path, str(key))
            yield place, value
            if isinstance(value, dict | list) and len(place) <= MAX_DEPTH:
                waiting.append((place, value))


def _too_deep(origin: str, path: str = "") -> UsageProblem:
    return UsageProblem(
        f"{origin}: {path}nested more than {MAX_DEPTH} deep", "check that this is the file you meant"
    )


def _too_large(origin: str, path: str = "") -> UsageProblem:
    return UsageProblem(f"{origin}: {path}an integer of more than {_INTEGER_BITS} bits", "Write a smaller number.")


def _not_toml(origin: str, what: str) -> str:
    """tomllib's words, with the line in the place where compilers and editors expect it."""
    place = _PLACE.search(what)
    if place is None or place[2] is None:
        return f"{origin}: not a TOML file: {what}"
    return f"{origin}:{place[2]}: not a TOML file: {_PLACE.sub('', what)} in column {place[3]}"
