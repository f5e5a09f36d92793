"""What analytics should say of simulated traffic: counted column by column from its facts, made again."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap64

from clickgen.expect.answers import Answers, Row, answers_of, counted_numbers, rows_of, rows_within, tally_of
from clickgen.expect.dimensions import GroupKey, LocalClock, dimension_named
from clickgen.expect.fact_rows import facts_again
from clickgen.expect.funnel import steps_of
from clickgen.expect.question import HITS, OF_STEPS, ORDERS, REVENUE, SESSIONS, USERS, Question, of_step
from clickgen.expect.tally import Groups
from clickgen.ledger.claims import Claims
from clickgen.model.plan import Plan
from clickgen.model.progress import tracked
from clickgen.profile.tables import Tables
from clickgen.schema.digits import scrambled
from clickgen.schema.facts import Facts, Vocabulary
from clickgen.schema.registry import carried_by
from clickgen.schema.row_values import USER_NUMBERS
from clickgen.traffic.disorder.decisions import Decisions
from clickgen.traffic.simulation import vocabulary_of


def simulated_answers(plan: Plan, tables: Tables, claims: Claims, question: Question) -> Answers:
    """What analytics should say of a run that was simulated.

    Raises UsageProblem for a dimension that does not exist, and for a funnel without steps.
    """
    vocabulary = vocabulary_of(tables)
    counting = _Counting(plan, question, vocabulary)
    counted = 0
    with tracked("counting", "events", claims.account().accepted) as advance:
        for lane, claimed in claims.lanes.items():
            numbers = counted_numbers(claimed, unknown=question.unknown)
            for facts in _facts_of(plan, tables, lane, numbers):
                counting.take(facts)
                counted += len(facts)
                advance(len(facts))
            counting.end_lane()
    return answers_of(plan, claims, question, counting, events=counted, currency=vocabulary.currency)


def measures_of(question: Question, vocabulary: Vocabulary) -> tuple[str, ...]:
    """What is counted of simulated traffic: orders and revenue only if something is sold."""
    sells = any(page.cart == "order" for page in vocabulary.pages)
    steps = [of_step(step, what) for step in steps_of(question, vocabulary) for what in OF_STEPS]
    return (HITS, USERS, SESSIONS, *([ORDERS, REVENUE] if sells else []), *steps)


def _facts_of(plan: Plan, tables: Tables, lane: int, numbers: BitMap64) -> Iterator[Facts]:
    """The facts of a lane's events with these numbers, without those that are damaged on purpose."""
    if not numbers:
        return
    first, end = 0, numbers.max() + 1
    disorder = plan.disorder if plan.disorder is not None and plan.disorder.malformed else None
    decided = None if disorder is None else Decisions(disorder, seed=plan.seed or 0, lane=lane, count=None)
    for facts in facts_again(plan, tables, lane):
        rows = rows_within(numbers, first, len(facts))
        if decided is not None:
            rows = np.arange(len(facts)) if rows is None else rows
            rows = rows[~decided.malformed(first + rows)]
        yield facts if rows is None else facts.part(rows)
        first += len(facts)
        if first >= end:
            return


class _Counting:
    """Counts facts by the dimensions of a question."""

    def __init__(self, plan: Plan, question: Question, vocabulary: Vocabulary) -> None:
        self._carried, clock = carried_by(plan.event_schema), LocalClock(question.zone)
        self._key = GroupKey([dimension_named(name, self._carried, vocabulary, clock) for name in question.by])
        self._by, self._groups = question.by, Groups()
        self._steps = steps_of(question, vocabulary)
        self._is_order = np.array([page.cart == "order" for page in vocabulary.pages])
        self.measures = measures_of(question, vocabulary)
        self._tally = tally_of(self.measures)

    def rows(self) -> list[Row]:
        words = [self._key.words(key) for key in self._groups.keys]
        return rows_of(words, self._tally, self.measures, self._by)

    def take(self, facts: Facts) -> None:
        groups = self._groups.numbers(self._key.numbers(facts))
        ids = {USERS: self._visitors(facts), SESSIONS: facts.session}
        self._tally.add(HITS, groups)
        for what, of in ids.items():
            self._tally.note(what, groups, of)
        bought = np.flatnonzero(self._is_order.take(facts.page))
        self._tally.note(ORDERS, groups.take(bought), facts.order.take(bought))
        self._tally.add(REVENUE, groups.take(bought), facts.cart_cents.take(bought))
        for step, is_step in self._steps.items():
            there = np.flatnonzero(is_step.take(facts.page))
            for what, of in ids.items():
                self._tally.note(of_step(step, what), groups.take(there), of.take(there))

    def end_lane(self) -> None:
        """No visitor or session of the lane occurs in another; numbers of visitors may."""
        self._tally.settle(lambda name: not (self._carried.numbered and name.endswith(USERS)))

    def _visitors(self, facts: Facts) -> NDArray[np.uint64]:
        if self._carried.numbered:
            return scrambled(facts.visitor) % np.uint64(USER_NUMBERS)
        return facts.visitor
