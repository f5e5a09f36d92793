"""The fast way by SQL writes what the reference writes, and fails what it fails, whatever the records are."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.local.firehose.conversion import converter
from clickgen.local.firehose.conversion.settings import HiveJson, OpenX
from tests.local.firehose.converting import Outcome, convert

COLUMNS = {
    "name": "string",
    "small": "tinyint",
    "count": "int",
    "big": "bigint",
    "ratio": "double",
    "single": "float",
    "price": "decimal(6,2)",
    "ok": "boolean",
    "day": "date",
    "at": "timestamp",
}

DIGITS = st.text("0123456789+-.eE_ T:Zx", max_size=12)
TEXTS = (
    st.text(max_size=6)
    | DIGITS
    | st.sampled_from(
        ["NaN", "inf", "Infinity", "true", "TRUE", "t", "1_000", "0x10", "{a", "[", '{"A":1}', "007", "1."]
    )
    | st.datetimes().map(str)
    | st.datetimes().map(lambda at: at.isoformat() + "Z")
    | st.dates().map(str)
    | st.sampled_from(
        ["2018-2-7 1:2:3", "0000-01-01", "2018-02-30", "2018-02-07T24:00:00Z", "2018-02-07 10:00:00+02"]
    )
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-300, 300)
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-1e4, 1e4).map(lambda number: round(number, 3))
    | st.sampled_from([1518033528, 1518033528123, 1518033528.25, 10**15, -1.5, 0.005, 1e16, 128, 2**31])
    | TEXTS
)
VALUES = (
    SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from(["A", "b"]), SCALARS, max_size=2)
)
SPELLINGS = st.sampled_from([str.lower, str.upper, str.title])


@st.composite
def objects(draw: st.DrawFn, *, fitting: bool) -> str:
    """An object of JSON with some of the columns' keys in any case, and others."""
    spell = str.title if fitting else draw(SPELLINGS)
    names = draw(st.lists(st.sampled_from([*COLUMNS, "other"]), unique=True, max_size=len(COLUMNS)))
    values = {spell(name): draw(GOOD[name] if fitting and name in GOOD else VALUES) for name in names}
    return json.dumps(values, ensure_ascii=draw(st.booleans()))


GOOD: dict[str, st.SearchStrategy[Any]] = {
    "name": st.text(max_size=6),
    "small": st.integers(-128, 127),
    "count": st.integers(-(2**31), 2**31 - 1),
    "big": st.integers(-(2**63), 2**63 - 1),
    "ratio": st.floats(allow_nan=False, allow_infinity=False),
    "single": st.floats(width=32, allow_nan=False, allow_infinity=False),
    "price": st.decimals(-9999, 9999, places=2).map(str),
    "ok": st.booleans(),
    "day": st.dates().map(str),
    "at": st.datetimes().map(lambda at: at.isoformat(" ")),
}
BROKEN = st.sampled_from(
    ["", " ", "{", "}", "[]", "7", '"x"', "null", '{"ok":1,}', '{"ok":NaN}', "\x00", "\ufeff{}"]
)
SPACE = st.sampled_from(["", "\n", " ", "\r\n", "\r", "\t"])
RECORDS = st.lists(
    st.lists(
        st.tuples(objects(fitting=True) | objects(fitting=False) | BROKEN, SPACE), min_size=1, max_size=2
    ).map(lambda parts: "".join(part + space for part, space in parts).encode())
    | objects(fitting=True).map(lambda text: text.encode() + b"\n"),
    min_size=1,
    max_size=8,
)
READERS = st.sampled_from([OpenX(), OpenX(case_insensitive=False), OpenX(dots_to_underscores=True), HiveJson()])


def by_the_reference(records: list[bytes], reader: OpenX | HiveJson) -> Outcome:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(converter, "can_select", lambda *_: False)
        return convert(records, COLUMNS, reader)


@settings(max_examples=25)  # each opens DuckDB twice
@given(RECORDS, READERS)
def test_both_ways_give_the_same_rows_and_failures(records: list[bytes], reader: OpenX | HiveJson) -> None:
    fast, slow = convert(records, COLUMNS, reader), by_the_reference(records, reader)
    assert fast.failures == slow.failures
    assert repr(fast.rows) == repr(slow.rows)
