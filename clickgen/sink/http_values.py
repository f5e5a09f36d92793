"""The values of headers and query parameters that are posted with events: keys and tokens for the most part.

They are in memory and in the environment of the workers, which other users cannot read. They are not in plans,
ledgers, logs or command lines of workers, and what a server says is shown without them.
"""

import base64
import binascii
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from clickgen.model.errors import UsageProblem

_VARIABLE = "_CLICKGEN_HTTP_VALUES"
# tokens (RFC 9110, 5.6.2), and what may follow a header's colon (5.5), of ASCII only
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]{1,8192}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_YOURS = frozenset(
    ["host", "content-length", "content-encoding", "transfer-encoding", "connection", "expect", "te", "upgrade"]
)
HEADER_FORM = "write 'Name: value', or Name=@VARIABLE to take the value from the environment"
PARAMETER_FORM = "write NAME=VALUE, or NAME=@VARIABLE to take the value from the environment"
_LEAST_HIDDEN = 4  # characters; anything shorter is part of many words
_HIDDEN = "***"


class NamedValue(NamedTuple):
    """A header or a parameter as it was given: with its value, or with the variable that has it."""

    name: str
    value: str | None
    variable: str | None


def parse_header(text: str) -> NamedValue:
    """The header that the text gives. ValueError, without the text, says what is wrong with it."""
    name, value, variable = _split(text, ":")
    if not _HEADER_NAME.fullmatch(name) or (variable is None and ":" not in text):
        raise ValueError(f"that is not a header; {HEADER_FORM}")
    if name.lower() in _NOT_YOURS:
        raise ValueError(f"the header {name} is set by clickgen itself")
    if variable is None and not _HEADER_VALUE.fullmatch(value):
        raise ValueError(f"the header {name} has no value that HTTP can carry; {HEADER_FORM}")
    return NamedValue(name, None if variable else value, variable)


def parse_parameter(text: str) -> NamedValue:
    """The query parameter that the text gives. ValueError, without the text, says what is wrong with it."""
    name, value, variable = _split(text, "=")
    if not name or not name.isprintable() or not name.isascii() or "=" not in text:
        raise ValueError(f"that is not a parameter; {PARAMETER_FORM}")
    return NamedValue(name, None if variable else value, variable)


def _split(text: str, sign: str) -> tuple[str, str, str | None]:
    """Name, value, and the variable that has the value or None."""
    name, _, rest = text.partition("=@")
    if rest and _VARIABLE_NAME.fullmatch(rest) and sign not in name:
        return name.strip(), "", rest
    name, _, value = text.partition(sign)
    return name.strip(), value.strip(), None


def resolved(option: str, given: Iterable[NamedValue]) -> dict[str, str]:
    """The values by name; UsageProblem for a variable that the environment does not have, or a value of no use."""
    values = {}
    for name, written, variable in given:
        value = written if variable is None else os.environ.get(variable, "").strip()
        if not value:
            where = "an empty value" if variable is None else f"the environment has no value in {variable}"
            raise UsageProblem(f"{option} {name}: {where}", "set the variable, or give another")
        if not _HEADER_VALUE.fullmatch(value):
            raise UsageProblem(f"{option} {name}: its value is not one that HTTP can carry", "see what is in it")
        values[name] = value
    return values


@dataclass(frozen=True, slots=True)
class HttpValues:
    """Values by the names of their headers and parameters; its repr shows names only."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)

    def hidden_in(self, text: str) -> str:
        """The text without any of the values, however they are written."""
        for word in sorted(self._words(), key=len, reverse=True):
            text = text.replace(word, _HIDDEN)
        return text

    def _words(self) -> set[str]:
        values = {*self.headers.values(), *self.parameters.values()}
        values |= {part for value in values for part in _parts(value)}
        values |= {part for value in [*values] for part in _of_basic(value)}
        written = {
            form for value in values for form in (value, quote(value), quote_plus(value), json.dumps(value)[1:-1])
        }
        return {word for word in written if len(word) >= _LEAST_HIDDEN}


def _parts(value: str) -> Iterator[str]:
    """The fields of a header, or the credentials behind their scheme (RFC 9110, 11.4)."""
    words = value.split()
    yield from (word.strip(",;") for word in (words[1:] if words[0:1] and words[0].isalpha() else words))


def _of_basic(value: str) -> Iterator[str]:
    """User and password, if the value is those of basic authentication (RFC 7617)."""
    try:
        text = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    if ":" in text and text.isprintable():
        yield text
        yield from text.split(":", 1)


def hand_to_workers(values: HttpValues) -> None:
    """Let the workers that are started from now on have these values, and no others."""
    os.environ[_VARIABLE] = json.dumps({"headers": {**values.headers}, "parameters": {**values.parameters}})


def handed_values() -> HttpValues:
    """The values that this process was started with, or that it handed on itself."""
    kept = json.loads(os.environ.get(_VARIABLE, "{}"))
    return HttpValues(kept.get("headers", {}), kept.get("parameters", {}))
