"""What is replaced in the copies of events: ids in their form, times in theirs, and everything in one pass."""

import heapq
import json
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.recording import Recording
from clickgen.traffic.edit import Editor
from clickgen.traffic.event_time import unix_time
from clickgen.traffic.renewal import renewal_of, renewed, renewed_plainly
from clickgen.traffic.time_moves import move_of, moved_value
from clickgen.traffic.time_text import PLAIN, Reading, moved
from clickgen.traffic.waiting_line import WaitingLine

HEX, DIGITS = "0123456789abcdef", "0123456789"
LATER_NS = st.integers(-(10**17), 10**17)
EARLIEST, LATEST = datetime(1995, 1, 1), datetime(2060, 1, 1)  # local times


@given(
    st.uuids().map(str)
    | st.text(HEX, min_size=1, max_size=70)
    | st.text(HEX.upper() + "-", min_size=1, max_size=40),
    st.integers(1, 50),
)
def test_ids_of_the_most_common_forms_are_renewed_as_all_others_are(text: str, repetition: int) -> None:
    written = orjson.dumps(text)
    assert renewal_of(written)(repetition) == renewed_plainly(written, repetition)


@given(st.text(DIGITS, min_size=9, max_size=30).filter(lambda text: text[0] != "0"), st.integers(1, 20))
def test_a_long_number_becomes_a_number_of_as_many_digits(digits: str, repetition: int) -> None:
    for written in (digits.encode(), orjson.dumps(digits)):
        again = renewed(written, repetition)
        assert again is not None
        assert re.fullmatch(r"\"?[1-9][0-9]+\"?", again.decode())
        assert len(again) == len(written)


@pytest.mark.parametrize("reading", [PLAIN, Reading(ZoneInfo("Europe/Berlin"))])
@given(
    moment=st.datetimes(min_value=EARLIEST, max_value=LATEST),
    form=st.sampled_from(
        [
            "%Y-%m-%dT%H:%M:%SZ",
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%dT%H:%M:%S.%f",
            "%Y-%m-%d %H:%M:%S,%f+02:00",
            "%Y-%m-%dT%H:%M:%S-0330",
            "%Y-%m-%d %H:%M:%S UTC",
            "%Y-%m-%dT%H:%M:60Z",
            "%d/%b/%Y:%H:%M:%S -0400",
        ]
    ),
    later_ns=LATER_NS,
)
def test_a_time_in_the_usual_form_moves_as_one_in_any_form(
    reading: Reading, moment: datetime, form: str, later_ns: int
) -> None:
    text = moment.strftime(form)
    expected = moved(text, later_ns, reading)
    move = move_of(orjson.dumps(text), reading)
    assert move is not None
    assert move(later_ns) == (None if expected is None else orjson.dumps(expected))


@pytest.mark.parametrize(
    ("written", "later_ns", "then"),
    [
        (b"1700000000", 1_500_000_000, b"1700000001"),
        (b"1700000000123", 1_500_000, b"1700000000124"),
        (b'"1700000000.250"', -500_000_000, b'"1699999999.750"'),
        (b"1700000000000000007", 1, b"1700000000000000008"),
        (b"17", 10**9, None),
        (b"true", 10**9, None),
    ],
)
def test_numbers_move_in_their_unit(written: bytes, later_ns: int, then: bytes | None) -> None:
    assert moved_value(written, later_ns, PLAIN) == then


@pytest.mark.parametrize("text", ["2024-03-01T10:00:00+99:99", "2024-03-01 10:00:00 -2400"])
def test_a_zone_that_cannot_be_makes_no_time(text: str) -> None:
    assert unix_time(text) is None
    assert moved(text, 1) is None


def test_all_fields_are_replaced_in_one_pass_and_the_rest_stays() -> None:
    recording = Recording(
        multiply=3, renewed=("user", "deep.id", "at", "absent"), moved=("at", "day + clock", "deep.t", "user.t")
    )
    identity = "0190163d-8694-739b-aea5-966c26f8ad91"
    event: dict[str, Any] = {
        "deep": {"t": 1_700_000_000, "id": identity, "user": "inner"},
        "user": "0ab9aca5d85ddfa8",
        "clock": "23:59:59",
        "day": "2024-02-28",
        "at": "2024-03-01T10:00:00.000Z",
        "n": 1.5,
    }
    data = json.dumps(event, separators=(" ,", " : ")).encode()
    marked = Editor(recording).marked(data, event, plain=True)
    assert Editor(recording).edited(marked, 0, 0) == data
    then = Editor(recording).edited(marked, 2_000, 1)
    moved_at = moved_value(b'"2024-03-01T10:00:00.000Z"', 2_000_000_000, PLAIN)
    assert moved_at == b'"2024-03-01T10:00:02.000Z"'
    assert json.loads(then) == {
        **event,
        "deep": {
            "t": 1_700_000_002,
            "id": orjson.loads(renewed(orjson.dumps(identity), 1) or b""),
            "user": "inner",
        },
        "user": orjson.loads(renewed(b'"0ab9aca5d85ddfa8"', 1) or b""),
        "clock": "00:00:01",
        "day": "2024-02-29",
        "at": orjson.loads(renewed(moved_at, 1) or b""),
    }
    assert then.count(b" : ") == data.count(b" : ")


@given(
    st.lists(st.none() | st.floats(-50, 50).map(lambda time: round(time, 1)), max_size=200),
    st.sampled_from([0.1, 1.0, 7.0, 1000.0]),
)
def test_a_waiting_line_gives_what_a_heap_gives(steps: list[float | None], stretch_s: float) -> None:
    line, heap = WaitingLine[tuple[float, int]](stretch_s), list[tuple[float, int]]()
    for number, time in enumerate(steps):
        if time is not None:
            line.push((time, number))
            heapq.heappush(heap, (time, number))
        elif heap:
            assert line.first() == heap[0]
            assert line.pop() == heapq.heappop(heap)
        assert len(line) == len(heap)
    assert [line.pop() for _ in range(len(line))] == sorted(heap)
