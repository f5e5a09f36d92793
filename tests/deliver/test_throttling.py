"""Throttling slows a whole run down, to what the stream takes and not much less, and never ends it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.deliver.allowance import LEAST, REACTION_S, Allowance, SentSoFar, Throttle, TokenBudget
from tests.conftest import CommandLine
from tests.support.held_clock import HeldClock


class Stream:
    """A stream that takes `capacity` records a second and throttles the rest, and a run that wants `wanted`."""

    def __init__(self, capacity: float, wanted: float) -> None:
        self.capacity, self.wanted = capacity, wanted
        self.throttle = Throttle()
        self.now = self.accepted = 0.0
        self.sent = SentSoFar()

    def live(self, seconds: float) -> float:
        """Let time pass; returns the records accepted a second."""
        before, steps = self.accepted, round(seconds / REACTION_S)
        for _ in range(steps):
            self.now += REACTION_S
            allowed = self.throttle.allowance
            rate = self.wanted if allowed is None else min(self.wanted, allowed.records)
            tried, taken = rate * REACTION_S, min(rate, self.capacity) * REACTION_S
            self.accepted += taken
            self.sent = SentSoFar(
                records=self.sent.records + round(tried),
                bytes=self.sent.bytes + round(tried * 400),
                requests=self.sent.requests + max(1, round(tried / 500)),
                throttled=self.sent.throttled + round(tried - taken),
            )
            self.throttle.hear(self.now, self.sent)
        return (self.accepted - before) / seconds


rates = st.floats(1_000, 500_000)


@given(rates, rates)
def test_a_run_finds_what_the_stream_takes_and_stays_there(capacity: float, wanted: float) -> None:
    stream = Stream(capacity, wanted)
    stream.live(20)
    throttled = stream.sent.throttled
    possible = min(capacity, wanted)
    assert stream.live(60) >= 0.85 * possible
    assert stream.sent.throttled - throttled <= 0.12 * 60 * possible


@given(rates)
def test_a_stream_that_takes_nothing_is_asked_rarely_and_found_again_soon(capacity: float) -> None:
    stream = Stream(capacity, 2 * capacity)
    stream.live(30)
    stream.capacity = 0
    stream.live(60)
    allowance = stream.throttle.allowance
    assert allowance is not None
    assert allowance.records == pytest.approx(LEAST.records)
    stream.capacity = capacity
    stream.live(15)
    assert stream.live(30) >= 0.8 * capacity


def test_a_stream_that_grows_is_used_and_its_bound_is_forgotten() -> None:
    stream = Stream(1_000, 5_000)
    stream.live(20)
    assert stream.throttle.allowance is not None
    stream.capacity = 50_000
    stream.live(200)
    assert stream.live(20) == pytest.approx(5_000)
    stream.live(100)
    assert stream.throttle.allowance is None


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(1, 5_000)), min_size=1, max_size=200),
    st.floats(50, 5_000),
    st.floats(10_000, 5_000_000),
    st.floats(0.2, 50),
)
def test_no_worker_sends_more_than_its_tokens(
    calls: list[tuple[int, int]], records: float, size: float, requests: float
) -> None:
    clock = HeldClock()
    budget = TokenBudget(clock)
    budget.allow(Allowance(records, size, requests))
    for count, mean in calls:
        budget.take(count, count * mean, clock.sleep, lambda: False)
    # what the last call owes may be open still
    spent = [(call[0], call[0] * call[1], 1) for call in calls[:-1]]
    for part, rate in enumerate((records, size, requests)):
        assert sum(call[part] for call in spent) <= rate * (clock.seconds + 0.25) + 1e-6 * len(calls) + 1


def test_a_stop_is_not_waited_out() -> None:
    clock = HeldClock()
    budget = TokenBudget(clock)
    budget.allow(Allowance(1, 1, 1))
    budget.take(500, 500, clock.sleep, lambda: False)
    budget.take(500, 500, clock.sleep, lambda: clock.seconds > 3)
    assert clock.seconds < 5


KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def to(endpoint: str) -> list[str]:
    """The options that name the stream there."""
    return ["send", "--stream", "slow", "--endpoint-url", endpoint, "--region", "eu-west-1", "--json"]


def test_a_stream_that_throttles_slows_a_run_and_loses_nothing(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "slow", "--throttle", "6000") as endpoint:
        sent = clickgen.run(
            *to(endpoint),
            *("--rate", "max", "--events", "40000", "--workers", "2", "--max-attempts", "1"),
            env=KEYS,
        )
    account = sent.json
    assert sent.code == 0
    assert account["accepted"] == account["planned"] == 40_000
    assert account["throttled"] > 0


def test_max_lag_ends_a_run_that_falls_behind(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "slow", "--throttle", "500") as endpoint:
        sent = clickgen.run(*to(endpoint), *("--rate", "5000", "--duration", "60s", "--max-lag", "2s"), env=KEYS)
    assert sent.code == 3
    assert "behind its schedule" in sent.err
    account = sent.json
    assert account["planned"] == sum(account[state] for state in ("accepted", "rejected", "unknown", "unsent"))
    assert account["unsent"] > 0
