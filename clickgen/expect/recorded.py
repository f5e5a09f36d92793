"""What analytics should say of a replay: counted from the recorded files that were sent."""

from collections.abc import Iterator, Sequence
from itertools import islice

from pyroaring import BitMap64

from clickgen.expect.answers import Answers, answers_of, counted_numbers, rows_within
from clickgen.expect.parsed import Event, Fields, ParsedEvents
from clickgen.expect.question import Question
from clickgen.ledger.claims import Claims
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Plan
from clickgen.read.objects import scan
from clickgen.read.open import open_chunks
from clickgen.read.pieces import JsonObject
from clickgen.traffic.replay import STDIN, plan_lanes

_AT_ONCE = 8192


def recorded_answers(plan: Plan, claims: Claims, question: Question, fields: Fields) -> Answers:
    """What analytics should say of a replay (see `ParsedEvents`).

    Raises UsageProblem if standard input was replayed, which cannot be read again; EnvironmentProblem if the files
    are no longer what was sent.
    """
    if STDIN in plan.sources:
        raise UsageProblem(
            f"run {plan.run} replayed standard input, which cannot be read again",
            "keep the events in a file and replay that",
        )
    counting = ParsedEvents(question, fields, plan.time_field)
    for lane, paths in enumerate(plan_lanes(plan.sources, at_rate=plan.rate is not None)):
        numbers = counted_numbers(claims.lanes[lane], unknown=question.unknown)
        for events in _events(paths, numbers):
            counting.take(events)
    return answers_of(plan, claims, question, counting)


def _events(paths: Sequence[str], numbers: BitMap64) -> Iterator[list[Event]]:
    """The events of a lane with these numbers, some thousands at a time."""
    found = (piece for path in paths for piece in scan(open_chunks(path)) if isinstance(piece, JsonObject))
    first, end = 0, numbers.max() + 1 if numbers else 0
    while first < end:
        events = [piece.value for piece in islice(found, _AT_ONCE)]
        if not events:
            raise EnvironmentProblem(
                f"{', '.join(paths)}: there are {first:,} events, but {end:,} were sent",
                "the file has changed since; restore what was replayed",
            )
        rows = rows_within(numbers, first, len(events))
        yield events if rows is None else [events[row] for row in rows.tolist()]
        first += len(events)
