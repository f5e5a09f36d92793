"""TOML to values in bounded time and memory, whatever the text is, and mistakes in it with their lines."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from clickgen.model.errors import Mistakes, UsageProblem
from clickgen.model.mistakes import MAX_TEXT_BYTES
from clickgen.model.outside_text import one_line

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
# A value of many lines is parsed again at each line that may be its last. If it is made so that many may be, the
# lines of what follows stay unknown; a normal file takes no more than twice its length.
_MOST_PARSED = 8 * MAX_TEXT_BYTES

_MAY_END = re.compile(r"""[]}"']\s*(#.*)?$""")  # so that a long list is not parsed again at each of its lines

MOST_REPORTED = 100  # mistakes; more do not help anyone


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


def toml_mistakes(problems: Iterable[tuple[str, str]], text: str, origin: str) -> Mistakes:
    """The error that reports mistakes, given as (path in the file, what is wrong), a line each with its place.

    text: the file's, without an error in its syntax; `origin` names it.
    """
    lines, some = TomlLines(text), list(islice(problems, MOST_REPORTED + 1))
    reported = [_line(origin, lines.of(path), path, what) for path, what in some[:MOST_REPORTED]]
    if len(some) > MOST_REPORTED:
        reported.append(f"{origin}: and more: these are the first {MOST_REPORTED}")
    hint = "Each line names the place in the file; fix them all and try again."
    return Mistakes("\n".join(map(one_line, reported)), hint)


def _line(origin: str, number: int | None, path: str, what: str) -> str:
    place = f"{origin}:{number}" if number else origin
    return f"{place}: {path}: {what}" if path else f"{place}: {what}"


class TomlLines:
    """The lines of a file's keys, by their path: pages.home.next.cart, devices[1].systems[0].os."""

    def __init__(self, text: str) -> None:
        """text: a whole TOML file, without an error in its syntax."""
        self._lines: dict[str, int] = {}
        self._arrays: dict[str, int] = {}  # how many tables an array of tables has so far
        self._table = ""
        for number, statement in _statements(text):
            if statement.startswith("["):
                self._enter(number, tomllib.loads(statement), "")
            else:
                self._note(number, tomllib.loads(statement), self._table)

    def of(self, path: str) -> int | None:
        """The line of this key, counted from 1; if it is missing, that of the table that it should be in."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return None

    def _enter(self, number: int, header: object, path: str) -> None:
        """Make the table of this header, which reads as nested empty tables, the current one."""
        while isinstance(header, dict) and header:
            ((key, header),) = header.items()
            path = f"{path}.{key}" if path else key
            if header == [{}]:
                self._lines.setdefault(path, number)
                self._arrays[path] = self._arrays.get(path, -1) + 1
                header = None
            if path in self._arrays:
                path = f"{path}[{self._arrays[path]}]"
        self._table = path
        self._lines.setdefault(path, number)

    def _note(self, number: int, values: object, path: str) -> None:
        if isinstance(values, dict):
            for key, value in values.items():
                place = f"{path}.{key}" if path else key
                self._lines.setdefault(place, number)
                self._note(number, value, place)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The headers and assignments of a file, each with its first line; a value may go over several."""
    begin, held = 0, ""
    parsed = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not held and line.lstrip()[:1] in {"", "#"}:
            continue
        is_first = not held
        begin, held = (number, line.strip()) if is_first else (begin, f"{held}\n{line}")
        if not (is_first or _MAY_END.search(line.rstrip())):
            continue
        parsed += len(held)
        if parsed > _MOST_PARSED:
            return
        if _is_whole(held):
            yield begin, held
            held = ""


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True
