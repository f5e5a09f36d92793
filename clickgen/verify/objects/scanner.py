"""Scanning the objects of a place, some at a time, in this process or in another one."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from clickgen.read.open import open_chunks
from clickgen.verify.objects.place import ObjectChanged, ObjectUnread, Place, Stored
from clickgen.verify.scan.findings import ObjectFindings
from clickgen.verify.scan.findings_store import to_bytes
from clickgen.verify.scan.judge import Content
from clickgen.verify.scan.marks import Marks
from clickgen.verify.scan.planted_lines import PlantedLines
from clickgen.verify.scan.scan import scan_object

_PARQUET = b"PAR1"  # the format's first bytes: its README, "File format"
_GROUP_OBJECTS = 256
GROUP_BYTES = 8 << 20


class Scanned(NamedTuple):
    """What came of scanning an object: its findings as bytes; None where it changed, or could not be read.

    unread: why it could not be.
    """

    stored: Stored
    findings: bytes | None
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Scanner:
    """Reads objects of a place into findings; it can cross to another process."""

    place: Place
    marks: Marks
    ids_only: bool
    planted: PlantedLines | None = None
    content: Content | None = None

    def scan(self, stored: Stored, findings: ObjectFindings) -> None:
        """Add to `findings` what an object holds; raises as `Place.read` does.

        ObjectUnread, too, where it is a table in columns: as text it would seem to be damage.
        """
        chunks = open_chunks(self.place.read(stored))
        first = next(chunks, b"")
        if isinstance(first, bytes) and first.startswith(_PARQUET):
            raise ObjectUnread("it is Parquet", "look with: clickgen verify parquet delivery --at PLACE")
        whole = chain([first], chunks)
        scan_object(
            whole, self.marks, findings, ids_only=self.ids_only, planted=self.planted, content=self.content
        )

    def scan_group(self, group: Sequence[Stored]) -> list[Scanned]:
        """Scan these, several at once where reading mostly waits."""
        if self.place.connections == 1 or len(group) == 1:
            return [self._scanned(stored) for stored in group]
        with ThreadPoolExecutor(self.place.connections) as executor:
            return list(executor.map(self._scanned, group))

    def _scanned(self, stored: Stored) -> Scanned:
        findings = ObjectFindings(stored.key, stored.landed_ms, stored.size)
        try:
            self.scan(stored, findings)
        except ObjectChanged:
            return Scanned(stored, None)
        except ObjectUnread as problem:
            return Scanned(stored, None, problem.message)
        return Scanned(stored, to_bytes(findings))


def grouped(objects: Iterable[Stored]) -> Iterator[list[Stored]]:
    """The objects in groups that are worth handing over: one that is large, or many that are small."""
    group: list[Stored] = []
    size = 0
    for stored in objects:
        group.append(stored)
        size += stored.size
        if size >= GROUP_BYTES or len(group) == _GROUP_OBJECTS:
            yield group
            group, size = [], 0
    if group:
        yield group
