"""What a run's events are known by, and how far it is looked for."""

import base64
import json

import orjson
import pytest

from clickgen.model.event_id import ID_LENGTH, EventId, format_id, needle
from clickgen.verify.proof.scan.nested import events_within
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern
from tests.support.planted import OTHER_RUN, RUN, event

MARKS = RunIdPattern(RUN, "event_id")
NEEDLE = needle(RUN)


def id_of(number: int, run: str = RUN) -> bytes:
    return format_id(EventId(run, 0, number, 0))


def test_ids_are_looked_for_up_to_a_number() -> None:
    data = b" ".join(id_of(number) for number in range(12))
    assert [found and found.number for _, found in MARKS.own_ids(data)] == list(range(8))
    assert len(MARKS.own_ids(data, most=11)) == 11
    assert MARKS.own_ids(data, most=20)[-1] == (11 * (ID_LENGTH + 1), EventId(RUN, 0, 11, 0))


def test_ids_of_others_are_looked_for_up_to_eight_and_the_runs_are_none_of_them() -> None:
    data = b" ".join(id_of(number, run) for number in range(10) for run in (RUN, OTHER_RUN))
    found = MARKS.other_ids(data)
    assert [event_id.number for _, event_id in found] == list(range(8))
    assert {event_id.run for _, event_id in found} == {OTHER_RUN}


def test_an_id_whose_rest_is_damaged_is_seen_and_not_read() -> None:
    assert MARKS.own_ids(b"x" + NEEDLE + b"zzz") == [(1, None)]


@pytest.mark.parametrize(("damaged", "seen"), [(0, True), (1, True), (2, True), (3, False)])
def test_an_id_of_which_two_bytes_are_damaged_is_seen_and_mended(damaged: int, seen: bool) -> None:
    whole = event(7)
    at = whole.index(NEEDLE)
    spoilt = whole[:at] + b"~" * damaged + whole[at + damaged :]
    found = MARKS.damaged_id(spoilt)
    assert (found is not None) == seen
    if found is not None:
        assert found == (at, whole[at : at + ID_LENGTH])
        assert MARKS.is_mended(spoilt, *found)
        assert not MARKS.is_mended(spoilt.replace(b"view", b"vjew"), *found)


def test_an_id_that_is_cut_is_none_that_was_damaged() -> None:
    begun = b'{"event_id":"' + NEEDLE
    assert MARKS.damaged_id(begun) == (13, NEEDLE)
    assert MARKS.damaged_id(begun[:-1]) is None


def within(data: bytes) -> dict[int, bool]:
    """The numbers of the events in an object, and whether their bytes are there."""
    return {found.number: fits for found, fits in events_within(MARKS, data, orjson.loads(data)).items()}


@pytest.mark.parametrize(("envelopes", "fits"), [(1, True), (7, True), (8, False)])
def test_an_event_in_many_envelopes_is_checked_in_up_to_seven(envelopes: int, fits: bool) -> None:
    text = event(3).decode()
    for _ in range(envelopes):
        text = json.dumps({"m": text})
    assert within(text.encode()) == {3: fits}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        (event(3) + b" tail", True),
        (b"head " + event(3), True),
        (b"head " + event(3) + b" tail", True),
        (b"{} " + event(3), True),
        (b"{}" + id_of(3), False),
        (event(3).replace(b"view", b"vjew"), False),
    ],
)
def test_an_event_within_a_text_is_found_with_its_bytes(text: bytes, fits: bool) -> None:
    assert within(json.dumps({"m": text.decode()}).encode()) == {3: fits}


def test_base64_within_an_object_is_looked_into_and_what_only_looks_like_it_is_not() -> None:
    coded = base64.b64encode(event(3)).decode()
    assert within(json.dumps({"odd": "A" * 49, "m": coded}).encode()) == {3: True}


def test_an_envelope_within_a_text_may_be_pretty_printed() -> None:
    envelope = json.dumps({"kind": "click", "m": event(3).decode()}, indent=2)
    assert within(json.dumps({"m": envelope}).encode()) == {3: True}


def test_of_a_change_in_a_table_only_what_was_written_counts() -> None:
    images = {
        name: {"event_id": {"S": id_of(number).decode()}} for name, number in (("NewImage", 4), ("OldImage", 3))
    }
    assert within(json.dumps({"eventName": "MODIFY", "dynamodb": images}).encode()) == {4: False}
    del images["NewImage"]
    assert within(json.dumps({"eventName": "MODIFY", "dynamodb": {"Keys": {}, **images}}).encode()) == {}


def test_events_are_taken_out_of_their_envelopes_until_ten_thousand_are_found() -> None:
    bare = b" ".join(map(id_of, range(9_999))).decode()
    wrapped = [json.dumps({"m": event(number).decode()}) for number in (10_000, 10_001)]
    found = within(json.dumps({"batch": [*wrapped[::-1], bare]}).encode())
    assert len(found) == 10_001
    assert [number for number, fits in found.items() if fits] == [10_000]
