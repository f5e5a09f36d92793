"""Events for people to look at: JSON is indented, in colour at a terminal; what is not JSON stays as it is."""

import re
from dataclasses import dataclass

import orjson

from clickgen.model.outside_text import in_lines

_TOKEN = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.)*")(?=:)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<nothing>null)|(?P<value>-?\d[^\s,\]}]*|true|false)'
)
# of ECMA-48: bold blue, green, faint, cyan
_COLOURS = {"name": "1;34", "text": "32", "nothing": "2", "value": "36"}


@dataclass(frozen=True, slots=True)
class PrettyLines:
    """Turns lines, an event each, into what people read. coloured: for a terminal, where nothing in it may act."""

    coloured: bool

    def of(self, lines: bytes) -> bytes:
        """The events of these lines, each on several."""
        return b"".join(self._event(line) for line in lines.splitlines(keepends=True))

    def _event(self, line: bytes) -> bytes:
        try:
            text = orjson.dumps(orjson.loads(line), option=orjson.OPT_INDENT_2).decode() + "\n"
        except ValueError:
            if not self.coloured:
                return line
            return in_lines(line.decode("utf-8", "backslashreplace")).encode()
        return (_TOKEN.sub(_in_colour, in_lines(text)) if self.coloured else text).encode()


def _in_colour(token: re.Match[str]) -> str:
    return f"\x1b[{_COLOURS[str(token.lastgroup)]}m{token[0]}\x1b[0m"
