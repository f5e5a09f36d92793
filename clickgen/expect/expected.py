"""Asking what analytics should say of a run, however the run came to its events."""

from collections.abc import Mapping

from clickgen.expect.answers import Answers
from clickgen.expect.dimensions import LocalClock, dimension_named
from clickgen.expect.question import DAY, HOUR, Question
from clickgen.expect.recorded import recorded_answers
from clickgen.expect.simulated import simulated_answers
from clickgen.expect.spelling import Spelling
from clickgen.expect.sql import EventTable, Written, written
from clickgen.ledger.claims import read_claims
from clickgen.ledger.folder import RunFolder
from clickgen.model.errors import UsageProblem
from clickgen.model.plan import Plan
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
        return recorded_answers(plan, claims, question, fields)
    if fields:
        raise UsageProblem(
            "--field is for replays: what simulated events say, and where, is known", "leave out --field"
        )
    return simulated_answers(plan, load_tables(folder.tables_file), claims, question)


def is_dimension(folder: RunFolder, plan: Plan, name: str, fields: Mapping[str, str]) -> bool:
    """Whether a run's events can be grouped by this name; those of a replay by its fields, and by its times."""
    if plan.command == "replay":
        return name in fields or name in (DAY, HOUR)
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
