"""Scanning the objects of a place, some at a time, in this process or in another one."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from clickgen.read.formats import PARQUET, Format, format_of
from clickgen.read.open import open_chunks
from clickgen.read.pieces import Fault
from clickgen.verify.landings.objects.place import (
    ObjectChanged,
    ObjectPlace,
    ObjectUnread,
    ObjectUnreadable,
    Stored,
)
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.found.findings_store import to_bytes
from clickgen.verify.proof.scan.event_classifier import Content
from clickgen.verify.proof.scan.planted_lines import PlantedLines
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern
from clickgen.verify.proof.scan.scan import scan_object

_GROUP_OBJECTS = 256
GROUP_BYTES = 8 << 20


class Scanned(NamedTuple):
    """What came of scanning an object: its findings as bytes; None where it changed, or could not be read.

    unread: why it could not be. lasting: whether that will stay so.
    """

    stored: Stored
    findings: bytes | None
    unread: str = ""
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class ObjectScanner:
    """Reads objects of a place into findings; it can cross to another process."""

    place: ObjectPlace
    marks: RunIdPattern
    ids_only: bool
    planted: PlantedLines | None = None
    content: Content | None = None

    def scan(self, stored: Stored, findings: ObjectFindings) -> None:
        """Add to `findings` what an object holds; raises as `ObjectPlace.read` does.

        ObjectUnreadable, too, where it is of a format that is not read, as text it would seem to be damage; and
        where it expands without measure.
        """
        scan_object(
            self._readable(stored),
            self.marks,
            findings,
            ids_only=self.ids_only,
            planted=self.planted,
            content=self.content,
        )
        if findings.unread:
            raise ObjectUnreadable(findings.unread)

    def _readable(self, stored: Stored) -> Iterator[bytes | Fault]:
        chunks = open_chunks(self.place.read(stored))
        first = next(chunks, b"")
        found = format_of(first) if isinstance(first, bytes) else None
        if found is not None:
            raise ObjectUnreadable(f"it is {found.name}; {self._reads(found)}")
        for chunk in chain([first], chunks):
            if isinstance(chunk, Fault) and chunk.rest_unread:
                raise ObjectUnreadable(f"{chunk.reason}; if it holds events, unpack it and look there with --at")
            yield chunk

    def _reads(self, found: Format) -> str:
        """What reads an object of this format."""
        if found is PARQUET:
            return f"it is read by: clickgen verify parquet delivery {self.marks.run} --at {self.place.name}"
        if found.unpack:
            return f"unpack it ({found.unpack}), and look there with --at"
        return "it is read by no command of clickgen"

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
            return Scanned(stored, None, problem.message, isinstance(problem, ObjectUnreadable))
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
