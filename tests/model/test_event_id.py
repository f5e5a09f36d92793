"""Ids carry their place and notice damage."""

import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.event_id import (
    CHECK_AT,
    ID_LENGTH,
    MAX_LANES,
    MAX_NUMBER,
    EventId,
    LaneIds,
    checksum,
    format_id,
    is_run_id,
    needle,
    new_run_id,
    parse_id,
    seal,
    seal_all,
)

runs = st.text("0123456789abcdef", min_size=12, max_size=12)
lanes = st.integers(0, MAX_LANES - 1)
numbers = st.integers(0, MAX_NUMBER)


@given(runs, lanes, numbers, st.integers(0, (1 << 24) - 1))
def test_an_id_is_a_version_8_uuid_and_gives_its_parts_back(run: str, lane: int, number: int, check: int) -> None:
    text = format_id(EventId(run, lane, number, check))
    parsed = uuid.UUID(text.decode())
    assert parsed.version == 8
    assert parsed.variant == uuid.RFC_4122
    assert parse_id(text) == EventId(run, lane, number, check)
    assert text.startswith(needle(run))


@given(runs, lanes, st.lists(numbers, min_size=2, unique=True))
def test_ids_of_a_lane_sort_by_number(run: str, lane: int, chosen: list[int]) -> None:
    ids = [format_id(EventId(run, lane, number, 0)) for number in sorted(chosen)]
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    "text",
    [b"", b"not an id", b"02336058-0ae5-4e90-8634-1c545b3c4303", format_id(EventId("a" * 12, 0, 0, 0)).upper()],
)
def test_other_texts_are_no_ids(text: bytes) -> None:
    assert parse_id(text) is None


@given(runs, lanes, numbers, st.binary(max_size=200), st.data())
def test_any_flipped_bit_of_an_event_shows(
    run: str, lane: int, number: int, rest: bytes, data: st.DataObject
) -> None:
    event = seal(b'{"event_id":"' + format_id(EventId(run, lane, number, 0)) + b'"' + rest, 13)
    at = data.draw(st.integers(0, len(event) - 1).filter(lambda i: not 13 + CHECK_AT <= i < 13 + ID_LENGTH))
    damaged = bytearray(event)
    damaged[at] ^= 1 << data.draw(st.integers(0, 7))
    assert f"{checksum(bytes(event), 13):06x}".encode() == event[13 + CHECK_AT : 13 + ID_LENGTH]
    # 24 check bits miss one flip in 17 million
    assert checksum(bytes(damaged), 13) != checksum(bytes(event), 13)


@given(runs, lanes, st.integers(0, MAX_NUMBER - 50), st.lists(st.binary(max_size=60), min_size=1, max_size=20))
def test_many_ids_at_once_are_the_same_as_one_by_one(run: str, lane: int, first: int, tails: list[bytes]) -> None:
    rows = LaneIds(run, lane).texts(first, len(tails)).tolist()
    assert rows == [format_id(EventId(run, lane, first + i, 0)) for i in range(len(tails))]
    events = [b'{"id":"' + row + b'"' + tail for row, tail in zip(rows, tails, strict=True)]
    offsets = np.cumsum([0, *(len(event) + 1 for event in events)])
    joined = bytearray(b"\n".join(events) + b"\n")
    seal_all(joined, offsets, 7)
    assert bytes(joined) == b"".join(seal(event, 7) + b"\n" for event in events)


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 5000)), min_size=1, max_size=5))
def test_ids_of_a_lane_are_right_wherever_they_are_asked_for(asked: list[tuple[int, int]]) -> None:
    ids = LaneIds("0123456789ab", 2)
    for first, count in asked:
        texts = ids.texts(first, count).tolist()
        assert texts == [format_id(EventId("0123456789ab", 2, first + i, 0)) for i in range(count)]


def test_a_fresh_run_id_is_one() -> None:
    assert is_run_id(new_run_id())
    assert not is_run_id("A" * 12)
    assert not is_run_id("a" * 13)
