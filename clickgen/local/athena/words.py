"""Statements as words: cutting a script into statements, and reading the grammar of DDL word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from clickgen.local.athena.failures import syntax_error

_WORD = re.compile(
    r"(?P<space>\s+)|(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<text>'(?:[^']|'')*')|(?P<name>\"(?:[^\"]|\"\")*\"|`[^`]*`)"
    r"|(?P<bare>[A-Za-z_][\w$]*)|(?P<number>\d+(?:\.\d+)?)|(?P<sign>[^\s])",
    re.DOTALL,
)


@dataclass(frozen=True)
class Word:
    """One word. kind: `text`, `name` (quoted), `bare`, `number` or `sign`. start, end: where it is."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """A text without its quotes, a name too."""
        if self.kind == "text":
            return self.text[1:-1].replace("''", "'")
        if self.kind == "name":
            return self.text[1:-1].replace('""', '"')
        return self.text


def words_of(sql: str) -> Iterator[Word]:
    """The words of a text, without spaces and comments."""
    for found in _WORD.finditer(sql):
        kind = found.lastgroup or "sign"
        if kind not in ("space", "comment"):
            yield Word(kind, found[0], found.start(), found.end())


def statements_of(script: str) -> list[str]:
    """The statements of a script, which semicolons end."""
    statements: list[str] = []
    start = 0
    ends = [word for word in words_of(script) if word.text == ";" and word.kind == "sign"]
    for end in [*(word.start for word in ends), len(script)]:
        statement = script[start:end].strip()
        if any(True for _ in words_of(statement)):
            statements.append(statement)
        start = end + 1
    return statements


def with_parameters(sql: str, parameters: Sequence[str]) -> str:
    """The statement with a parameter, written as in SQL, for each question mark; ValueError if numbers differ."""
    marks = [word for word in words_of(sql) if word.kind == "sign" and word.text == "?"]
    if len(marks) != len(parameters):
        raise ValueError(f"Incorrect number of parameters: expected {len(marks)} but found {len(parameters)}")
    for mark, parameter in reversed(list(zip(marks, parameters, strict=True))):
        sql = f"{sql[: mark.start]}{parameter}{sql[mark.end :]}"
    return sql


class Words:
    """The words of one statement, read from the left."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.words = list(words_of(sql))
        self._at = 0

    def peek(self, ahead: int = 0) -> str:
        """The next word in upper case, or one after it; `` at the end."""
        at = self._at + ahead
        return self.words[at].text.upper() if at < len(self.words) else ""

    def accept(self, *keywords: str) -> bool:
        """Take these keywords if they are next; whether they were."""
        if [self.peek(ahead) for ahead in range(len(keywords))] != list(keywords):
            return False
        self._at += len(keywords)
        return True

    def expect(self, *keywords: str) -> None:
        """Take these keywords; QueryFailed if they are not next."""
        for keyword in keywords:
            if not self.accept(keyword):
                self.refuse(keyword)

    def name(self) -> str:
        """Take a name, in lower case."""
        if self._at >= len(self.words) or self.words[self._at].kind not in ("bare", "name"):
            self.refuse("<identifier>")
        return self._take().value.lower()

    def qualified(self, database: str) -> tuple[str, str]:
        """Take a name with or without its database (and the catalogue before that)."""
        names = [self.name()]
        while self.accept("."):
            names.append(self.name())
        return (names[-2], names[-1]) if len(names) > 1 else (database, names[0])

    def text(self) -> str:
        """Take a text in quotes."""
        if self._at >= len(self.words) or self.words[self._at].text[0] not in "'\"":
            self.refuse("<string>")
        return self._take().value

    def value(self) -> str:
        """Take a text or a number."""
        if self._at < len(self.words) and self.words[self._at].kind == "number":
            return self._take().text
        return self.text()

    def properties(self) -> dict[str, str]:
        """Take `('key' = 'value', …)`."""
        found: dict[str, str] = {}
        self.expect("(")
        while not self.accept(")"):
            key = self.text()
            self.expect("=")
            found[key] = self.value()
            if self.peek() != ")":
                self.expect(",")
        return found

    def until(self, *ends: str) -> str:
        """Take everything to one of these words, but not those within brackets: as it is written."""
        start = end = self.words[self._at].start if self._at < len(self.words) else len(self.sql)
        depth = 0
        while self.peek() and not (depth == 0 and self.peek() in ends):
            depth += (
                self.peek().count("(") + self.peek().count("<") - self.peek().count(")") - self.peek().count(">")
            )
            if depth < 0:
                break
            end = self._take().end
        return self.sql[start:end]

    def rest(self) -> str:
        """Everything that is left, as it is written."""
        start = self.words[self._at].start if self._at < len(self.words) else len(self.sql)
        self._at = len(self.words)
        return self.sql[start:]

    def end(self) -> None:
        """QueryFailed if there is more."""
        if self.peek():
            self.refuse("<EOF>")

    def refuse(self, expected: str) -> NoReturn:
        """Raise QueryFailed for the next word."""
        start = self.words[self._at].start if self._at < len(self.words) else len(self.sql)
        before = self.sql[:start]
        place = (before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1)
        found = self.sql[start : self.words[self._at].end] if self._at < len(self.words) else "<EOF>"
        raise syntax_error(f"mismatched input '{found}'. Expecting: '{expected}'", place)

    def _take(self) -> Word:
        self._at += 1
        return self.words[self._at - 1]
