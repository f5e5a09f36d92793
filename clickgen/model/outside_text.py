"""Text from outside, made safe to show: error messages of services, names in files, keys, ids, fields of events.

Its author must not be able to move the cursor, colour or link anything, reverse the reading direction or begin a
line: a character that acts is shown as its escape, \\x1b or \\u202e, and text of any language stays as it is.
"""

import re

# C0, DEL and C1; the soft hyphen; marks, embeddings, overrides and isolates of bidirectional text; what has no
# width; line and paragraph separators; halves of surrogate pairs, which no encoding can write; what XML 1.0
# forbids; tags, which are letters that nobody sees
_ACTS = (
    "\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff"
    "\\ufff9-\\ufffb\\ufdd0-\\ufdef\\ufffe\\uffff\\ud800-\\udfff\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a"
    "\\U000e0000-\\U000e007f"
)
# joiners have no width either, but between letters or signs beyond ASCII they are part of a word or an emoji
_JOINERS = "\\u200c\\u200d"
_BESIDE = f"[^\\x00-\\x7f{_ACTS}{_JOINERS}]"
_LOOSE_JOINER = f"(?<!{_BESIDE})[{_JOINERS}]|[{_JOINERS}](?!{_BESIDE})"
_ACTING = re.compile(f"[{_ACTS}]|{_LOOSE_JOINER}")
_ACTING_IN_LINES = re.compile(f"(?![\\n\\t])[{_ACTS}]|{_LOOSE_JOINER}")
_BREAKS = re.compile(r" *[\t\n\v\f\r][ \t\n\v\f\r]*")


def one_line(text: str) -> str:
    """The text on one line: a line break or a tab is a space, and nothing in it acts."""
    if text.isascii() and text.isprintable():
        return text
    return _ACTING.sub(_escape, _BREAKS.sub(" ", text.strip("\t\n\v\f\r")))


def in_lines(text: str) -> str:
    """The text with its line ends and tabs, which must be ours; nothing else in it acts."""
    return _ACTING_IN_LINES.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
