"""Places that are filled by way of a transform: what the events there are compared with."""

from clickgen.feed.layouts import is_text
from clickgen.feed.regenerated_events import RegeneratedEvents
from clickgen.model.errors import UsageProblem
from clickgen.verify.landings.station import Rewritten
from clickgen.verify.proof.content.expectations import Expectations
from clickgen.verify.proof.content.rules import Rules
from clickgen.verify.proof.found.landing import Landing
from clickgen.verify.proof.run_under_test import RunUnderTest


def expectations_of(station: Rewritten, run: RunUnderTest) -> Expectations | None:
    """What rewritten events are compared with, or None if their fields are not compared.

    Raises UsageProblem for rules that contradict each other, and if what was sent cannot be made again.
    """
    if station.content != "fields":
        return None
    if is_text(run.plan):
        raise UsageProblem(
            f"the events of run {run.plan.run} are lines of text, which have no fields",
            "compare check bits (--content check), or ids only (--content ids)",
        )
    sent = RegeneratedEvents(run.folder.path, run.plan)
    sent.check()
    renamed = tuple(station.renamed.items())
    return Expectations(sent, Rules(tuple(station.added), tuple(station.dropped), renamed, station.loose_types))


def behind_its_transform(station: Rewritten, run: RunUnderTest, landing: Landing) -> Landing:
    """The place, or the place as one that only holds what could be parsed: events that arrive rewritten were."""
    return landing if station.content == "check" else run.behind_a_parser(landing)
