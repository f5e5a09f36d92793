"""From the text of an expression to its words, and what all parsers of expressions share."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path as FilePath

from clickgen.local.dynamodb.items.limits import MAX_EXPRESSION_BYTES
from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.platform.errors import ServiceError

_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<alias>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)"
    r"|(?P<number>\d+)|(?P<sign><>|<=|>=|[=<>(),.\[\]+-]))"
)

_WORDS = FilePath(__file__).with_name("reserved_words.txt")

Path = tuple[str | int, ...]
"""A document path as written: names and #aliases, and the indexes of lists."""


@dataclass(frozen=True)
class Token:
    """A word of an expression: its kind (name, alias, value, number, sign, end) and text."""

    kind: str
    text: str
    at: int


class Parser:
    """What walks over the words of one expression. `kind` is its name in messages: "ConditionExpression"."""

    def __init__(self, text: str, kind: str) -> None:
        """ServiceError if the text is empty, too long, or has signs that no expression has."""
        self._text = text
        self._kind = kind
        if not text.strip():
            raise self.invalid("The expression can not be empty;")
        if len(text.encode()) > MAX_EXPRESSION_BYTES:
            raise self.invalid(f"Expression size has exceeded the maximum allowed size of {MAX_EXPRESSION_BYTES}")
        self._tokens = self._tokens_of(text)
        self._next = 0
        self.placeholders: set[str] = set()

    def invalid(self, why: str) -> ServiceError:
        """The expression is not valid."""
        return refused(f"Invalid {self._kind}: {why}")

    def peek(self) -> Token:
        """The next word, which stays the next."""
        return self._tokens[self._next]

    def take(self) -> Token:
        """The next word."""
        token = self._tokens[self._next]
        if token.kind != "end":
            self._next += 1
        return token

    def takes(self, *texts: str) -> str | None:
        """Take the next word if it is one of these, signs or keywords in capitals; which one."""
        token = self.peek()
        text = token.text.upper() if token.kind == "name" else token.text
        if token.kind in {"name", "sign"} and text in texts:
            self._next += 1
            return text
        return None

    def expect(self, text: str) -> None:
        """Take this word; ServiceError if it is not the next."""
        if self.takes(text) is None:
            raise self.unexpected()

    def unexpected(self) -> ServiceError:
        """The next word is not what the expression could go on with."""
        token = self.peek()
        near = self._text[max(0, token.at - 10) : token.at + len(token.text) + 10].strip()
        shown = token.text if token.kind != "end" else "<EOF>"
        return self.invalid(f'Syntax error; token: "{shown}", near: "{near}"')

    def at_end(self) -> bool:
        """Whether all words were taken."""
        return self.peek().kind == "end"

    def value(self) -> str:
        """Take the name of an attribute value: `:name`."""
        token = self.take()
        self.placeholders.add(token.text)
        return token.text

    def path(self) -> Path:
        """Take a document path: `a.#b[0].c`."""
        steps: list[str | int] = [self._name()]
        while True:
            if self.takes("."):
                steps.append(self._name())
            elif self.takes("["):
                token = self.peek()
                if token.kind != "number":
                    raise self.unexpected()
                steps.append(int(self.take().text))
                self.expect("]")
            else:
                return tuple(steps)

    def _name(self) -> str:
        token = self.peek()
        if token.kind == "alias":
            self.placeholders.add(token.text)
        elif token.kind != "name":
            raise self.unexpected()
        elif token.text.upper() in reserved_words():
            raise self.invalid(f"Attribute name is a reserved keyword; reserved keyword: {token.text}")
        return self.take().text

    def _tokens_of(self, text: str) -> list[Token]:
        tokens, place, end = [], 0, len(text.rstrip())
        while place < end:
            found = _TOKEN.match(text, place)
            if found is None:
                bad = text[place:].lstrip()[0]
                raise self.invalid(f'Syntax error; token: "{bad}", near: "{text[place : place + 10].strip()}"')
            kind = str(found.lastgroup)
            tokens.append(Token(kind, found.group(kind), found.start(kind)))
            place = found.end()
        return [*tokens, Token("end", "", end)]


@cache
def reserved_words() -> frozenset[str]:
    """Names that only ExpressionAttributeNames can give [developer guide, "Reserved words in DynamoDB"]."""
    return frozenset(_WORDS.read_text().split())
