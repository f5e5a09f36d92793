"""What is known of one record of a batch, from its attempts and the answers to them."""

from dataclasses import dataclass

from clickgen.model.outcome import State


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
