"""Event patterns of EventBridge, which filter what pipes and Lambda's event source mappings take from a stream.

A pattern is a JSON object in the form of the event. At its leaves are lists of alternatives: a value, or an
operator such as `{"prefix": "a"}`. All fields must match, with one of their alternatives each; of a list in the
event one element suffices. The rules are those of the EventBridge user guide, "Amazon EventBridge event patterns".
"""

import ipaddress
import re
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from clickgen.local.platform.links import StreamRecord

_MISSING = object()
_SCALARS = (str, int, float, bool, type(None))
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, limit: value == limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
}

Test = Callable[[Any], bool]
"""Whether a value of an event matches; the value is `_MISSING` if the event lacks the field."""


class WrongPattern(ValueError):
    """The pattern is not valid; the message says where and why."""


class Filters:
    """The patterns of a FilterCriteria: an event passes if one of them matches, or if there are none."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Compile the patterns, each a JSON text; WrongPattern if one is not valid."""
        self._tests = [_pattern(_object(text), "") for text in patterns]

    def __bool__(self) -> bool:
        return bool(self._tests)

    def match(self, event: Any) -> bool:
        """Whether the event passes."""
        return not self._tests or any(test(event) for test in self._tests)


def filterable(record: StreamRecord) -> dict[str, Any]:
    """What filters see of a record of a stream.

    For a Kinesis record these are its own fields beside those of the event, with `data` as text, or as JSON if it
    is JSON; for a DynamoDB stream it is the event.
    """
    if record.data is None:
        return record.event
    event = {name: value for name, value in record.event.items() if name != "kinesis"}
    return {**event, **record.event["kinesis"], "data": _decoded(record.data)}


def _decoded(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return data.decode(errors="replace")


def _object(text: str) -> dict[str, Any]:
    try:
        pattern = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise WrongPattern(f"The pattern is not valid JSON: {error}.") from None
    if not isinstance(pattern, dict) or not pattern:
        raise WrongPattern("The pattern must be a JSON object with at least one field.")
    return pattern


def _pattern(pattern: dict[str, Any], where: str) -> Test:
    fields = [(name, _field(rule, f"{where}{name}")) for name, rule in pattern.items() if name != "$or"]
    either = _alternatives_of_or(pattern["$or"], where) if "$or" in pattern else None

    def matches(event: Any) -> bool:
        if isinstance(event, list):
            return any(map(matches, event))
        if not isinstance(event, dict):
            event = {}
        return all(test(event.get(name, _MISSING)) for name, test in fields) and (
            either is None or any(test(event) for test in either)
        )

    return matches


def _alternatives_of_or(rule: Any, where: str) -> list[Test]:
    if not isinstance(rule, list) or len(rule) < 2 or not all(isinstance(one, dict) and one for one in rule):
        raise WrongPattern(f"{where}$or must be a list of at least two patterns.")
    return [_pattern(one, where) for one in rule]


def _field(rule: Any, where: str) -> Test:
    if isinstance(rule, dict):
        if not rule:
            raise WrongPattern(f"{where} must not be an empty object.")
        return _pattern(rule, f"{where}.")
    if not isinstance(rule, list) or not rule:
        raise WrongPattern(f"{where} must be an object or a list of at least one alternative.")
    tests = [_alternative(one, where) for one in rule]
    # absence is a property of the field, not of the elements of its list
    return lambda value: (
        any(test(value) for test in tests)
        or (isinstance(value, list) and any(test(element) for element in value for test in tests))
    )


def _alternative(rule: Any, where: str) -> Test:
    if isinstance(rule, _SCALARS):
        return _equals(rule)
    if not isinstance(rule, dict) or len(rule) != 1:
        raise WrongPattern(f"{where} has an alternative that is neither a value nor an object with one operator.")
    [(operator, operand)] = rule.items()
    build = _OPERATORS.get(operator)
    if build is None:
        raise WrongPattern(f"{where} has the unknown operator {operator!r}.")
    return build(operand, f"{where}.{operator}")


def _equals(wanted: Any) -> Test:
    if isinstance(wanted, bool) or wanted is None:
        return lambda value: value is wanted
    if isinstance(wanted, str):
        return lambda value: bool(value == wanted)
    return lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and value == wanted


def _prefix(operand: Any, where: str) -> Test:
    text, fold = _text_or_ignoring_case(operand, where)
    return lambda value: isinstance(value, str) and fold(value).startswith(text)


def _suffix(operand: Any, where: str) -> Test:
    text, fold = _text_or_ignoring_case(operand, where)
    return lambda value: isinstance(value, str) and fold(value).endswith(text)


def _text_or_ignoring_case(operand: Any, where: str) -> tuple[str, Callable[[str], str]]:
    if isinstance(operand, dict) and list(operand) == ["equals-ignore-case"]:
        return _text(operand["equals-ignore-case"], where).casefold(), str.casefold
    return _text(operand, where), str


def _ignoring_case(operand: Any, where: str) -> Test:
    wanted = _text(operand, where).casefold()
    return lambda value: isinstance(value, str) and value.casefold() == wanted


def _wildcard(operand: Any, where: str) -> Test:
    text = _text(operand, where)
    if "**" in text:
        raise WrongPattern(f"{where} must not have two * beside each other.")
    shape = re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)
    return lambda value: isinstance(value, str) and shape.fullmatch(value) is not None


def _anything_but(operand: Any, where: str) -> Test:
    if isinstance(operand, dict):
        if len(operand) != 1 or not operand.keys() <= _NEGATABLE:
            raise WrongPattern(f"{where} takes one of {', '.join(sorted(_NEGATABLE))}.")
        [(operator, inner)] = operand.items()
        excluded = [_OPERATORS[operator](one, where) for one in (inner if isinstance(inner, list) else [inner])]
    else:
        values = operand if isinstance(operand, list) else [operand]
        if not values or not all(isinstance(value, (str, int, float)) for value in values):
            raise WrongPattern(f"{where} must be a text, a number or a list of them.")
        excluded = [_equals(value) for value in values]
    return lambda value: isinstance(value, _SCALARS) and not any(test(value) for test in excluded)


def _numeric(operand: Any, where: str) -> Test:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise WrongPattern(f"{where} must be one or two pairs of a comparison and a number.")
    limits = list(zip(operand[::2], operand[1::2], strict=True))
    for sign, limit in limits:
        if sign not in _COMPARISONS or isinstance(limit, bool) or not isinstance(limit, (int, float)):
            raise WrongPattern(f"{where} has {sign!r} and {limit!r} where a comparison and a number belong.")
    return lambda value: (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and all(_COMPARISONS[sign](value, limit) for sign, limit in limits)
    )


def _exists(operand: Any, where: str) -> Test:
    if not isinstance(operand, bool):
        raise WrongPattern(f"{where} must be true or false.")
    # only leaves exist for this operator, as the guide says; an object at that place does not
    return lambda value: (value is not _MISSING and not isinstance(value, dict)) is operand


def _cidr(operand: Any, where: str) -> Test:
    try:
        network = ipaddress.ip_network(_text(operand, where), strict=False)
    except ValueError:
        raise WrongPattern(f"{where} is not a block of addresses like 10.0.0.0/24.") from None

    def inside(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return inside


def _text(operand: Any, where: str) -> str:
    if not isinstance(operand, str) or not operand:
        raise WrongPattern(f"{where} must be a text that is not empty.")
    return operand


_OPERATORS: dict[str, Callable[[Any, str], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "exists": _exists,
    "cidr": _cidr,
}
_NEGATABLE = frozenset({"prefix", "suffix", "equals-ignore-case", "wildcard"})
