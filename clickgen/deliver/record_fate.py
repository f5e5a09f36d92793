"""What is known of one record of a batch, from its attempts and the answers to them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clickgen.model.batch import Batch
from clickgen.model.outcome import Outcome, State


@dataclass(slots=True)
class RecordFate:
    """What is known of one record."""

    attempts: int = 0
    sent_ms: int = 0
    answered_ms: int = 0
    accepted: bool = False
    unanswered: bool = False
    refusal: tuple[str, str] | None = None

    @property
    def state(self) -> State:
        if self.accepted:
            return State.ACCEPTED
        if self.unanswered:
            return State.UNKNOWN
        return State.REJECTED if self.refusal else State.UNSENT


def outcomes_of(batch: Batch, fates: Sequence[RecordFate]) -> list[Outcome]:
    """The outcomes as ranges of event numbers; neighbours with the same state and fate are joined.

    A copy that is a record of its own has none: its attempts count for the event that it follows.
    """
    first, events = batch.first, batch.record_events
    joined: list[Outcome] = []
    for index, fate, attempts in _event_fates(events, fates):
        outcome = Outcome(
            batch.lane,
            first + events[index],
            first + events[index + 1],
            fate.state,
            attempts,
            fate.sent_ms,
            fate.answered_ms,
        )
        if joined and joined[-1][3:] == outcome[3:]:
            joined[-1] = joined[-1]._replace(end=outcome.end)
        else:
            joined.append(outcome)
    return joined


def _event_fates(events: Sequence[int], fates: Sequence[RecordFate]) -> Iterator[tuple[int, RecordFate, int]]:
    """The records that hold events: position, fate, and attempts, including those of copies that follow."""
    index = 0
    while index < len(fates):
        following = index + 1
        while following < len(fates) and events[following] == events[following + 1]:
            following += 1
        yield index, fates[index], max(fate.attempts for fate in fates[index:following])
        index = following
