"""Conditions: ConditionExpression, FilterExpression and KeyConditionExpression as trees that can be tested.

A text is parsed once and kept; its placeholders are looked up when it is tested.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from clickgen.local.dynamodb.expressions.lexer import Parser, Path
from clickgen.local.dynamodb.expressions.scope import Scope
from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.items.values import Item, Value, are_equal, comparable

Operand = Callable[[Scope, Item], Value | None]
_ORDERED = frozenset({"S", "N", "B"})
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda first, second: first < second,
    "<=": lambda first, second: first <= second,
    ">": lambda first, second: first > second,
    ">=": lambda first, second: first >= second,
}
_TYPES = frozenset({"S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL"})


@dataclass(frozen=True)
class Test:
    """A condition or a part of one.

    operator: AND, OR, NOT, a comparison, BETWEEN, IN, or a function's name.
    parts: the conditions that it joins.
    subject: the path it is about; None if it is about something else, as size(a) or two values.
    values: its placeholders, for key conditions.
    """

    operator: str
    holds: Callable[[Scope, Item], bool]
    parts: tuple["Test", ...] = ()
    subject: Path | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Part:
    """An operand: how to find it, and its path or placeholder if it is one."""

    find: Operand
    path: Path | None = None
    value: str | None = None


@lru_cache(maxsize=1024)
def parse_condition(text: str, kind: str) -> tuple[Test, frozenset[str]]:
    """A condition and its placeholders; ServiceError if it is not valid."""
    parser = _ConditionParser(text, kind)
    test = parser.either()
    if not parser.at_end():
        raise parser.unexpected()
    return test, frozenset(parser.placeholders)


class _ConditionParser(Parser):
    def either(self) -> Test:
        """Conditions joined by OR, which binds least."""
        tests = [self._all()]
        while self.takes("OR"):
            tests.append(self._all())
        if len(tests) == 1:
            return tests[0]
        return Test("OR", lambda scope, item: any(test.holds(scope, item) for test in tests), tuple(tests))

    def _all(self) -> Test:
        tests = [self._negated()]
        while self.takes("AND"):
            tests.append(self._negated())
        if len(tests) == 1:
            return tests[0]
        return Test("AND", lambda scope, item: all(test.holds(scope, item) for test in tests), tuple(tests))

    def _negated(self) -> Test:
        if self.takes("NOT"):
            inner = self._negated()
            return Test("NOT", lambda scope, item: not inner.holds(scope, item), (inner,))
        if self.takes("("):
            inner = self.either()
            self.expect(")")
            return inner
        return self._test()

    def _test(self) -> Test:
        token = self.peek()
        if token.kind == "name" and token.text in _FUNCTIONS:
            self.take()
            return self._function(token.text)
        first = self._operand()
        sign = self.takes("=", "<>", "<", "<=", ">", ">=", "BETWEEN", "IN")
        if sign is None:
            raise self.unexpected()
        if sign == "BETWEEN":
            return self._between(first)
        if sign == "IN":
            return self._among(first)
        second = self._operand()
        holds = _comparing(sign, first.find, second.find)
        if first.path is None and second.path is not None:
            mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(sign, sign)
            return Test(mirrored, holds, subject=second.path, values=_names(first))
        return Test(sign, holds, subject=first.path, values=_names(second))

    def _between(self, first: _Part) -> Test:
        low = self._operand()
        self.expect("AND")
        high = self._operand()
        above, below = _comparing(">=", first.find, low.find), _comparing("<=", first.find, high.find)
        return Test(
            "BETWEEN",
            lambda scope, item: above(scope, item) and below(scope, item),
            subject=first.path,
            values=_names(low, high),
        )

    def _among(self, first: _Part) -> Test:
        self.expect("(")
        choices = [self._operand()]
        while self.takes(","):
            choices.append(self._operand())
        self.expect(")")

        def holds(scope: Scope, item: Item) -> bool:
            found = first.find(scope, item)
            return any(are_equal(found, choice.find(scope, item)) for choice in choices)

        return Test("IN", holds, subject=first.path, values=_names(*choices))

    def _function(self, name: str) -> Test:
        self.expect("(")
        arguments = [self._operand()]
        while self.takes(","):
            arguments.append(self._operand())
        self.expect(")")
        wanted = 1 if name in _OF_ONE else 2
        if len(arguments) != wanted:
            raise self.invalid(
                f"Incorrect number of operands for operator or function; operator or function: {name}, number of"
                f" operands: {len(arguments)}"
            )
        first = arguments[0]
        if first.path is None and name != "contains":
            raise self.invalid(f"Operator or function requires a document path; operator or function: {name}")
        test = _FUNCTIONS[name]
        finds = [argument.find for argument in arguments]
        return Test(
            name,
            lambda scope, item: test(*(find(scope, item) for find in finds)),
            subject=first.path,
            values=_names(*arguments[1:]),
        )

    def _operand(self) -> _Part:
        token = self.peek()
        if token.kind == "value":
            name = self.value()
            return _Part(lambda scope, _item: scope.value(name), value=name)
        if token.kind == "name" and token.text == "size":
            self.take()
            self.expect("(")
            path = self.path()
            self.expect(")")
            return _Part(lambda scope, item: _size(scope.find(path, item)))
        path = self.path()
        if self.peek().text == "(":
            raise self.invalid(f"Invalid function name; function: {path[0]}")
        return _Part(lambda scope, item: scope.find(path, item), path=path)


def _names(*parts: _Part) -> tuple[str, ...]:
    return tuple(part.value for part in parts if part.value is not None)


def _comparing(sign: str, first: Operand, second: Operand) -> Callable[[Scope, Item], bool]:
    if sign == "=":
        return lambda scope, item: are_equal(first(scope, item), second(scope, item))
    if sign == "<>":
        return lambda scope, item: not are_equal(first(scope, item), second(scope, item))
    compare = _COMPARISONS[sign]

    def holds(scope: Scope, item: Item) -> bool:
        left, right = first(scope, item), second(scope, item)
        if left is None or right is None or left.keys() != right.keys() or not left.keys() <= _ORDERED:
            return False
        return compare(comparable(left), comparable(right))

    return holds


def _size(value: Value | None) -> Value | None:
    """What size() gives: characters, bytes or elements; nothing for what has no size."""
    if value is None:
        return None
    [(kind, content)] = value.items()
    if kind == "B":
        return {"N": str(len(comparable(value)))}
    return {"N": str(len(content))} if kind in {"S", "SS", "NS", "BS", "L", "M"} else None


def _contains(value: Value | None, wanted: Value | None) -> bool:
    if value is None or wanted is None:
        return False
    [(kind, content)] = value.items()
    [(wanted_kind, wanted_content)] = wanted.items()
    if kind == wanted_kind == "S":
        return wanted_content in content
    if kind == wanted_kind == "B":
        return comparable(wanted) in comparable(value)
    if kind == "L":
        return any(are_equal(element, wanted) for element in content)
    return kind in {"SS", "NS", "BS"} and kind[0] == wanted_kind and comparable(wanted) in _elements(value)


def _elements(value: Value) -> set[Any]:
    [(kind, content)] = value.items()
    return {comparable({kind[0]: element}) for element in content}


def _begins_with(value: Value | None, start: Value | None) -> bool:
    if value is None or start is None:
        return False
    if not start.keys() <= {"S", "B"}:
        raise refused(
            "Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function:"
            f" begins_with, operand type: {next(iter(start))}"
        )
    return value.keys() == start.keys() and bool(comparable(value).startswith(comparable(start)))


def _is_of_type(value: Value | None, kind: Value | None) -> bool:
    name = (kind or {}).get("S")
    if name not in _TYPES:
        raise refused(
            f"Invalid ConditionExpression: Invalid attribute type name found; type: {name}, valid types:"
            " {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
        )
    return value is not None and name in value


_OF_ONE = frozenset({"attribute_exists", "attribute_not_exists"})
_FUNCTIONS: dict[str, Callable[..., bool]] = {
    "attribute_exists": lambda value: value is not None,
    "attribute_not_exists": lambda value: value is None,
    "attribute_type": _is_of_type,
    "begins_with": _begins_with,
    "contains": _contains,
}
