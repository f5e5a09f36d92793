"""Prefixes of object keys: `!{…}` expressions, compiled once and evaluated for every object.

The rules are those of the developer guide ("Custom prefixes for Amazon S3 objects"): a timestamp is the
approximate arrival time of the oldest record in the object and follows Java's DateTimeFormatter; a prefix
without any expression gets `yyyy/MM/dd/HH/` joined to its end, with no slash between. Without an error prefix,
failed records go to `<prefix><error type>/yyyy/MM/dd/HH/`.
"""

import re
import secrets
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from clickgen.local.firehose.java_time import compile_pattern
from clickgen.local.firehose.limits import MAX_EVALUATED_PREFIX
from clickgen.local.platform.errors import invalid_argument
from clickgen.local.platform.inside import MAX_SEGMENT_BYTES

_DEFAULT_TIMESTAMP = "!{timestamp:yyyy/MM/dd/HH/}"
_ERROR_TYPE = "!{firehose:error-output-type}"
_LONGEST_ERROR_TYPE = "AmazonOpenSearchService-failed"
_EXPRESSION = re.compile(r"!\{([^}]*)\}")
_RANDOM_LETTERS = string.ascii_letters + string.digits
_RANDOM_LENGTH = 11

WIDEST = datetime(2026, 12, 30, 23, 59, 59, 999_000, tzinfo=UTC)
"""An instant whose parts are as wide as any."""


@dataclass(frozen=True)
class PartitionKeys:
    """The keys of a record, by where they come from."""

    from_query: Mapping[str, str] = field(default_factory=dict)
    from_lambda: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Object:
    """What an object's prefix depends on; `at` carries the time zone the stream is set to."""

    at: datetime
    error_type: str
    keys: PartitionKeys


Part = Callable[[_Object], str]


class PrefixProblem(Exception):
    """The prefix of a record cannot be evaluated with its partition keys, and why not."""


@dataclass(frozen=True)
class Prefix:
    """A compiled prefix. `query_keys` and `lambda_keys` are the partition keys it needs."""

    parts: tuple[Part, ...]
    query_keys: frozenset[str] = frozenset()
    lambda_keys: frozenset[str] = frozenset()

    def evaluate(self, at: datetime, *, error_type: str = "", keys: PartitionKeys | None = None) -> str:
        """The text in front of the name of an object whose oldest record arrived at that instant.

        PrefixProblem if `keys` lack one that the prefix needs, or make it something that cannot be a prefix.
        """
        one = _Object(at, error_type, keys or PartitionKeys())
        text = "".join([part(one) for part in self.parts])
        if self.query_keys or self.lambda_keys:
            problem = _problem(text)
            if problem is not None:
                raise PrefixProblem(problem)
        return text


def compile_prefix(text: str | None, *, partitioned: bool = False) -> Prefix:
    """Compile the `Prefix` of a destination; InvalidArgumentException says what in it cannot be used."""
    text = text or ""
    whole = text if has_expression(text) else text + _DEFAULT_TIMESTAMP
    return _checked("Prefix", _compile("Prefix", whole, partitioned=partitioned))


def compile_error_prefix(text: str | None, *, prefix: str | None) -> Prefix:
    """Compile `ErrorOutputPrefix` by the service's rules for it; InvalidArgumentException otherwise.

    prefix: the `Prefix` beside it.
    """
    if not text:
        if has_expression(prefix or ""):
            raise invalid_argument("ErrorOutputPrefix cannot be null or empty when Prefix contains expressions.")
        text = f"{prefix or ''}{_ERROR_TYPE}/{_DEFAULT_TIMESTAMP}"
    if has_expression(text) and _ERROR_TYPE not in text:
        raise invalid_argument(f"ErrorOutputPrefix with expressions must contain {_ERROR_TYPE} at least once.")
    return _checked("ErrorOutputPrefix", _compile("ErrorOutputPrefix", text, partitioned=False))


def has_expression(text: str) -> bool:
    """Whether the prefix holds `!{…}`, closed or not."""
    return "!{" in text


def _compile(member: str, text: str, *, partitioned: bool) -> Prefix:
    parts: list[Part] = []
    keys: dict[str, set[str]] = {"partitionKeyFromQuery": set(), "partitionKeyFromLambda": set()}
    position = 0
    for match in _EXPRESSION.finditer(text):
        parts.append(_literal(text[position : match.start()]))
        namespace, _, value = match.group(1).partition(":")
        if value and partitioned and member == "Prefix" and namespace in keys:
            keys[namespace].add(value)
            parts.append(_partition_key(namespace, value))
        else:
            parts.extend(_expression(member, namespace, value))
        position = match.end()
    rest = text[position:]
    if "!{" in rest:
        raise invalid_argument(f"{member} has an expression that is not closed: {rest[rest.index('!{') :]!r}.")
    from_query, from_lambda = (frozenset(names) for names in keys.values())
    return Prefix((*parts, _literal(rest)), from_query, from_lambda)


def _expression(member: str, namespace: str, value: str) -> Iterable[Part]:
    if namespace == "timestamp" and value:
        pattern = compile_pattern(member, value)
        return [lambda one: pattern(one.at)]
    if namespace == "firehose" and value == "random-string":
        return [lambda _one: "".join(secrets.choice(_RANDOM_LETTERS) for _ in range(_RANDOM_LENGTH))]
    if namespace == "firehose" and value == "error-output-type" and member == "ErrorOutputPrefix":
        return [lambda one: one.error_type]
    whole = f"!{{{namespace}:{value}}}" if value else f"!{{{namespace}}}"
    if namespace.startswith("partitionKeyFrom") and member == "Prefix":
        raise invalid_argument(f"{member}: {whole} can be used only when dynamic partitioning is enabled.")
    raise invalid_argument(f"{member}: {whole} is not an expression that can be used in it.")


def _partition_key(namespace: str, key: str) -> Part:
    from_query = namespace == "partitionKeyFromQuery"

    def value(one: _Object) -> str:
        try:
            return (one.keys.from_query if from_query else one.keys.from_lambda)[key]
        except KeyError:
            raise PrefixProblem(f"the record has no partition key {key}") from None

    return value


def _literal(text: str) -> Part:
    return lambda _one: text


def _checked(member: str, prefix: Prefix) -> Prefix:
    keys = PartitionKeys(dict.fromkeys(prefix.query_keys, "k"), dict.fromkeys(prefix.lambda_keys, "k"))
    try:
        problem = _problem(prefix.evaluate(WIDEST, error_type=_LONGEST_ERROR_TYPE, keys=keys))
    except PrefixProblem as found:
        problem = str(found)
    if problem is not None:
        raise invalid_argument(f"{member} {problem}.")
    return prefix


def _problem(text: str) -> str | None:
    """Why an evaluated prefix cannot be used, or None. A lake is a folder, and keys are paths in it."""
    if len(text) > MAX_EVALUATED_PREFIX:
        return f"is longer than {MAX_EVALUATED_PREFIX} characters when evaluated"
    segments = text.split("/")
    for segment in segments[:-1]:
        if segment in {"", ".", ".."}:
            return (
                "cannot be used here: the embedded pipeline keeps objects as files and cannot hold a key with the "
                f"part {segment + '/'!r} in {text!r}"
            )
    if "\0" in text or max(len(segment.encode()) for segment in segments) > MAX_SEGMENT_BYTES:
        return f"cannot be used here: {text!r} cannot be the path of a file"
    return None
