"""Redshift's SQL as words, and what of it PostgreSQL lacks: clauses that are taken out, words that are replaced.

DDL is rewritten word by word, because no parser takes all of Redshift's column attributes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_WORD = re.compile(
    r"(?P<space>\s+)|(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<text>'(?:[^']|'')*')|(?P<name>\"(?:[^\"]|\"\")*\")"
    r"|(?P<bare>[A-Za-z_][\w$]*)|(?P<number>\d+(?:\.\d+)?)|(?P<cast>::)|(?P<sign>.)",
    re.DOTALL,
)
_TYPES = {"SUPER": "JSONB", "VARBYTE": "BYTEA", "VARBINARY": "BYTEA", "NVARCHAR": "VARCHAR", "BPCHAR": "CHAR"}
_RESERVED = frozenset(
    {"returning", "fetch", "window", "variadic", "symmetric", "asymmetric", "collation", "xmltable"}
)
"""Words that PostgreSQL keeps to itself and Redshift does not, so that columns may be called so."""
_UNITS = (
    "DATEADD",
    "DATEDIFF",
    "DATE_PART",
    "DATEPART",
)  # functions whose first argument is a unit without quotes
_SIZED = ("IDENTITY", "VARCHAR", "NVARCHAR", "VARBYTE", "VARBINARY", "BINARY")
_STORAGE = {
    ("ENCODE", ""): 2, ("DISTSTYLE", ""): 2, ("BACKUP", ""): 2, ("AUTO", "REFRESH"): 3, ("COMPOUND", "SORTKEY"): 1,
    ("INTERLEAVED", "SORTKEY"): 1,
}  # fmt: skip
"""Clauses about storage, by the word that they begin with and the one after it: how many words they have."""
MAX_VARCHAR = 65_535


@dataclass(frozen=True)
class Word:
    """One word. kind: `text`, `name` (quoted), `bare`, `number`, `cast`, `sign`, `space` or `comment`."""

    kind: str
    text: str

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "bare" else self.text

    @property
    def value(self) -> str:
        """A text or a name without its quotes."""
        if self.kind == "text":
            return self.text[1:-1].replace("''", "'")
        return self.text[1:-1].replace('""', '"') if self.kind == "name" else self.text


def words_of(sql: str) -> list[Word]:
    """All words, spaces and comments among them."""
    return [Word(found.lastgroup or "sign", found[0]) for found in _WORD.finditer(sql)]


def bare_words(sql: str) -> list[Word]:
    """The words without spaces and comments."""
    return [word for word in words_of(sql) if word.kind not in ("space", "comment")]


def statements_of(sql: str) -> list[str]:
    """The statements that semicolons separate."""
    statements, current = [], ""
    for word in [*words_of(sql), Word("sign", ";")]:
        if word.kind == "sign" and word.text == ";":
            if bare_words(current):
                statements.append(current.strip())
            current = ""
        else:
            current += word.text
    return statements


def with_parameters(sql: str, parameters: dict[str, str]) -> tuple[str, set[str]]:
    """The statement with a literal for each `:name`, and the names that it has but nobody gave."""
    words = words_of(sql)
    out: list[str] = []
    missing: set[str] = set()
    skip = False
    for position, word in enumerate(words):
        after = words[position + 1] if position + 1 < len(words) else None
        if skip:
            skip = False
        elif word.text == ":" and after is not None and after.kind == "bare":
            skip = True
            if after.text in parameters:
                out.append("'" + parameters[after.text].replace("'", "''") + "'")
            else:
                missing.add(after.text)
        else:
            out.append(word.text)
    return "".join(out), missing


def with_quoted_names(sql: str) -> str:
    """The statement with quotes around names that PostgreSQL reserves."""
    return "".join(
        f'"{word.text.lower()}"' if word.kind == "bare" and word.text.lower() in _RESERVED else word.text
        for word in words_of(sql)
    )


def plain_ddl(sql: str) -> str:
    """A CREATE statement without what is about Redshift's storage, with types that PostgreSQL has."""
    words = bare_words(sql)
    out: list[str] = []
    at = 0
    while at < len(words):
        at, kept = _clause(words, at)
        out += kept
    return " ".join(out)


def _clause(words: Sequence[Word], at: int) -> tuple[int, list[str]]:
    """The next word, or what stands for the clause that begins there; and where to go on."""
    word = words[at].upper
    after = words[at + 1].upper if at + 1 < len(words) else ""
    length = _STORAGE.get((word, after)) or _STORAGE.get((word, ""))
    if length is not None:
        return at + length, []
    if word in ("DISTKEY", "SORTKEY"):
        return (_after_brackets(words, at + 1) if after == "(" else at + 1), []
    if words[at].kind == "bare" and after == "(" and word in _SIZED:
        return _sized(words, at)
    if words[at].kind != "bare":
        return at + 1, [words[at].text]
    return at + 1, [f'"{word.lower()}"' if word.lower() in _RESERVED else _TYPES.get(word, words[at].text)]


def _sized(words: Sequence[Word], at: int) -> tuple[int, list[str]]:
    """A word with brackets after it."""
    word, end = words[at].upper, _after_brackets(words, at + 1)
    inner = [part.upper for part in words[at + 2 : end - 1]]
    if word == "IDENTITY":
        start, step = (*inner[::2], "1", "1")[:2]
        return end, [f"GENERATED BY DEFAULT AS IDENTITY (START WITH {start} INCREMENT BY {step})"]
    if word in ("VARCHAR", "NVARCHAR"):
        return end, [f"VARCHAR({MAX_VARCHAR if inner == ['MAX'] else ''.join(inner)})"]
    return end, ["BYTEA"]


def _after_brackets(words: Sequence[Word], at: int) -> int:
    depth = 0
    while at < len(words):
        depth += (words[at].text == "(") - (words[at].text == ")")
        at += 1
        if depth == 0:
            return at
    return at


def plain_query(sql: str) -> str:
    """A query with units of time in quotes, as functions take them, and `SYSDATE` as one."""
    return "".join(_plain_words(words_of(sql)))


def _plain_words(words: Sequence[Word]) -> Iterator[str]:
    unit = False
    for position, word in enumerate(words):
        before = next((other.upper for other in reversed(words[:position]) if other.kind != "space"), "")
        if word.kind == "bare" and word.upper == "SYSDATE":
            yield "getdate()"
        elif unit and word.kind == "bare" and before == "(":
            unit = False
            yield f"'{word.text}'"
        else:
            unit = word.upper in _UNITS or (unit and word.text in ("(", " "))
            yield word.text
