"""Patterns of Java's DateTimeFormatter, as far as a prefix may need them.

A letter repeated gives a field, text in single quotes stands for itself, and so does any sign that is not a
letter. Names of months and days are English, as with the locale of the service.
"""

import re
from collections.abc import Callable
from datetime import datetime

from clickgen.local.platform.errors import invalid_argument

_PIECE = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']|'")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Formatter = Callable[[datetime], str]

_FIELDS: dict[str, Formatter] = {
    "yyyy": lambda at: f"{at.year:04d}",
    "yy": lambda at: f"{at.year % 100:02d}",
    "y": lambda at: f"{at.year}",
    "MMMM": lambda at: _MONTHS[at.month - 1],
    "MMM": lambda at: _MONTHS[at.month - 1][:3],
    "MM": lambda at: f"{at.month:02d}",
    "M": lambda at: f"{at.month}",
    "Q": lambda at: f"{(at.month + 2) // 3}",
    "dd": lambda at: f"{at.day:02d}",
    "d": lambda at: f"{at.day}",
    "DDD": lambda at: f"{at.timetuple().tm_yday:03d}",
    "D": lambda at: f"{at.timetuple().tm_yday}",
    "EEEE": lambda at: _DAYS[at.weekday()],
    "EEE": lambda at: _DAYS[at.weekday()][:3],
    "a": lambda at: "AM" if at.hour < 12 else "PM",
    "HH": lambda at: f"{at.hour:02d}",
    "H": lambda at: f"{at.hour}",
    "hh": lambda at: f"{(at.hour + 11) % 12 + 1:02d}",
    "h": lambda at: f"{(at.hour + 11) % 12 + 1}",
    "mm": lambda at: f"{at.minute:02d}",
    "m": lambda at: f"{at.minute}",
    "ss": lambda at: f"{at.second:02d}",
    "s": lambda at: f"{at.second}",
    "SSS": lambda at: f"{at.microsecond // 1000:03d}",
    "Z": lambda at: at.strftime("%z"),
}
_FIELDS |= {field.replace("y", "u"): formatter for field, formatter in _FIELDS.items() if field[0] == "y"}
_FIELDS |= {"EE": _FIELDS["EEE"], "E": _FIELDS["EEE"]}


def compile_pattern(member: str, pattern: str) -> Formatter:
    """What formats an instant by the pattern; InvalidArgumentException, naming `member`, if it cannot be read."""
    parts: list[str | Formatter] = []
    for match in _PIECE.finditer(pattern):
        piece = match.group()
        if piece == "'":
            raise invalid_argument(f"{member}: !{{timestamp:{pattern}}} has a quote that is not closed.")
        if piece.startswith("'"):
            parts.append(piece[1:-1].replace("''", "'") or "'")
        elif piece in _FIELDS:
            parts.append(_FIELDS[piece])
        elif piece.isalpha() or piece in "[]#{":
            raise invalid_argument(
                f"{member}: {piece!r} in !{{timestamp:{pattern}}} is not known to the embedded pipeline; "
                f"it knows {', '.join(sorted(_FIELDS, key=str.lower))} and 'quoted text'."
            )
        else:
            parts.append(piece)
    return lambda at: "".join([part if isinstance(part, str) else part(at) for part in parts])
