"""The types of columns, as the catalogue writes them: `struct<id:bigint,tags:array<string>>`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_TOKEN = re.compile(r"\s*(?:`((?:[^`]|``)+)`|([^<>,:()`\s]+)|([<>,:()]))")
_MAX_DEPTH = 32  # far deeper than any schema, and nowhere near the depth that Python can recurse to
_MAX_DECIMAL_DIGITS = 38
_SIZED_TEXT = {"char": 255, "varchar": 65535}  # the longest that Hive allows

Kind = Literal["boolean", "integer", "float", "decimal", "text", "date", "timestamp"]


class SchemaProblem(Exception):
    """A table whose columns cannot be written, and why."""


@dataclass(frozen=True)
class Primitive:
    """A scalar."""

    kind: Kind
    duck: str  # the type's name in DuckDB
    precision: int = 0  # of a decimal: digits in all
    scale: int = 0  # of a decimal: digits behind the point


@dataclass(frozen=True)
class ListOf:
    """`array<element>`."""

    element: "HiveType"


@dataclass(frozen=True)
class MapOf:
    """`map<key,value>`; the key is a scalar."""

    key: Primitive
    value: "HiveType"


@dataclass(frozen=True)
class StructOf:
    """`struct<name:type,…>`, in the order of its fields."""

    fields: tuple[tuple[str, "HiveType"], ...]


HiveType = Primitive | ListOf | MapOf | StructOf

_PRIMITIVES = {
    "boolean": Primitive("boolean", "BOOLEAN"),
    "tinyint": Primitive("integer", "TINYINT"),
    "smallint": Primitive("integer", "SMALLINT"),
    "int": Primitive("integer", "INTEGER"),
    "integer": Primitive("integer", "INTEGER"),
    "bigint": Primitive("integer", "BIGINT"),
    "float": Primitive("float", "FLOAT"),
    "double": Primitive("float", "DOUBLE"),
    "string": Primitive("text", "VARCHAR"),
    "date": Primitive("date", "DATE"),
    "timestamp": Primitive("timestamp", "TIMESTAMP"),
}


def parse_type(text: str) -> HiveType:
    """The type that the text names; SchemaProblem if it cannot be written."""
    tokens = _tokens(text)
    parsed, rest = _parse(tokens, 0)
    if rest:
        raise SchemaProblem(f"the type {text!r} goes on after its end")
    return parsed


def duck_type(kind: HiveType) -> str:
    """The type in DuckDB."""
    if isinstance(kind, Primitive):
        return kind.duck
    if isinstance(kind, ListOf):
        return f"{duck_type(kind.element)}[]"
    if isinstance(kind, MapOf):
        return f"MAP({duck_type(kind.key)}, {duck_type(kind.value)})"
    return "STRUCT(" + ", ".join(f"{quoted(name)} {duck_type(inner)}" for name, inner in kind.fields) + ")"


def quoted(name: str) -> str:
    """A name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise SchemaProblem(f"{text!r} is not a type")
        in_backquotes, name, sign = match.groups()
        tokens.append(in_backquotes.replace("``", "`") if in_backquotes else name or sign)
        at = match.end()
    return tokens


def _parse(tokens: Sequence[str], depth: int) -> tuple[HiveType, Sequence[str]]:
    if not tokens or depth > _MAX_DEPTH:
        raise SchemaProblem("a type is missing" if not tokens else f"types are nested deeper than {_MAX_DEPTH}")
    name, rest = tokens[0].lower(), tokens[1:]
    if name == "array":
        element, rest = _parse(_expect(rest, "<"), depth + 1)
        return ListOf(element), _expect(rest, ">")
    if name == "map":
        key, rest = _parse(_expect(rest, "<"), depth + 1)
        if not isinstance(key, Primitive):
            raise SchemaProblem("the key of a map must be a scalar")
        value, rest = _parse(_expect(rest, ","), depth + 1)
        return MapOf(key, value), _expect(rest, ">")
    if name == "struct":
        return _parse_struct(_expect(rest, "<"), depth)
    return _parse_primitive(name, rest)


def _parse_struct(tokens: Sequence[str], depth: int) -> tuple[StructOf, Sequence[str]]:
    fields: list[tuple[str, HiveType]] = []
    while True:
        name, rest = (tokens[0] if tokens else ""), tokens[1:]
        inner, rest = _parse(_expect(rest, ":"), depth + 1)
        if name.lower() in {known.lower() for known, _ in fields}:
            raise SchemaProblem(f"a struct has the field {name} twice")
        fields.append((name, inner))
        if rest and rest[0] == ",":
            tokens = rest[1:]
            continue
        return StructOf(tuple(fields)), _expect(rest, ">")


def _parse_primitive(name: str, tokens: Sequence[str]) -> tuple[Primitive, Sequence[str]]:
    sizes: list[int] = []
    if tokens and tokens[0] == "(":
        tokens = tokens[1:]
        while tokens and tokens[0] != ")":
            if tokens[0] != ",":
                sizes.append(int(tokens[0]) if tokens[0].isdecimal() else -1)
            tokens = tokens[1:]
        tokens = _expect(tokens, ")")
    if name == "double" and tokens and tokens[0].lower() == "precision":
        tokens = tokens[1:]
    return _sized(name, sizes), tokens


def _sized(name: str, sizes: list[int]) -> Primitive:
    if name == "decimal":
        precision, scale = (*sizes, 10, 0)[:2] if len(sizes) != 1 else (sizes[0], 0)
        if len(sizes) <= 2 and 0 < precision <= _MAX_DECIMAL_DIGITS and 0 <= scale <= precision:
            return Primitive("decimal", f"DECIMAL({precision},{scale})", precision, scale)
    elif name in _SIZED_TEXT:
        if len(sizes) == 1 and 0 < sizes[0] <= _SIZED_TEXT[name]:
            return _PRIMITIVES["string"]
    elif name in _PRIMITIVES and not sizes:
        return _PRIMITIVES[name]
    given = f"{name}({','.join(map(str, sizes))})" if sizes else name
    raise SchemaProblem(f"the type {given} cannot be written")


def _expect(tokens: Sequence[str], sign: str) -> Sequence[str]:
    if not tokens or tokens[0] != sign:
        raise SchemaProblem(f"{sign!r} is missing in a type")
    return tokens[1:]
