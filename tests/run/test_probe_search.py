"""The search for the highest rate that holds: whatever the stream is like, it ends, and near the truth."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.histogram import Percentiles
from clickgen.pace.timetable import curve_of
from clickgen.run.probe import CLIMB, FINE, SPAN, Offer, ProbeStep, Search, Trouble, timetable_of


@dataclass
class Bucket:
    """A stream with a quota: tokens that come by the second, of which it saves up `saves` seconds' worth."""

    quota: float
    saves: float

    def carry_out(self, offers: tuple[Offer, ...]) -> list[ProbeStep]:
        """A run: it begins with all that can be saved up, and ends with the first rate that is too high."""
        steps, saved = [], self.quota * self.saves
        for offer in offers:
            saved = min(self.quota * self.saves, saved + (self.quota - offer.rate) * offer.seconds)
            steps.append(a_step(offer, None if saved >= 0 else "throttled"))
            if saved < 0:
                break
        return steps


def a_step(offer: Offer, trouble: Trouble | None) -> ProbeStep:
    """A step of that offer."""
    return ProbeStep(offer, "0a1b2c3d4e5f", offer.rate, 0.0, 0.0, Percentiles(0.1, 0.2, 0.3), 400.0, trouble)


def probed(stream: Bucket, search: Search) -> int:
    """Carry out a search on a stream; how many runs it took."""
    runs = 0
    while offers := search.next_offers():
        search.hear(stream.carry_out(offers))
        runs += 1
        assert runs < 20, "the search does not end"
    return runs


quotas = st.floats(1, 300_000)
savings = st.floats(0, 1)
steps = st.floats(2, 60)


@given(quotas, savings, steps, st.floats(1, 5_000))
def test_what_holds_is_within_a_fine_step_of_the_quota(
    quota: float, saves: float, step_s: float, first: float
) -> None:
    search = Search(first, 100_000, step_s)
    probed(Bucket(quota, saves), search)
    holds, fails = search.holds, search.fails
    if holds is None:
        assert fails is not None
        assert fails.offer.rate == first
        assert quota < first
        return
    # a second's worth that was saved up carries a rate too high by one part in the seconds of a step, and no more
    assert holds.offer.rate <= quota * (1 + 1 / step_s) * 1.001
    if fails is None:
        assert holds.offer.rate == 100_000
    else:
        assert holds.offer.rate < fails.offer.rate
        assert fails.offer.rate > quota
        assert fails.offer.rate <= holds.offer.rate * FINE * 1.06


@given(quotas, savings, steps)
def test_every_step_lasts_as_long_as_was_asked_for(quota: float, saves: float, step_s: float) -> None:
    search = Search(500, 100_000, step_s)
    probed(Bucket(quota, saves), search)
    assert {step.offer.seconds for step in search.steps} == {step_s}


@given(quotas, savings, steps, st.floats(1, 5_000), st.floats(1, 20))
def test_no_rate_is_above_the_most_and_none_doubles_twice(
    quota: float, saves: float, step_s: float, first: float, times: float
) -> None:
    search = Search(first, first * times, step_s)
    probed(Bucket(quota, saves), search)
    rates = [step.offer.rate for step in search.steps]
    assert max(rates) <= first * times * 1.001
    assert all(after <= before * CLIMB * 1.001 for before, after in pairwise(rates))


@given(quotas, savings, steps, st.floats(1, 5_000))
def test_the_rates_of_one_run_do_not_lie_far_apart(
    quota: float, saves: float, step_s: float, first: float
) -> None:
    search = Search(first, 100_000, step_s)
    while offers := search.next_offers():
        rates = [offer.rate for offer in offers]
        assert rates == sorted(rates)
        assert rates[-1] <= SPAN * rates[0]
        search.hear(Bucket(quota, saves).carry_out(offers))


def test_a_second_run_begins_with_a_rate_that_held() -> None:
    search = Search(500, 100_000, 2)
    search.hear(Bucket(4_500, 1).carry_out(search.next_offers()))
    assert [step.offer.rate for step in search.steps] == [500, 1_000, 2_000, 4_000, 8_000]
    rates = [offer.rate for offer in search.next_offers()]
    assert rates == [4_000, 4_400, 4_840, 5_320, 5_850, 6_440, 7_080]


def test_a_rate_that_lived_on_a_saved_burst_is_found_out() -> None:
    short = Search(500, 100_000, 2)
    assert probed(Bucket(3_000, 1), short) == 2
    assert short.holds is not None
    assert short.holds.offer.rate == 4_000  # 33 % too high
    search = Search(500, 100_000, 10)
    assert probed(Bucket(3_000, 1), search) == 2
    assert search.holds is not None
    assert search.holds.offer == Offer(3_220, 10)  # 7 % too high


def test_a_stream_that_takes_everything_is_asked_once() -> None:
    search = Search(500, 2_500, 2)
    assert probed(Bucket(10_000, 0), search) == 1
    assert [step.offer for step in search.steps] == [
        Offer(500, 2),
        Offer(1_000, 2),
        Offer(2_000, 2),
        Offer(2_500, 2),
    ]


@given(quotas, savings, steps, st.floats(1, 5_000), st.floats(1, 300))
def test_what_is_told_ahead_is_the_most(
    quota: float, saves: float, step_s: float, first: float, times: float
) -> None:
    """Also when it is told anew before each run; what is sent until a step is seen to fail is of the next one."""
    search, bounds, sent = Search(first, first * times, step_s), [], 0.0
    while offers := search.next_offers():
        bounds.append(search.at_most())
        search.hear(taken := Bucket(quota, saves).carry_out(offers))
        sent += sum(offer.rate * offer.seconds for offer in offers[: len(taken) + 1])
        assert sent <= bounds[0].events + 1
    assert all(len(search.steps) <= bound.steps for bound in bounds)
    assert search.at_most().steps == len(search.steps)


def test_the_most_is_not_far_above_what_a_probe_takes() -> None:
    search = Search(500, 16_000, 10)
    most = search.at_most()
    probed(Bucket(15_500, 0), search)
    assert len(search.steps) == 13
    assert most.steps == 13 + 4
    assert most.events < 1.6 * sum(step.offer.rate * step.offer.seconds for step in search.steps)


def test_offers_follow_one_another_without_a_slope() -> None:
    offers = (Offer(500, 10), Offer(1_000, 10), Offer(2_000, 5))
    curve = curve_of(timetable_of(offers), 0)
    assert [curve.rate_at(second) for second in (0, 9.9, 10, 19.9, 20, 24.9)] == [500, 500, 1000, 1000, 2000, 2000]
    assert curve.expected(25) == curve.expected(85) == 25_000  # nothing more is due while the run is stopped
    assert curve.expected(86) == 27_000
