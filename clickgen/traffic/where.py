"""A filter over events: SQL conditions over their fields, which can do nothing but compare.

    country = 'US' AND price >= 10 AND (page LIKE '/products/%' OR type IN ('cart', 'order'))

Fields are named by their paths, with double quotes around names that hold more than letters, digits, _ and dots.
As in SQL a comparison with what is not there, or of another type, is not true, and neither is its opposite.
"""

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from clickgen.model.errors import UsageProblem
from clickgen.traffic.event_time import value_at

Verdict = bool | None  # None: unknown, as SQL has it
Test = Callable[[Mapping[str, Any]], Verdict]
Operand = Callable[[Mapping[str, Any]], object]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<quoted>\"(?:[^\"]|\"\")+\")|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<sign><=|>=|<>|!=|==|=|<|>|\(|\)|,)|(?P<word>[A-Za-z_$@][\w$@.-]*))"
)
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}
_HINT = "write conditions like: country = 'US' AND (price > 10 OR page LIKE '/cart%')"


def compile_where(expression: str) -> Callable[[Mapping[str, Any]], bool]:
    """What says whether an event satisfies the expression; UsageProblem if it is not one."""
    parser = _Parser(expression)
    test = parser.whole()
    return lambda event: test(event) is True


class _Parser:
    """Recursive descent: OR, AND, NOT, then comparisons."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = list(self._cut(expression))
        self._at = 0

    def _cut(self, expression: str) -> "list[tuple[str, str]]":
        found, at = [], 0
        expression = expression.rstrip()
        while at < len(expression):
            token = _TOKEN.match(expression, at)
            if token is None or token.lastgroup is None:
                raise self._wrong(f"{expression[at:].strip()[:20]!r} is not understood")
            found.append((token.lastgroup, token[token.lastgroup]))
            at = token.end()
        return found

    def whole(self) -> Test:
        test = self._either()
        if self._at < len(self._tokens):
            raise self._wrong(f"{self._tokens[self._at][1]!r} is not expected there")
        return test

    def _either(self) -> Test:
        test = self._both()
        while self._word("OR"):
            test = _or(test, self._both())
        return test

    def _both(self) -> Test:
        test = self._negated()
        while self._word("AND"):
            test = _and(test, self._negated())
        return test

    def _negated(self) -> Test:
        if self._word("NOT"):
            return _not(self._negated())
        if self._sign("("):
            test = self._either()
            self._expect(")")
            return test
        return self._comparison()

    def _comparison(self) -> Test:
        left = self._operand()
        negated = self._word("NOT")
        if self._word("IN"):
            test = _in(left, self._list())
        elif self._word("LIKE"):
            test = _like(left, self._text())
        elif self._word("BETWEEN"):
            low = self._operand()
            if not self._word("AND"):
                raise self._wrong("BETWEEN needs two values with AND between them")
            test = _and(_compared(">=", left, low), _compared("<=", left, self._operand()))
        elif not negated and self._word("IS"):
            no = self._word("NOT")
            if not self._word("NULL"):
                raise self._wrong("IS is followed by NULL or NOT NULL")
            return _is_null(left, wanted=not no)
        elif not negated and self._kind() == "sign" and self._tokens[self._at][1] in _SIGNS:
            return _compared(self._next()[1], left, self._operand())
        else:
            return _holds(left)
        return _not(test) if negated else test

    def _operand(self) -> Operand:
        kind, token = self._next()
        if kind == "text":
            return _constant(token[1:-1].replace("''", "'"))
        if kind == "number":
            return _constant(float(token) if "." in token else int(token))
        if kind == "quoted":
            return _member(token[1:-1].replace('""', '"'))
        if kind == "word":
            return _constant(_CONSTANTS[token.upper()]) if token.upper() in _CONSTANTS else _member(token)
        raise self._wrong(f"a field or a value is expected, not {token!r}")

    def _list(self) -> list[Operand]:
        self._expect("(")
        found = [self._operand()]
        while self._sign(","):
            found.append(self._operand())
        self._expect(")")
        return found

    def _text(self) -> str:
        kind, token = self._next()
        if kind != "text":
            raise self._wrong(f"LIKE is followed by a text in single quotes, not {token!r}")
        return token[1:-1].replace("''", "'")

    def _kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise self._wrong("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _word(self, word: str) -> bool:
        found = self._kind() == "word" and self._tokens[self._at][1].upper() == word
        self._at += found
        return found

    def _sign(self, sign: str) -> bool:
        found = self._kind() == "sign" and self._tokens[self._at][1] == sign
        self._at += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            raise self._wrong(f"{sign!r} is missing")

    def _wrong(self, why: str) -> UsageProblem:
        return UsageProblem(f"--where {self._expression!r}: {why}", _HINT)


def _constant(value: object) -> Operand:
    return lambda _: value


def _member(name: str) -> Operand:
    path = name.split(".")
    return lambda event: value_at(event, name, path)


def _compared(sign: str, left: Operand, right: Operand) -> Test:
    compare = _SIGNS[sign]

    def test(event: Mapping[str, Any]) -> Verdict:
        one, other = left(event), right(event)
        if one is None or other is None:
            return None
        if isinstance(one, str) and isinstance(other, int | float) and not isinstance(other, bool):
            one = _number(one)  # a number that the recording holds as text
        if isinstance(one, dict | list) or one is None:
            return None
        try:
            return compare(one, other)
        except TypeError:
            return None

    return test


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _in(left: Operand, choices: list[Operand]) -> Test:
    tests = [_compared("=", left, choice) for choice in choices]
    found = tests[0]
    for test in tests[1:]:
        found = _or(found, test)
    return found


def _like(left: Operand, pattern: str) -> Test:
    matches = _pattern(pattern).fullmatch

    def test(event: Mapping[str, Any]) -> Verdict:
        value = left(event)
        return None if not isinstance(value, str) else matches(value) is not None

    return test


@lru_cache(maxsize=64)
def _pattern(pattern: str) -> re.Pattern[str]:
    signs = {"%": ".*", "_": "."}
    return re.compile("".join(signs.get(sign) or re.escape(sign) for sign in pattern), re.DOTALL)


def _is_null(left: Operand, *, wanted: bool) -> Test:
    return lambda event: (left(event) is None) == wanted


def _holds(left: Operand) -> Test:
    def test(event: Mapping[str, Any]) -> Verdict:
        value = left(event)
        return value if isinstance(value, bool) else None

    return test


def _not(test: Test) -> Test:
    def negated(event: Mapping[str, Any]) -> Verdict:
        found = test(event)
        return None if found is None else not found

    return negated


def _and(one: Test, other: Test) -> Test:
    def both(event: Mapping[str, Any]) -> Verdict:
        first = one(event)
        if first is False:
            return False
        second = other(event)
        return False if second is False else (None if first is None or second is None else True)

    return both


def _or(one: Test, other: Test) -> Test:
    def either(event: Mapping[str, Any]) -> Verdict:
        first = one(event)
        if first is True:
            return True
        second = other(event)
        return True if second is True else (None if first is None or second is None else False)

    return either
