"""What Firehose could not load into a warehouse: the objects that its manifests list, and the events in them.

When a COPY fails until its time is up, Firehose leaves the object in its bucket and lists it in a manifest below
`errors/`, from which it can be loaded later. An event in such an object has failed, unless the table has it.
"""

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

import orjson
from pyroaring import BitMap64

from clickgen.feed.layouts import is_text
from clickgen.ledger.claims import landed_since_ms
from clickgen.ledger.reader import read_claims
from clickgen.verify.landings.objects.place import ObjectChanged, ObjectUnread, Stored
from clickgen.verify.landings.objects.prefix import shortest, static_prefix
from clickgen.verify.landings.objects.scanner import ObjectScanner
from clickgen.verify.landings.objects.search_scope import SearchScope
from clickgen.verify.proof.compare.witnesses import masked_id
from clickgen.verify.proof.found.findings import WITNESSES, ObjectFindings, Witness
from clickgen.verify.proof.found.landing import Landing
from clickgen.verify.proof.run_under_test import RunUnderTest
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern

COPY_FAILED = "Redshift.CopyFailed"
"""What is shown as the error code, since manifests name none."""

_FOLDER = "errors/"
_MAX_MANIFEST_BYTES = 16 << 20  # an entry has at most a kilobyte, and a COPY some hundred objects


class FailedCopies(Landing):
    """The events in the objects that the manifests of a stream list. Each look reads new manifests only."""

    def __init__(self, staging: SearchScope, run: RunUnderTest, reasons: Callable[[], Mapping[str, str]]) -> None:
        """staging: where the stream loads from. reasons: gives, by s3://bucket/key, why objects were not loaded.

        Raises ValueError for a place that is not a stream's.
        """
        place, stream = staging.place, staging.stream
        if stream is None:
            raise ValueError("only a stream leaves manifests")
        self.name = place.name
        self.buffer_seconds = stream.buffer_seconds
        self.content_checked = False
        self._run = run
        self._reasons = reasons
        self._place = place
        self._bucket = stream.bucket
        self._prefixes = shortest([f"{static_prefix(stream.prefix)}{_FOLDER}", _FOLDER])
        marks = RunIdPattern(run.plan.run, run.plan.id_field, text=is_text(run.plan))
        self._scanner = ObjectScanner(place, marks, ids_only=True)
        self._seen: dict[Stored, ObjectFindings] = {}  # by the object that is listed

    def look(self, _now_ms: int) -> Iterator[ObjectFindings]:
        """What is in the objects that are listed by now."""
        fresh: list[Stored] = []
        earliest_ms = landed_since_ms(self._run.plan, read_claims(self._run.folder, self._run.plan))
        for manifest in self._place.objects(self._prefixes):
            if manifest.landed_ms >= earliest_ms and manifest.size <= _MAX_MANIFEST_BYTES:
                fresh += [stored for stored in self._listed(manifest) if stored not in self._seen]
        reasons = self._reasons() if fresh else {}
        for stored in fresh:
            reason = reasons.get(f"s3://{self._bucket}/{stored.key}")
            self._seen[stored] = self._failed(
                stored, COPY_FAILED if reason is None else f"{COPY_FAILED}: {reason}"
            )
        return iter(sorted(self._seen.values(), key=lambda found: found.landed_ms))

    def _listed(self, manifest: Stored) -> Iterator[Stored]:
        """The objects of this bucket that a manifest lists and that are still there."""
        try:
            entries = orjson.loads(b"".join(self._place.read(manifest)))["entries"]
            urls = [str(entry["url"]) for entry in entries]
        except (ObjectChanged, ObjectUnread, orjson.JSONDecodeError, KeyError, TypeError):
            return  # something else is below this prefix, or what is written there is not finished
        for url in urls:
            bucket, _, key = url.removeprefix("s3://").partition("/")
            if bucket != self._bucket:
                continue
            for name in dict.fromkeys((key, unquote(key))):
                yield from (stored for stored in self._place.objects([name]) if stored.key == name)

    def _failed(self, stored: Stored, why: str) -> ObjectFindings:
        """The findings of an object, with its intact events as failed ones."""
        found = ObjectFindings(stored.key, stored.landed_ms, stored.size)
        try:
            self._scanner.scan(stored, found)
        except ObjectChanged:
            return found
        except ObjectUnread as problem:
            return ObjectFindings(stored.key, stored.landed_ms, stored.size, unread=problem.message)
        for lane, copies in found.lanes.items():
            for number, _ in zip(copies.once, range(WITNESSES), strict=False):
                identity = masked_id(self._run.plan.run, lane, number)
                found.failures.add(Witness(identity, stored.key, None, why), count=0)
            found.failures.count += len(copies.once)
            found.failed_codes[COPY_FAILED] += len(copies.once)
            found.failed[lane] = found.failed.get(lane, BitMap64()) | copies.once
        found.lanes = {}
        return found
