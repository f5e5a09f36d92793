"""What a look at the layout found: misfits, warnings, sizes, partitions, and what small files cost."""

from dataclasses import asdict, dataclass, field
from typing import Any

EXAMPLES = 3


@dataclass(slots=True)
class Finding:
    """One kind of thing that is off. misfit: it breaks a promise; else it is a warning, and may well be meant.

    count: how many objects it concerns, of which `examples` are the first.
    """

    what: str
    words: str
    misfit: bool
    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, example: str) -> None:
        """Count one more."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes as stored, and before compression as estimated from the objects that were looked into."""

    objects: int
    bytes: int
    smallest: int
    median: int
    largest: int
    ratio: float


@dataclass(frozen=True, slots=True)
class Partition:
    """A prefix up to its last slash, with what lies right under it."""

    prefix: str
    objects: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SmallFiles:
    """What objects under 128 MiB cost whoever queries them. merged: how many objects of that size would do.

    usd_a_scan: of the GET requests that read every object once. usd_a_month: of the PUT requests that a month of
    such a stream makes; None where no stream wrote the objects. date: of the prices.
    """

    small: int
    merged: int
    usd_a_scan: float
    usd_a_month: float | None
    date: str


@dataclass(frozen=True, slots=True)
class LayoutReport:
    """What was found in a place. prefix: what keys are promised to begin with; None where that is not known."""

    run: str
    place: str
    prefix: str | None
    findings: tuple[Finding, ...]
    sizes: Sizes
    partitions: tuple[Partition, ...]
    partition_count: int
    error_objects: int
    looked_into: int
    small_files: SmallFiles | None

    @property
    def fits(self) -> bool:
        """Whether every promise is kept. A place without objects breaks none."""
        return not any(finding.misfit for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The document that --json prints."""
        return {
            "run": self.run,
            "place": self.place,
            "prefix": self.prefix,
            "fits": self.fits,
            "findings": [asdict(finding) for finding in self.findings],
            "sizes": asdict(self.sizes),
            "partitions": {
                "count": self.partition_count,
                "largest": [asdict(partition) for partition in self.partitions],
            },
            "error_objects": self.error_objects,
            "looked_into": self.looked_into,
            "small_files": None if self.small_files is None else asdict(self.small_files),
        }
