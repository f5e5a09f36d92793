"""JSON text as it was before a re-serialiser wrote characters of it as escapes."""

import re

# An escaped backslash goes first, so that what follows it is no escape.
_ESCAPE = re.compile(rb"\\\\|\\/|((?:\\u[0-9a-fA-F]{4})+)")
_MUST_STAY = re.compile(r'[\x00-\x1f"\\\ud800-\udfff]')
_SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def has_escapes(data: bytes) -> bool:
    """Whether there may be any: no event of most runs has one."""
    return b"\\" in data


def unescaped(data: bytes) -> bytes:
    """The text with every character as itself, but for those that JSON does not take so."""
    return _ESCAPE.sub(_plain, data)


def _plain(escape: re.Match[bytes]) -> bytes:
    if escape[1] is None:
        return b"/" if escape[0] == b"\\/" else escape[0]
    units = bytes.fromhex(escape[1].decode().replace("\\u", ""))
    text = units.decode("utf-16-be", "surrogatepass")
    return _MUST_STAY.sub(lambda sign: _SHORT.get(ord(sign[0])) or f"\\u{ord(sign[0]):04x}", text).encode()
