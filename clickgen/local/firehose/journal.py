"""The journal of a spool: where its records go, and an entry for each put with the lengths of its records.

The first line is JSON (`SpoolPlace`). An entry is a fixed part, little-endian (bytes u32, records u32, bytes of
notes u32, arrival in epoch milliseconds u64, origin u64, xxh3-64 of the data seeded with that of what follows),
then the length of each record (u32), then the notes. Journals of the first format have entries of 16 bytes
(bytes u32, records u32, xxh3-64), without lengths; they stay readable.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

import orjson
from xxhash import xxh3_64_intdigest

from clickgen.local.firehose.compression import COMPRESSION_FORMATS, CompressionFormat
from clickgen.local.platform.inside import is_bucket, is_key

_FORMAT = 2
_FIRST_FORMAT = struct.Struct("<IIQ")
_ENTRY = struct.Struct("<IIIQQQ")
_LENGTH_BYTES = 4

Content = Literal["records", "backup", "errors"]


@dataclass(frozen=True)
class SpoolPlace:
    """Where the records of one spool go.

    content: what the records are: those to deliver, the backup of a source, or lines about failed records.
    failed_key: where what tells of records goes that cannot be delivered as they should, or None if all can.
    """

    bucket: str
    key: str
    compression: CompressionFormat = "UNCOMPRESSED"
    content: Content = "records"
    failed_key: str | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """One put as its journal entry describes it.

    size: bytes of data.
    records: how many records they are.
    digest: the checksum of the data, to be computed with `seed`.
    arrived: epoch milliseconds, 0 in journals of the first format.
    origin: the number of the incoming spool that these records were made from, 0 for none.
    lengths: of each record; empty in journals of the first format.
    notes: what the source says of the records, as JSON; empty if it says nothing.
    """

    size: int
    records: int
    digest: int
    seed: int
    arrived: int
    origin: int
    lengths: Sequence[int]
    notes: bytes

    @property
    def entry_bytes(self) -> int:
        """The length of its entry, which is not of the first format."""
        return _ENTRY.size + _LENGTH_BYTES * self.records + len(self.notes)

    def is_intact(self, data: bytes) -> bool:
        """Whether these are the bytes that were put."""
        return xxh3_64_intdigest(data, self.seed) == self.digest

    def split(self, data: bytes) -> list[bytes]:
        """The records in the data of this put; all of it as one where their lengths are not known."""
        if not self.lengths:
            return [data]
        records, start = [], 0
        for length in self.lengths:
            records.append(data[start : start + length])
            start += length
        return records


def header_of(place: SpoolPlace) -> bytes:
    """The first line of a journal."""
    return orjson.dumps({"format": _FORMAT, **asdict(place)}) + b"\n"


def read_header(line: bytes) -> tuple[SpoolPlace, int] | None:
    """Where a journal's records go and its format; None if that is not a place in a lake, whoever wrote it."""
    try:
        members = orjson.loads(line)
        written = members.pop("format", 1)
        if written == 1:
            members["compression"] = "GZIP" if members.pop("gzip") is True else "UNCOMPRESSED"
        place = SpoolPlace(**members)
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
        return None
    keys = [place.key] if place.failed_key is None else [place.key, place.failed_key]
    known = place.compression in COMPRESSION_FORMATS and place.content in get_args(Content)
    sane = is_bucket(place.bucket) and all(map(is_key, keys)) and known
    return (place, written) if sane and written in {1, _FORMAT} else None


def entry_of(payload: bytes, lengths: Sequence[int], arrived: int, origin: int, notes: bytes) -> bytes:
    """The entry of one put."""
    tail = struct.pack(f"<{len(lengths)}I", *lengths) + notes
    digest = xxh3_64_intdigest(payload, xxh3_64_intdigest(tail))
    return _ENTRY.pack(len(payload), len(lengths), len(notes), arrived, origin, digest) + tail


def entries_in(content: bytes, written: int) -> Iterator[Put]:
    """The whole entries of a journal behind its first line; a torn one at the end was promised to nobody."""
    if written == 1:
        whole = len(content) - len(content) % _FIRST_FORMAT.size
        for size, records, digest in _FIRST_FORMAT.iter_unpack(content[:whole]):
            yield Put(size, records, digest, 0, 0, 0, (), b"")
        return
    view, at = memoryview(content), 0
    while at + _ENTRY.size <= len(content):
        size, records, notes_size, arrived, origin, digest = _ENTRY.unpack_from(content, at)
        at += _ENTRY.size
        notes_start = at + _LENGTH_BYTES * records
        end = notes_start + notes_size
        if end > len(content):
            return
        lengths = view[at:notes_start].cast("I")
        seed = xxh3_64_intdigest(view[at:end])
        yield Put(size, records, digest, seed, arrived, origin, lengths, bytes(view[notes_start:end]))
        at = end
