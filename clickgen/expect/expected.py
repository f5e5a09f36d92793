"""What analytics should say of a run, whether its events were simulated or recorded."""

from collections.abc import Iterator, Mapping

import orjson
from pyroaring import BitMap64

from clickgen.expect.answers import Answers, answers_of, counted_numbers, rows_within
from clickgen.expect.dimensions import LocalClock, dimension_named
from clickgen.expect.parsed import Event, Fields, ParsedEvents
from clickgen.expect.question import PARTS_OF_TIME, Question
from clickgen.expect.simulated import simulated_answers
from clickgen.expect.spelling import Spelling
from clickgen.expect.sql import EventTable, Written, written
from clickgen.feed.lanes import open_feeds
from clickgen.feed.sources import read_once
from clickgen.ledger.claims import Claims
from clickgen.ledger.folder import RunFolder
from clickgen.ledger.reader import read_claims
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.mistakes import did_you_mean
from clickgen.model.plan import Plan
from clickgen.model.progress import tracked
from clickgen.profile.tables import load_tables
from clickgen.schema.registry import carried_by
from clickgen.traffic.simulation import vocabulary_of


def expected_answers(folder: RunFolder, plan: Plan, question: Question, fields: Mapping[str, str]) -> Answers:
    """What analytics should say of a run.

    fields: where the events of a replay have what is counted (see `recorded_answers`). Raises UsageProblem and
    EnvironmentProblem if it cannot be counted.
    """
    claims = read_claims(folder, plan)
    if plan.command == "replay":
        return recorded_answers(folder, plan, claims, question, fields)
    if fields:
        raise UsageProblem(
            "--field is for replays: what simulated events say, and where, is known", "leave out --field"
        )
    return simulated_answers(plan, load_tables(folder.tables_file), claims, question)


def is_dimension(folder: RunFolder, plan: Plan, name: str, fields: Mapping[str, str]) -> bool:
    """Whether a run's events can be grouped by this name; those of a replay by its fields, and by its times."""
    if plan.command == "replay":
        return name in fields or name in PARTS_OF_TIME
    vocabulary = vocabulary_of(load_tables(folder.tables_file))
    try:
        dimension_named(name, carried_by(plan.event_schema), vocabulary, LocalClock("UTC"))
    except UsageProblem:
        return False
    return True


def expected_query(
    folder: RunFolder, plan: Plan, question: Question, spelling: Spelling, table: EventTable
) -> Written:
    """The SQL that counts the same over a table of the run's events (see `written`); not of a replay."""
    if plan.command == "replay":
        raise UsageProblem(
            "what columns a table of replayed events has is not known",
            "write the query yourself, and compare it: clickgen verify PLACE totals --query FILE",
        )
    return written(plan, load_tables(folder.tables_file), question, spelling, table)


def recorded_answers(folder: RunFolder, plan: Plan, claims: Claims, question: Question, fields: Fields) -> Answers:
    """What analytics should say of a replay (see `ParsedEvents`).

    Raises UsageProblem if standard input was replayed, which cannot be read again; EnvironmentProblem if the files
    are no longer what was sent.
    """
    once = read_once(plan)
    if once is not None:
        raise UsageProblem(
            f"run {plan.run} replayed {once}, which cannot be read again",
            "keep the events in a file and replay that",
        )
    counting = ParsedEvents(question, fields, plan.time_field)
    with tracked("counting", "events", claims.account().accepted) as advance:
        for lane in range(plan.lanes):
            numbers = counted_numbers(claims.lanes[lane], unknown=question.unknown)
            for events in _events(folder, plan, lane, numbers):
                counting.take(events)
                advance(len(events))
    absent = counting.absent()
    if absent is not None and counting.fields:
        raise UsageProblem(
            f"no event has a field {absent}{did_you_mean(absent, list(counting.fields))}",
            f"there are: {', '.join(counting.fields)}",
        )
    return answers_of(plan, claims, question, counting)


def _events(folder: RunFolder, plan: Plan, lane: int, numbers: BitMap64) -> Iterator[list[Event]]:
    """The events of a lane with these numbers, as they were sent, some hundreds at a time."""
    source = open_feeds(folder, plan, {lane: 0})[lane].source
    first, end = 0, numbers.max() + 1 if numbers else 0
    while first < end:
        block = source.next_block()
        if block is None:
            raise EnvironmentProblem(
                f"{', '.join(plan.sources)}: there are {first:,} events, but {end:,} were sent",
                "the file has changed since; restore what was replayed",
            )
        events: list[Event] = [orjson.loads(block.event(index)) for index in range(len(block))]
        rows = rows_within(numbers, first, len(events))
        yield events if rows is None else [events[row] for row in rows.tolist()]
        first += len(events)
