"""The schema `combined`: lines of a web server's access log, in the combined format with the id at the end.

After Apache's LogFormat "combined" and nginx's log_format of that name, with one more quoted field as nginx's
$request_id is often logged. Addresses are of 100.64.0.0/10, nobody's (RFC 6598), one for each visitor, though
visitors may share one; a signed-in visitor has a user name; a page has always the same size. Quotes, backslashes
and bytes that are no printable ASCII are written as \\xXX, as nginx does. Times are UTC and know no milliseconds.
"""

import re
from collections.abc import Iterator
from zlib import crc32

from clickgen.schema.facts import Vocabulary
from clickgen.schema.pieces import ID, Of, Piece, Wide
from clickgen.schema.row_values import account
from clickgen.schema.sources import ARRIVAL, DEVICE, HOST, NETWORK, VIEW, View
from clickgen.schema.times import log_minute, seconds

_UNSAFE = re.compile(rb'["\\\x00-\x1f\x7f-\xff]')
_SMALLEST_PAGE, _PAGE_SIZES = 6_000, 58_000


def combined_pieces(_: Vocabulary) -> Iterator[Piece]:
    yield Of(NETWORK, str.encode)
    yield Of(HOST, str.encode)
    yield b" - "
    yield account(b"", b"", b"-")
    yield b" ["
    yield Wide(17, lambda rows: log_minute(rows.facts.time_ms))
    yield Wide(3, lambda rows: seconds(rows.facts.time_ms, 3))
    yield b" +0000] "
    yield Of(VIEW, _request)
    yield Of(ARRIVAL, lambda arrival: _quoted(arrival.referrer or "-"))
    yield b" "
    yield Of(DEVICE, lambda device: _quoted(device.user_agent))
    yield b' "'
    yield ID
    yield b'"'


def _request(view: View) -> bytes:
    size = _SMALLEST_PAGE + crc32(view.path.encode()) % _PAGE_SIZES
    return b"%b 200 %d " % (_quoted(f"GET {view.path} HTTP/1.1"), size)


def _quoted(text: str) -> bytes:
    return b'"%b"' % _UNSAFE.sub(_escaped, text.encode())


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"\\x%02X" % found[0][0]
