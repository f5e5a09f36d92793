"""What became of the ids of a list, and what that proves."""

from dataclasses import dataclass

from clickgen.model.document import beside_document, document_of
from clickgen.verify.proof.compare.report import Verdict


@dataclass(frozen=True, slots=True)
class Sighting:
    """An event that should not be there, and the object that it is in."""

    id: str
    object: str


@dataclass(frozen=True, slots=True)
class IdsReport:
    """The ids of a list against the events of a place."""

    where: str
    field: str  # the field with the id, dots for nesting
    expected: int  # different ids of the list
    listed_again: int  # lines of the list that repeat an id
    found: int
    doubled: int  # ids that were found more than once
    copies: int  # events beyond the first of each id
    foreign: int  # events with an id that the list does not have
    without_id: int  # events without the field
    damaged: int  # pieces of objects that are not JSON objects
    unread: int  # objects that could not be read
    objects: int
    bytes: int
    exclusive: bool  # whether foreign events spoil the verdict
    missing_ids: tuple[str, ...]  # examples of each, the first that were met
    listed_again_ids: tuple[str, ...]
    doubled_ids: tuple[Sighting, ...]
    foreign_ids: tuple[Sighting, ...]
    unread_objects: tuple[str, ...]  # with the reasons
    fields: tuple[str, ...]  # of an event that has no such field
    text: str = beside_document("")  # what the command prints for people

    @property
    def missing(self) -> int:
        return self.expected - self.found

    @property
    def verdict(self) -> Verdict:
        """Nothing is lost for sure while an object was not read; an empty list proves nothing."""
        spoiled = bool(self.doubled or (self.exclusive and (self.foreign or self.without_id)))
        if self.expected == 0 or (self.unread and not spoiled):
            return Verdict.INCOMPLETE
        return Verdict.ANOMALOUS if spoiled or self.missing or self.damaged else Verdict.VERIFIED

    @property
    def ok(self) -> bool:
        """Whether the verdict is `verified`: every id of the list is there, once."""
        return self.verdict is Verdict.VERIFIED

    def to_json(self) -> dict[str, object]:
        """The document of `--json`."""
        return {"verdict": self.verdict.value, "missing": self.missing, **document_of(self)}
