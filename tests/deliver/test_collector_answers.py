"""Answers as collectors give them: some records unanswered, a wish to be left alone, a page that is no answer."""

import pytest

from clickgen.deliver.sender_context import MOST_LEFT_ALONE_S, Patience
from clickgen.model.batch import Answer, CallRefused, NoAnswer, Refusal, RefusedRecord
from clickgen.model.outcome import State
from tests.deliver.test_delivery import send


def test_records_without_an_answer_are_sent_again_and_the_others_are_not() -> None:
    late = RefusedRecord(3, Refusal.TRANSIENT, "NotSent", "")
    delivery, sink, courier = send([Answer([late], unanswered=[1])])
    assert sink.calls == [[0, 1, 2, 3], [1, 3]]
    assert [(one.first, one.end, one.state, one.attempts) for one in delivery.outcomes()] == [
        (1000, 1001, State.ACCEPTED, 1),
        (1001, 1002, State.ACCEPTED, 2),
        (1002, 1003, State.ACCEPTED, 1),
        (1003, 1004, State.ACCEPTED, 2),
    ]
    assert courier.tally.retried == 2


def test_a_record_that_is_never_answered_is_unknown_and_its_neighbours_accepted() -> None:
    # one attempt is one error, though two records had one each
    silent = Answer([RefusedRecord(0, Refusal.TRANSIENT, "NotSent", "")], unanswered=[1])
    delivery, sink, _ = send([silent] * 9, patience=Patience(attempts=3))
    assert len(sink.calls) == 3
    assert [outcome.state for outcome in delivery.outcomes()] == [State.REJECTED, State.UNKNOWN, State.ACCEPTED]


@pytest.mark.parametrize(("wish", "wait"), [(7.0, 7.0), (1e9, MOST_LEFT_ALONE_S)])
def test_nobody_calls_before_the_service_wants_it(wish: float, wait: float) -> None:
    throttled = CallRefused(Refusal.THROTTLED, "HTTP429", "", retry_after_s=wish)
    _, sink, courier = send([throttled])
    assert len(sink.calls) == 2
    assert wait <= courier.clock.now() < wait + 10


def test_an_answer_that_makes_no_sense_ends_everything_and_leaves_its_records_unknown() -> None:
    delivery, sink, courier = send([NoAnswer("a page", "check the URL")])
    assert len(sink.calls) == 1
    assert [outcome.state for outcome in delivery.outcomes()] == [State.UNKNOWN]
    assert courier.problem is not None
    assert (courier.problem.message, courier.problem.hint) == ("a page", "check the URL")
