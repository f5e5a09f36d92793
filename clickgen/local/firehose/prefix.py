"""Prefixes of object keys: `!{timestamp:…}` and `!{firehose:…}` expressions, compiled once and evaluated.

The rules are those of the developer guide ("Custom prefixes for Amazon S3 objects"): a timestamp is the
approximate arrival time of the oldest record in the object and follows Java's DateTimeFormatter; a prefix
without any expression gets `yyyy/MM/dd/HH/` joined to its end, with no slash between.
"""

import re
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from clickgen.local.firehose.limits import MAX_EVALUATED_PREFIX
from clickgen.local.platform.errors import invalid_argument
from clickgen.local.platform.inside import MAX_SEGMENT_BYTES

_DEFAULT_TIMESTAMP = "!{timestamp:yyyy/MM/dd/HH/}"
_EXPRESSION = re.compile(r"!\{([^}]*)\}")
_PATTERN_PIECE = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']|'")
_RANDOM_LETTERS = string.ascii_letters + string.digits
_RANDOM_LENGTH = 11

_FIELDS: dict[str, Callable[[datetime], str]] = {
    "yyyy": lambda at: f"{at.year:04d}",
    "yy": lambda at: f"{at.year % 100:02d}",
    "y": lambda at: f"{at.year}",
    "MM": lambda at: f"{at.month:02d}",
    "M": lambda at: f"{at.month}",
    "dd": lambda at: f"{at.day:02d}",
    "d": lambda at: f"{at.day}",
    "DDD": lambda at: f"{at.timetuple().tm_yday:03d}",
    "D": lambda at: f"{at.timetuple().tm_yday}",
    "HH": lambda at: f"{at.hour:02d}",
    "H": lambda at: f"{at.hour}",
    "mm": lambda at: f"{at.minute:02d}",
    "ss": lambda at: f"{at.second:02d}",
    "SSS": lambda at: f"{at.microsecond // 1000:03d}",
}

Part = Callable[[datetime], str]


@dataclass(frozen=True)
class Prefix:
    """A compiled prefix: `evaluate` gives the text for an object whose oldest record came at that instant."""

    parts: tuple[Part, ...]

    def evaluate(self, at: datetime) -> str:
        """The text in front of the object's name; `at` carries the time zone the stream is set to."""
        return "".join(part(at) for part in self.parts)


def compile_prefix(text: str | None) -> Prefix:
    """Compile the `Prefix` of a destination; InvalidArgumentException says what in it cannot be used."""
    text = text or ""
    return _checked("Prefix", _compile("Prefix", text if has_expression(text) else text + _DEFAULT_TIMESTAMP))


def check_error_prefix(text: str | None, *, prefix: str | None) -> None:
    """Hold the service's rules for `ErrorOutputPrefix`; InvalidArgumentException otherwise."""
    if not text:
        if has_expression(prefix or ""):
            raise invalid_argument("ErrorOutputPrefix cannot be null or empty when Prefix contains expressions.")
        return
    if has_expression(text) and "!{firehose:error-output-type}" not in text:
        raise invalid_argument(
            "ErrorOutputPrefix with expressions must contain !{firehose:error-output-type} at least once."
        )
    _checked("ErrorOutputPrefix", _compile("ErrorOutputPrefix", text))


def has_expression(text: str) -> bool:
    """Whether the prefix holds `!{…}`, closed or not."""
    return "!{" in text


def _compile(field: str, text: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    position = 0
    for match in _EXPRESSION.finditer(text):
        parts.append(_literal(text[position : match.start()]))
        parts.extend(_expression(field, match.group(1)))
        position = match.end()
    rest = text[position:]
    if "!{" in rest:
        raise invalid_argument(f"{field} has an expression that is not closed: {rest[rest.index('!{') :]!r}.")
    return (*parts, _literal(rest))


def _expression(field: str, expression: str) -> list[Part]:
    namespace, _, value = expression.partition(":")
    if namespace == "timestamp" and value:
        return _timestamp(field, value)
    if namespace == "firehose" and value == "random-string":
        return [lambda _at: "".join(secrets.choice(_RANDOM_LETTERS) for _ in range(_RANDOM_LENGTH))]
    if namespace == "firehose" and value == "error-output-type" and field == "ErrorOutputPrefix":
        return [_literal("processing-failed")]
    if namespace in {"partitionKeyFromQuery", "partitionKeyFromLambda"}:
        raise invalid_argument(
            f"{field}: !{{{expression}}} needs dynamic partitioning, which the embedded pipeline does not do."
        )
    raise invalid_argument(f"{field}: !{{{expression}}} is no expression of this prefix.")


def _timestamp(field: str, pattern: str) -> list[Part]:
    parts: list[Part] = []
    for match in _PATTERN_PIECE.finditer(pattern):
        piece = match.group()
        if piece == "'":
            raise invalid_argument(f"{field}: !{{timestamp:{pattern}}} has a quote that is not closed.")
        if piece.startswith("'"):
            parts.append(_literal(piece[1:-1].replace("''", "'") or "'"))
        elif piece in _FIELDS:
            parts.append(_FIELDS[piece])
        elif piece.isalpha() or piece in "[]#{":
            raise invalid_argument(
                f"{field}: {piece!r} in !{{timestamp:{pattern}}} is not known to the embedded pipeline; "
                f"it knows {', '.join(_FIELDS)} and 'quoted text'."
            )
        else:
            parts.append(_literal(piece))
    return parts


def _literal(text: str) -> Part:
    return lambda _at: text


def _checked(field: str, parts: tuple[Part, ...]) -> Prefix:
    """A lake is a folder: refuse a prefix whose keys could not be files in it, or would leave it."""
    prefix = Prefix(parts)
    example = prefix.evaluate(datetime(2026, 12, 30, 23, 59, 59, 999_000, tzinfo=UTC))  # the widest
    if len(example) > MAX_EVALUATED_PREFIX:
        raise invalid_argument(f"{field} is longer than {MAX_EVALUATED_PREFIX} characters when evaluated.")
    segments = example.split("/")
    for segment in segments[:-1]:
        if segment in {"", ".", ".."}:
            raise invalid_argument(
                f"{field}: the embedded pipeline keeps objects as files and cannot hold a key with the part "
                f"{segment + '/'!r} in {example!r}."
            )
    if "\0" in example or max(len(segment.encode()) for segment in segments) > MAX_SEGMENT_BYTES:
        raise invalid_argument(f"{field}: {example!r} cannot be the path of a file.")
    return prefix
