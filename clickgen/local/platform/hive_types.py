"""The types of the Glue catalogue, which are Hive's, like `array<struct<id:bigint,tags:map<string,int>>>`.

They are read from text, and named as DuckDB and as Athena (Trino) name them; and those of DuckDB as these.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_DUCKDB = {
    "tinyint": "TINYINT", "smallint": "SMALLINT", "int": "INTEGER", "bigint": "BIGINT", "boolean": "BOOLEAN",
    "float": "FLOAT", "double": "DOUBLE", "date": "DATE", "timestamp": "TIMESTAMP", "string": "VARCHAR",
    "varchar": "VARCHAR", "char": "VARCHAR", "binary": "BLOB",
}  # fmt: skip
_TRINO = {
    "int": "integer",
    "float": "real",
    "string": "varchar",
    "binary": "varbinary",
    "timestamp": "timestamp(3)",
}
_ALIASES = {
    "integer": "int",
    "long": "bigint",
    "bool": "boolean",
    "real": "float",
    "numeric": "decimal",
    "short": "smallint",
}
_FROM_DUCKDB = {
    "tinyint": "tinyint", "smallint": "smallint", "integer": "int", "bigint": "bigint", "hugeint": "bigint",
    "utinyint": "smallint", "usmallint": "int", "uinteger": "bigint", "ubigint": "bigint", "uhugeint": "bigint",
    "boolean": "boolean", "float": "float", "double": "double", "date": "date", "blob": "binary",
    "varchar": "string", "json": "string", "uuid": "string",
}  # fmt: skip
_WORD = re.compile(r"\s*([A-Za-z_]\w*|`[^`]*`|\d+|[<>(),:])")


class UnknownType(ValueError):
    """A text is not a type of the catalogue; the message says which."""


@dataclass(frozen=True)
class HiveType:
    """One type.

    name: in lower case, one of Hive's, like `bigint`, `decimal`, `struct`.
    sizes: of decimals (precision, scale), varchar and char.
    parts: of an array its elements' type, of a map those of keys and values, of a struct those of its fields.
    fields: the names of a struct's fields, in lower case.
    """

    name: str
    sizes: tuple[int, ...] = ()
    parts: tuple["HiveType", ...] = ()
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As Hive writes it."""
        if self.name == "struct":
            inner = ",".join(f"{name}:{part}" for name, part in zip(self.fields, self.parts, strict=True))
            return f"struct<{inner}>"
        if self.parts:
            return f"{self.name}<{','.join(map(str, self.parts))}>"
        return self.name + (f"({','.join(map(str, self.sizes))})" if self.sizes else "")

    @property
    def duckdb(self) -> str:
        """As DuckDB writes it."""
        if self.name == "array":
            return f"{self.parts[0].duckdb}[]"
        if self.name == "map":
            return f"MAP({self.parts[0].duckdb}, {self.parts[1].duckdb})"
        if self.name == "struct":
            named = zip(self.fields, self.parts, strict=True)
            return f"STRUCT({', '.join(f'{quoted(name)} {part.duckdb}' for name, part in named)})"
        if self.name == "decimal":
            precision, scale = (*self.sizes, 0)[:2] if self.sizes else (10, 0)
            return f"DECIMAL({precision}, {scale})"
        return _DUCKDB[self.name]

    @property
    def trino(self) -> str:
        """As Athena writes it."""
        if self.name == "struct":
            inner = ", ".join(f"{name} {part.trino}" for name, part in zip(self.fields, self.parts, strict=True))
            return f"row({inner})"
        if self.parts:
            return f"{self.name}({', '.join(part.trino for part in self.parts)})"
        if self.name == "decimal" and not self.sizes:
            return "decimal(10,0)"
        return _TRINO.get(self.name, self.name) + (f"({','.join(map(str, self.sizes))})" if self.sizes else "")


def parse_type(text: str) -> HiveType:
    """The type that a text names; UnknownType."""
    words = list(_words(text))
    parsed, rest = _read(words, text)
    if rest:
        raise UnknownType(f"{text!r} is not a type of the catalogue: {''.join(rest)!r} is left over")
    return parsed


def type_of_duckdb(kind: Any) -> HiveType:
    """The type of a column that DuckDB describes (a `DuckDBPyType`)."""
    name = kind.id
    if name in ("list", "array"):
        return HiveType("array", parts=(type_of_duckdb(kind.children[0][1]),))
    if name == "map":
        return HiveType("map", parts=tuple(type_of_duckdb(child) for _, child in kind.children))
    if name == "struct":
        fields = tuple(field.lower() for field, _ in kind.children)
        return HiveType("struct", parts=tuple(type_of_duckdb(child) for _, child in kind.children), fields=fields)
    if name == "decimal":
        return HiveType("decimal", sizes=tuple(size for _, size in kind.children))
    if name.startswith("timestamp"):
        return HiveType("timestamp")
    return HiveType(_FROM_DUCKDB.get(name, "string"))


def quoted(name: str) -> str:
    """A name as SQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


def _words(text: str) -> Iterator[str]:
    end = 0
    rest = text.strip()
    while end < len(rest):
        word = _WORD.match(rest, end)
        if word is None:
            raise UnknownType(f"{text!r} is not a type of the catalogue")
        end = word.end()
        yield word[1].strip("`")


def _read(words: list[str], text: str) -> tuple[HiveType, list[str]]:
    """The type at the begin of some words, and the words after it."""
    if not words:
        raise UnknownType(f"{text!r} is not a type of the catalogue: it ends too early")
    name = _ALIASES.get(words[0].lower(), words[0].lower())
    rest = words[1:]
    if name in ("array", "map", "struct"):
        return _read_nested(name, rest, text)
    if name not in _DUCKDB and name != "decimal":
        raise UnknownType(f"{words[0]!r} in {text!r} is not a type of the catalogue")
    sizes: list[int] = []
    if rest[:1] == ["("]:
        end = rest.index(")") if ")" in rest else len(rest)
        if not all(word.isdecimal() for word in rest[1:end:2]):
            raise UnknownType(f"{text!r} is not a type of the catalogue")
        sizes = [int(word) for word in rest[1:end:2]]
        rest = rest[end + 1 :]
    return HiveType(name, tuple(sizes)), rest


def _read_nested(name: str, words: list[str], text: str) -> tuple[HiveType, list[str]]:
    parts: list[HiveType] = []
    fields: list[str] = []
    sign = "<"
    rest = words
    while rest[:1] == [sign]:
        rest = rest[1:]
        if name == "struct":
            if rest[1:2] != [":"]:
                raise UnknownType(f"{text!r} is not a type of the catalogue: a struct is struct<name:type,…>")
            fields.append(rest[0].lower())
            rest = rest[2:]
        part, rest = _read(rest, text)
        parts.append(part)
        sign = ","
    expected = {"array": 1, "map": 2}.get(name, len(parts))
    if rest[:1] != [">"] or not parts or len(parts) != expected:
        raise UnknownType(f"{text!r} is not a type of the catalogue")
    return HiveType(name, parts=tuple(parts), fields=tuple(fields)), rest[1:]
