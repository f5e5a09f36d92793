"""What a look at the layout found: misfits, warnings, sizes, partitions, and what small files cost."""

from dataclasses import asdict, dataclass, field
from typing import Any

EXAMPLES = 3


@dataclass(slots=True)
class Finding:
    """One kind of deviation."""

    what: str
    words: str
    misfit: bool  # it breaks a promise; else it is a warning, and may be intended
    count: int = 0  # how many objects it concerns
    examples: list[str] = field(default_factory=list)  # the first of them

    def add(self, example: str) -> None:
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large objects are."""

    objects: int
    bytes: int  # as stored, as are the three sizes
    smallest: int
    median: int
    largest: int
    ratio: float  # bytes before compression for each stored one, estimated from the objects that were looked into


@dataclass(frozen=True, slots=True)
class Partition:
    """A prefix up to its last slash, with what is directly in it."""

    prefix: str
    objects: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SmallFiles:
    """What objects under 128 MiB cost those who query them."""

    small: int
    merged: int  # how many objects of that size would do
    usd_a_scan: float  # of the GET requests that read every object once
    usd_a_month: float | None  # of the PUT requests in a month of such a stream, if a stream wrote the objects
    date: str  # of the prices


@dataclass(frozen=True, slots=True)
class LayoutReport:
    """What was found in a place."""

    run: str
    place: str
    prefix: str | None  # what keys are promised to begin with, if that is known
    findings: tuple[Finding, ...]
    sizes: Sizes
    partitions: tuple[Partition, ...]  # the largest
    partition_count: int
    error_objects: int
    looked_into: int  # how many objects
    small_files: SmallFiles | None

    @property
    def fits(self) -> bool:
        """Whether every promise is kept. A place without objects breaks none."""
        return not any(finding.misfit for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        document = asdict(self) | {"fits": self.fits}
        return document | {
            "partitions": {"count": document.pop("partition_count"), "largest": document["partitions"]}
        }
