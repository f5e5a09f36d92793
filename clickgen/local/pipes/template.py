"""Input templates: a text with `<$.path>` where values of the event go, and `<aws.pipes.…>` for those of the pipe.

In a JSON template a placeholder becomes its value as JSON; inside the quotes of a text, the value becomes a part
of that text. In any other template it becomes the value as text. A path that leads nowhere gives an empty text.
"""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from clickgen.local.pipes.paths import MISSING, compile_path, refused

_PLACEHOLDER = re.compile(r"<(\$[^<>]*|aws\.pipes\.[a-z.-]+)>")
_INGESTED = "aws.pipes.event.ingestion-time"
_WHOLE = frozenset({"aws.pipes.event", "aws.pipes.event.json"})


class Template:
    """One template, ready to be filled."""

    def __init__(self, text: str, about: Mapping[str, str]) -> None:
        """about: values of `<aws.pipes.…>` that do not depend on the event. ValidationException."""
        self._is_json = text.lstrip()[:1] in {"{", "[", '"'}
        self._parts: list[Callable[[Any], bytes]] = []
        place, quoted = 0, False
        for found in _PLACEHOLDER.finditer(text):
            fixed = text[place : found.start()]
            quoted ^= len(re.findall(r'(?<!\\)(?:\\\\)*"', fixed)) % 2 == 1
            self._add_text(fixed)
            self._add_value(found.group(1), about, quoted=quoted)
            place = found.end()
        self._add_text(text[place:])

    def fill(self, event: Any) -> bytes:
        """The template for one event."""
        return b"".join([part(event) for part in self._parts])

    def _add_text(self, text: str) -> None:
        if text:
            encoded = text.encode()
            self._parts.append(lambda _event: encoded)

    def _add_value(self, name: str, about: Mapping[str, str], *, quoted: bool) -> None:
        find = _finder(name, about)
        inside = quoted and self._is_json
        bare = not self._is_json

        def fill(event: Any) -> bytes:
            value = find(event)
            if value is MISSING:
                value = ""
            if bare:
                return value.encode() if isinstance(value, str) else orjson.dumps(value)
            if not inside:
                return orjson.dumps(value)
            text = value if isinstance(value, str) else orjson.dumps(value).decode()
            return orjson.dumps(text)[1:-1]

        self._parts.append(fill)


def _finder(name: str, about: Mapping[str, str]) -> Callable[[Any], Any]:
    if name.startswith("$"):
        return compile_path(name)
    if name in _WHOLE:
        return lambda event: event
    if name == _INGESTED:
        return lambda _event: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if name not in about:
        raise refused(f"The InputTemplate has the unknown variable <{name}>.")
    value = about[name]
    return lambda _event: value
