"""Credentials that expire in the middle of a run: it pauses, takes up fresh ones, and no record pays for it."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.deliver.allowance import BilledBytesCap
from clickgen.deliver.delivery import Delivery
from clickgen.deliver.sender_context import RENEWAL_S, Patience, SenderContext
from clickgen.model.batch import Answer, CallRefused, CallResult, NoAnswer, Refusal, RefusedRecord
from clickgen.model.errors import EnvironmentProblem, ExitCode
from clickgen.model.outcome import State
from clickgen.sink.interface import Sink
from tests.deliver.test_delivery import PatientCourier, ScriptedSink, batch_of, states
from tests.support.held_clock import HeldClock

LOGIN = "aws sso login --profile dev"
EXPIRED = CallRefused(Refusal.EXPIRED, "ExpiredTokenException", "The security token is expired")
FAULT = CallRefused(Refusal.TRANSIENT, "InternalFailure", "broken")


class Renewals:
    """Makes a sink anew each time it is asked to, from one script after the other, the last for ever."""

    def __init__(self, scripts: Sequence[Sequence[CallResult]]) -> None:
        self.sinks = [ScriptedSink(script) for script in scripts]
        self.asked = 0

    def __call__(self) -> Sink:
        self.asked += 1
        return self.sinks[min(self.asked, len(self.sinks)) - 1]


def courier_of(
    first: Sequence[CallResult], reopen: Callable[[], Sink], patience: Patience | None = None
) -> PatientCourier:
    """A courier whose first sink answers from a script."""
    return PatientCourier(ScriptedSink(first), HeldClock(), BilledBytesCap(None), patience, reopen)


def deliver(courier: SenderContext) -> Delivery:
    """Deliver a batch to its end."""
    delivery = Delivery(batch_of(4), courier)
    delivery.run()
    return delivery


def test_fresh_credentials_are_taken_up_and_nothing_counts_as_an_error() -> None:
    reopen = Renewals([[EXPIRED], [EXPIRED], []])
    courier = courier_of([EXPIRED], reopen, Patience(attempts=1))
    delivery = deliver(courier)
    assert set(states(delivery).values()) == {State.ACCEPTED}
    assert reopen.asked == 3
    assert courier.sink is reopen.sinks[2]
    assert not courier.stopped
    assert courier.tally.throttled == 0
    # an error later has the whole patience still
    courier.sink = ScriptedSink([FAULT])
    assert set(states(deliver(courier)).values()) == {State.REJECTED}


@given(st.lists(st.sampled_from([EXPIRED, FAULT, NoAnswer("silent")]), max_size=12))
def test_only_errors_use_up_the_patience_for_errors(script: list[CallResult]) -> None:
    calls = iter(script)

    class Line(ScriptedSink):
        def put(self, *_: object) -> CallResult:
            return next(calls, Answer())

    courier = courier_of([], lambda: Line([]), Patience(attempts=4, unreached_s=1e9))
    courier.sink = Line([])
    errors = sum(result is not EXPIRED for result in script)
    unanswered = any(isinstance(result, NoAnswer) for result in script[: _fourth_error(script)])
    given_up = State.UNKNOWN if unanswered else State.REJECTED
    assert set(states(deliver(courier)).values()) == {State.ACCEPTED if errors < 4 else given_up}


def _fourth_error(script: Sequence[CallResult]) -> int:
    errors = [position for position, result in enumerate(script) if result is not EXPIRED]
    return errors[3] + 1 if len(errors) > 3 else len(script)


def test_what_was_accepted_before_they_expired_is_not_sent_again() -> None:
    half = Answer([RefusedRecord(index, Refusal.TRANSIENT, "InternalFailure", "no") for index in (1, 3)])
    reopen = Renewals([[]])
    courier = courier_of([half, EXPIRED], reopen)
    assert set(states(deliver(courier)).values()) == {State.ACCEPTED}
    assert reopen.sinks[0].calls == [[1, 3]]
    assert courier.budget.spent == 4 * 5120


def test_without_anybody_to_log_in_the_run_ends_with_the_services_words() -> None:
    clock = HeldClock()
    reopen = Renewals([[EXPIRED] * 999])
    courier = PatientCourier(
        ScriptedSink([EXPIRED]), clock, BilledBytesCap(None), Patience(unreached_s=30, login=LOGIN), reopen
    )
    delivery = deliver(courier)
    problem = courier.problem
    assert isinstance(problem, EnvironmentProblem)
    assert problem.exit_code == ExitCode.ENVIRONMENT
    assert "ExpiredTokenException: The security token is expired" in problem.message
    assert LOGIN in (problem.hint or "")
    assert 30 <= clock.now() < 30 + 2 * RENEWAL_S
    assert State.ACCEPTED not in states(delivery).values()
    assert courier.budget.spent == 0


def test_with_somebody_there_it_waits_says_what_for_and_goes_on() -> None:
    heard: list[str | None] = []

    class Listening(PatientCourier):
        def pause(self, seconds: float) -> None:
            super().pause(seconds)
            heard.append(self.waiting_for)

    clock = HeldClock()
    reopen = Renewals([[EXPIRED]] * 500 + [[]])
    patience = Patience(unreached_s=30, awaits_login=True, login=LOGIN)
    courier = Listening(ScriptedSink([EXPIRED]), clock, BilledBytesCap(None), patience, reopen)
    delivery = deliver(courier)
    assert set(states(delivery).values()) == {State.ACCEPTED}
    assert clock.now() > 500 * RENEWAL_S
    told = next(words for words in heard if words)
    assert "ExpiredTokenException" in told
    assert LOGIN in told
    assert courier.waiting_for is None


@pytest.mark.parametrize("awaits_login", [False, True])
def test_a_login_that_is_gone_altogether_is_waited_for_too(awaits_login: bool) -> None:
    tries = 0

    def reopen() -> Sink:
        nonlocal tries
        tries += 1
        if tries < 5:
            raise EnvironmentProblem("the AWS client cannot be made: the SSO token is gone")
        return ScriptedSink([])

    courier = courier_of([EXPIRED] * 5, reopen, Patience(unreached_s=60, awaits_login=awaits_login))
    assert set(states(deliver(courier)).values()) == {State.ACCEPTED}
    assert tries == 5
    assert courier.waiting_for is None


def test_a_second_sender_uses_what_the_first_has_renewed() -> None:
    reopen = Renewals([[], []])
    courier = courier_of([EXPIRED, EXPIRED], reopen)
    old = courier.sink
    courier.renew(old, EXPIRED)
    courier.renew(old, EXPIRED)
    assert reopen.asked == 1
    assert set(states(deliver(courier)).values()) == {State.ACCEPTED}
