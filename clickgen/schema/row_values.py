"""What is different in every event: its id, its times, its visitor and its session, as JSON values."""

import numpy as np
from numpy.typing import NDArray

from clickgen.schema.digits import Texts, decimal_digits, hex_digits, scrambled, uuids
from clickgen.schema.json_text import Raw, number, text
from clickgen.schema.parts import RowEnding, Rows
from clickgen.schema.pieces import ID, Wide
from clickgen.schema.times import epoch_ms, epoch_s, iso_day, iso_minute, plain_day, seconds

USER_NUMBERS = 900_000_000
_SESSION_NUMBERS = 9_000_000_000
_ID_WIDTH = 16


def account(before: bytes, after: bytes, unknown: bytes) -> RowEnding:
    """The account of a signed-in visitor between these words, else `unknown`, which must not be longer."""
    width = len(before) + _ID_WIDTH + len(after)
    blank = np.void(unknown.ljust(width, b"\0"))

    def values(rows: Rows) -> tuple[Texts, NDArray[np.int64]]:
        texts = np.empty(len(rows), dtype=f"V{width}")
        texts[:] = np.void(before + bytes(_ID_WIDTH) + after)
        ids = np.ndarray(len(rows), f"V{_ID_WIDTH}", texts, offset=len(before), strides=(width,))
        ids[:] = hex_digits(scrambled(rows.facts.visitor))
        texts[~rows.facts.signed_in] = blank
        return texts, np.where(rows.facts.signed_in, width, len(unknown))

    return RowEnding(width, values)


def _user_number(rows: Rows) -> Texts:
    folded = scrambled(rows.facts.visitor) % np.uint64(USER_NUMBERS)
    return decimal_digits(folded.astype(np.int64) + 100_000_000, 9)


def _session_number(rows: Rows) -> Texts:
    folded = rows.facts.session % np.uint64(_SESSION_NUMBERS)
    return decimal_digits(folded.astype(np.int64) + 1_000_000_000, 10)


def _minute(rows: Rows) -> Texts | np.void:
    return iso_minute(rows.facts.time_ms)


EVENT_ID = text(ID)
TIME = text(Wide(16, _minute), Wide(8, lambda rows: seconds(rows.facts.time_ms)))
NAIVE_TIME = text(Wide(16, _minute), Wide(7, lambda rows: seconds(rows.facts.time_ms, 7)), b"000")
DAY = text(Wide(10, lambda rows: iso_day(rows.facts.time_ms)))
PLAIN_DAY = text(Wide(8, lambda rows: plain_day(rows.facts.time_ms)))
EPOCH_MS_DIGITS = Wide(13, lambda rows: epoch_ms(rows.facts.time_ms))
EPOCH_MS = number(EPOCH_MS_DIGITS)
EPOCH_S = number(Wide(10, lambda rows: epoch_s(rows.facts.time_ms)))
VISITOR_ID = text(Wide(16, lambda rows: hex_digits(rows.facts.visitor)))
SESSION_ID = text(Wide(16, lambda rows: hex_digits(rows.facts.session)))
# Visitor and session as programs that make UUIDs name them.
VISITOR_UUID = text(Wide(36, lambda rows: uuids(rows.facts.visitor)))
SESSION_UUID = text(Wide(36, lambda rows: uuids(rows.facts.session)))
# The id under which the site knows a visitor who is signed in, else null; different visitors have different ones.
USER_ID = Raw((account(b'"', b'"', b"null"),))
# Visitor and session as whole numbers; of a million visitors some hundreds share theirs.
USER_NUMBER = number(Wide(9, _user_number))
SESSION_NUMBER = number(Wide(10, _session_number))
