"""A profile's values as TOML, with comments that say what each part means and where it is from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

_BARE = re.compile(r"^[A-Za-z0-9_-]+$")
_ROW_NUMBERS = 12
_SMALL = 1e-4  # numbers below have no six decimals to spare
_COMMENTS = {
    "sessions": "How visits begin and go on. Every group of shares adds up to 1.",
    "sessions.kinds": "Kinds of visits, found by what follows what: each has its own entries, steps, ends, times.",
    "pages": "Pages: seconds until the next click (median and sigma), the chance to leave, what follows.\n"
    "# `after` is the memory of two pages, where it pays.",
    "visitors": "Who comes back, and after how many hours.",
    "rhythm": "How busy each hour and each day is; Monday is the first.",
    "devices": "What visitors use.",
    "countries": "Where visitors live.",
    "channels": "What brings visits.",
    "catalogue": "What pages show: how popularity falls with the rank, and how often visits come back to it.",
}


def toml_of(values: Mapping[str, Any], notes: Sequence[str]) -> str:
    """The TOML of a profile's values, after notes as comments."""
    lines = [f"# {note}" if note else "#" for note in notes]
    lines += ["", *_plain(values)]
    for name, part in values.items():
        if not isinstance(part, (dict, list)):
            continue
        lines += ["", f"# {_COMMENTS[name]}"]
        if name == "pages":
            for key, page in values["pages"].items():
                lines += _table(f"pages.{_key(key)}", page)
        elif isinstance(part, list):
            for table in part:
                lines += ["", f"[[{name}]]", *_plain(table, inline=True)]
        elif name == "sessions":
            lines += _table(name, {key: value for key, value in values["sessions"].items() if key != "kinds"})
            lines += _kinds(part.get("kinds", []))
        else:
            lines += _table(name, part)
    return "\n".join(lines) + "\n"


def _kinds(kinds: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if kinds:
        yield from ("", f"# {_COMMENTS['sessions.kinds']}")
    for kind in kinds:
        yield from ("", "[[sessions.kinds]]", *_plain(kind, inline=True, without=("pages",)))
        for key, page in kind["pages"].items():
            yield from _table(f"sessions.kinds.pages.{_key(key)}", page)


def _table(header: str, values: Mapping[str, Any]) -> Iterator[str]:
    """A table, and below it those tables in it that hold tables themselves, or memory."""
    nested = [key for key, value in values.items() if _has_tables(value)]
    yield from ("", f"[{header}]", *_plain(values, inline=True, without=nested))
    for key in nested:
        for name, inner in values[key].items():
            yield from (f"[{header}.{_key(key)}.{_key(name)}]", *_plain(inner, inline=True))


def _has_tables(value: object) -> bool:
    return isinstance(value, dict) and any(isinstance(inner, dict) for inner in value.values())


def _plain(values: Mapping[str, Any], *, inline: bool = False, without: Sequence[str] = ()) -> Iterator[str]:
    for key, value in values.items():
        if key in without or (isinstance(value, dict | list) and not inline):
            continue
        yield f"{_key(key)} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        parts = [_value(inner) for inner in value]
        if len(parts) <= _ROW_NUMBERS:
            return f"[{', '.join(parts)}]"
        rows = [", ".join(parts[at : at + _ROW_NUMBERS]) for at in range(0, len(parts), _ROW_NUMBERS)]
        return "[\n" + "".join(f"  {row},\n" for row in rows) + "]"
    if isinstance(value, float) and 0 < abs(value) < _SMALL:
        return f"{value:.4g}"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0") + ("0" if value == round(value, 0) else "")
    return _text(value) if isinstance(value, str) else str(value)


def _key(key: str) -> str:
    return key if _BARE.match(key) else _text(key)


def _text(text: str) -> str:
    """A text as TOML writes it, which is as JSON does but for one sign."""
    return orjson.dumps(text).decode().replace("\x7f", "\\u007f")
