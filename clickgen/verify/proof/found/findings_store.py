"""An object's findings as bytes, kept beside its tag so that it need not be read again."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from pyroaring import BitMap64
from xxhash import xxh3_128_digest

from clickgen.verify.proof.found.findings import Copies, ObjectFindings, Witness, WitnessedCount

# Raised whenever the form of these bytes, or what the scanner finds in an object, changes.
VERSION = 7
_MAGIC = b"clickgen findings %d\n" % VERSION
_DIGEST_BYTES = 16
_LENGTH_BYTES = 8
_NOTHING = ObjectFindings("", 0, 0)
_BY_LANE = {"lanes"}  # whose values are Copies, where those of other dictionaries are sets


def to_bytes(findings: ObjectFindings) -> bytes:
    """All of the findings, witnesses included; a few bytes per thousand events where their numbers are dense.

    Fields with the same value as in an object that holds nothing are left out: most fields of a million objects.
    """
    sets: list[bytes] = []
    held = ((field.name, getattr(findings, field.name)) for field in fields(findings))
    facts = {name: _plain(value, sets) for name, value in held if value != getattr(_NOTHING, name)}
    head = json.dumps({"facts": facts, "sets": [len(part) for part in sets]}).encode()
    body = b"".join([len(head).to_bytes(_LENGTH_BYTES, "big"), head, *sets])
    return _MAGIC + xxh3_128_digest(body) + body


def from_bytes(data: bytes) -> ObjectFindings | None:
    """The findings that these bytes say, or None if they are damaged, cut, or of another version."""
    body = data[len(_MAGIC) + _DIGEST_BYTES :]
    if not data.startswith(_MAGIC) or data[len(_MAGIC) : len(_MAGIC) + _DIGEST_BYTES] != xxh3_128_digest(body):
        return None
    at = _LENGTH_BYTES + int.from_bytes(body[:_LENGTH_BYTES], "big")
    head = json.loads(body[_LENGTH_BYTES:at])
    sets: list[BitMap64] = []
    for size in head["sets"]:
        sets.append(BitMap64.deserialize(body[at : at + size]))
        at += size
    findings = ObjectFindings("", 0, 0)
    for name, plain in head["facts"].items():
        setattr(findings, name, _MAKERS[type(getattr(findings, name)), name in _BY_LANE](plain, sets))
    return findings


def _plain(value: object, sets: list[bytes]) -> Any:
    """What JSON can say of a value; sets go into `sets`, and are replaced by their positions there."""
    if isinstance(value, str | int):
        return value
    if isinstance(value, WitnessedCount):
        return [value.count, value.witnesses]
    if isinstance(value, Counter):
        return list(value.items())
    if isinstance(value, dict):
        return [(lane, _plain(found, sets)) for lane, found in value.items()]
    if isinstance(value, Copies):
        return [_plain(value.once, sets), _plain(value.twice, sets), list(value.more.items())]
    if isinstance(value, BitMap64):
        sets.append(value.serialize())
        return len(sets) - 1
    raise TypeError(f"findings cannot hold {type(value).__name__}")


def _tally(plain: Any, _: list[BitMap64]) -> WitnessedCount:
    count, witnesses = plain
    return WitnessedCount(count, [Witness(*witness) for witness in witnesses])


def _counter(plain: Any, _: list[BitMap64]) -> Counter[Any]:
    return Counter(dict(plain))


def _copies_by_lane(plain: Any, sets: list[BitMap64]) -> dict[int, Copies]:
    by_lane = {}
    for lane, (once, twice, more) in plain:
        copies = by_lane[lane] = Copies()
        copies.once, copies.twice, copies.more = sets[once], sets[twice], dict(more)
    return by_lane


def _sets_by_lane(plain: Any, sets: list[BitMap64]) -> dict[int, BitMap64]:
    return {lane: sets[position] for lane, position in plain}


def _same(plain: Any, _: list[BitMap64]) -> Any:
    return plain


_MAKERS: dict[tuple[type, bool], Callable[[Any, list[BitMap64]], Any]] = {
    (str, False): _same,
    (int, False): _same,
    (bool, False): _same,
    (WitnessedCount, False): _tally,
    (Counter, False): _counter,
    (dict, True): _copies_by_lane,
    (dict, False): _sets_by_lane,
}
