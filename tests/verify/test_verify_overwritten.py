"""Items that another event of the same key overwrote: neither delivered nor missing."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from clickgen.model.destination import Destination, DynamoDbDestination, KinesisDestination
from clickgen.model.event_id import EventId, format_id, seal
from clickgen.verify.landings.dynamodb.overwritten import HeldKeys, overwritten
from clickgen.verify.proof.compare.report import Verdict
from clickgen.view.states import headline_words
from tests.support.dynamodb_landing import OneLane, item, verified
from tests.support.dynamodb_stand_in import StandIn
from tests.support.planted import ID_AT, RUN, Planted, event, found

pytestmark = pytest.mark.usefixtures("credentials")


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    planted = Planted(tmp_path)
    planted.claim(0, 30)
    return planted


def test_an_event_of_a_lane_that_never_sent_any_is_conflicting(run: Planted) -> None:
    sent = [_order(number, number) for number in range(30)]
    items = [*map(item, sent), item(event(3, lane=9)) | {"order": {"N": "99"}}]
    report = verified(run, StandIn(items, keys={"order": "N"}), sent=sent)
    assert found(report) == {"delivered": 30, "conflicting": 1}


def test_what_another_event_overwrote_is_dropped_and_what_was_lost_is_missing(run: Planted) -> None:
    sent = [_order(number, number // 3) for number in range(30)]  # three events an order: the last one stays
    kept = [item(part) for part in sent[2::3] if part != sent[29]]
    report = verified(run, StandIn(kept, keys={"order": "N"}), sent=sent, fields=True)
    assert found(report) == {"delivered": 9, "dropped": 18, "missing": 3}
    kept.append(item(sent[29]))
    report = verified(run, StandIn(kept, keys={"order": "N"}), sent=sent)
    assert (report.verdict, found(report)) == (Verdict.VERIFIED, {"delivered": 10, "dropped": 20})
    assert headline_words(report, exclusive=False).startswith("10 of 30 accepted events are there")


@pytest.mark.parametrize("went_to", [DynamoDbDestination(stream="others"), KinesisDestination(stream="clicks")])
def test_of_a_table_that_the_run_did_not_send_to_nothing_is_called_overwritten(
    run: Planted, went_to: Destination
) -> None:
    sent = [_order(number, number // 3) for number in range(30)]
    table = StandIn([item(part) for part in sent[2::3]], keys={"order": "N"})
    assert found(verified(run, table, sent=sent, went_to=went_to)) == {"delivered": 10, "missing": 20}


@given(
    keys=st.lists(st.integers(0, 6), min_size=1, max_size=30),
    kept=st.sets(st.integers(0, 29)),
    absent=st.sets(st.integers(0, 29)),
)
@example(keys=[0] * 8, kept={1}, absent={0, 7})  # the last one begins a block
@settings(max_examples=40)
def test_overwritten_is_what_has_the_key_of_an_item(keys: list[int], kept: set[int], absent: set[int]) -> None:
    sent = [_order(number, key) for number, key in enumerate(keys)]
    held = HeldKeys({"order": "N"})
    held.add([{"order": {"N": f"{keys[number]}.0"}} for number in kept if number < len(keys)])
    asked = {0: BitMap64(number for number in absent if number < len(keys))}
    gone = overwritten(asked, held, OneLane(sent))
    taken = {keys[number] for number in kept if number < len(keys)}
    assert set(gone.get(0, BitMap64())) == {number for number in asked[0] if keys[number] in taken}


def _order(number: int, order: int) -> bytes:
    body = b'{"event_id":"%b","order":%d}' % (format_id(EventId(RUN, 0, number, 0)), order)
    return seal(body, ID_AT)
