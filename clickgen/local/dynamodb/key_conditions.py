"""KeyConditionExpression: which rows of a table or an index a query reads."""

from clickgen.local.dynamodb.expressions.conditions import Test, parse_condition
from clickgen.local.dynamodb.expressions.scope import Scope
from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.items.values import sortable
from clickgen.local.dynamodb.schema import KeyAttribute, KeyPair
from clickgen.local.dynamodb.store import Span
from clickgen.local.platform.errors import ServiceError

_KIND = "KeyConditionExpression"


def span_of(text: str, key: KeyPair, scope: Scope) -> Span:
    """The span of a key condition: one partition key, and bounds of the sort key. ServiceError."""
    condition, placeholders = parse_condition(text, _KIND)
    scope.use(placeholders)
    tests = condition.parts if condition.operator == "AND" else (condition,)
    by_name: dict[str, Test] = {}
    for test in tests:
        if test.parts or test.subject is None or len(test.subject) != 1:
            raise _unsupported()
        name = str(scope.path(test.subject)[0])
        if name in by_name:
            raise refused(f"{_KIND}s must only contain one condition per key")
        by_name[name] = test
    hashing = by_name.pop(key.hash.name, None)
    if hashing is None or hashing.operator != "=":
        raise refused(f"Query condition missed key schema element: {key.hash.name}")
    hashed = _bounds(hashing, key.hash, scope)[0]
    if not by_name:
        return Span(hash=hashed)
    if key.range is None or key.range.name not in by_name or len(by_name) > 1:
        missed = key.range.name if key.range is not None else next(iter(by_name))
        raise refused(f"Query condition missed key schema element: {missed}")
    return _ranged(hashed, by_name[key.range.name], key.range, scope)


def _ranged(hashed: bytes, test: Test, attribute: KeyAttribute, scope: Scope) -> Span:
    bounds = _bounds(test, attribute, scope)
    match test.operator:
        case "=":
            return Span(hash=hashed, low=bounds[0], high=bounds[0])
        case "<" | "<=":
            return Span(hash=hashed, high=bounds[0], high_excluded=test.operator == "<")
        case ">" | ">=":
            return Span(hash=hashed, low=bounds[0], low_excluded=test.operator == ">")
        case "BETWEEN":
            low, high = bounds
            if low > high:
                raise refused(
                    f"Invalid {_KIND}: The BETWEEN operator requires upper bound to be greater than or equal to"
                    " lower bound"
                )
            return Span(hash=hashed, low=low, high=high)
        case "begins_with" if attribute.type != "N":
            return Span(hash=hashed, low=bounds[0], high=_behind(bounds[0]), high_excluded=True)
    raise _unsupported()


def _bounds(test: Test, attribute: KeyAttribute, scope: Scope) -> list[bytes]:
    """The values of a test as keys; ServiceError if they are of another type."""
    if not test.values:
        raise _unsupported()
    values = [scope.value(name) for name in test.values]
    if any(attribute.type not in value for value in values):
        raise refused(
            "One or more parameter values were invalid: Condition parameter type does not match schema type"
        )
    return [sortable(value) for value in values]


def _behind(prefix: bytes) -> bytes | None:
    """The first bytes behind all that begin with a prefix; None if there are none."""
    stripped = prefix.rstrip(b"\xff")
    return stripped[:-1] + bytes([stripped[-1] + 1]) if stripped else None


def _unsupported() -> ServiceError:
    return refused(f"Invalid operator used in {_KIND}, or a key that is not compared with a value")
