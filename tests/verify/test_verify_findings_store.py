"""Findings that are kept as bytes come back as they were, or not at all."""

from collections import Counter
from dataclasses import fields
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from clickgen.verify.proof.found import findings_store
from clickgen.verify.proof.found.findings import Copies, ObjectFindings, Witness, WitnessedCount
from clickgen.verify.proof.found.findings_store import from_bytes, to_bytes

counts = st.integers(0, 1 << 40)
words = st.text(st.characters(), max_size=12)  # lone surrogates too: names of files may have them
lanes = st.integers(0, 4095)
numbers = st.sets(st.integers(0, (1 << 38) - 1), max_size=8)
witnesses = st.builds(Witness, st.none() | words, st.none() | words, st.none() | counts, words)
tallies = st.builds(WitnessedCount, counts, st.lists(witnesses, max_size=3))


def copies(once: set[int], twice: set[int], more: dict[int, int]) -> Copies:
    made = Copies()
    made.once, made.twice, made.more = BitMap64(once), BitMap64(twice), more
    return made


of_type: dict[str, st.SearchStrategy[Any]] = {
    "lanes": st.dictionaries(
        lanes, st.builds(copies, numbers, numbers, st.dictionaries(counts, counts, max_size=3)), max_size=3
    ),
    "failed": st.dictionaries(lanes, st.builds(BitMap64, numbers), max_size=3),
    "dropped": st.dictionaries(lanes, st.builds(BitMap64, numbers), max_size=3),
    "damaged": st.dictionaries(lanes, st.builds(BitMap64, numbers), max_size=3),
    "other_runs": st.builds(Counter, st.dictionaries(words, counts, max_size=3)),
    "failed_codes": st.builds(Counter, st.dictionaries(words, counts, max_size=3)),
    "torn": st.builds(Counter, st.dictionaries(words, counts, max_size=3)),
    "alike": st.builds(Counter, st.dictionaries(counts, counts, max_size=3)),
    "alike_failed": st.builds(Counter, st.dictionaries(counts, counts, max_size=3)),
}


by_type: dict[type, st.SearchStrategy[Any]] = {
    str: words,
    int: counts,
    bool: st.booleans(),
    WitnessedCount: tallies,
}


def strategy(name: str) -> st.SearchStrategy[Any]:
    return of_type[name] if name in of_type else by_type[type(getattr(ObjectFindings("", 0, 0), name))]


findings = st.builds(ObjectFindings, **{field.name: strategy(field.name) for field in fields(ObjectFindings)})


def seen(found: ObjectFindings) -> dict[str, Any]:
    """Everything in the findings, as what can be compared."""
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    by_lane = found.lanes.items()
    return values | {"lanes": {lane: (held.once, held.twice, held.more) for lane, held in by_lane}}


@settings(max_examples=60)
@given(found=findings)
def test_findings_come_back_as_they_were(found: ObjectFindings) -> None:
    kept = from_bytes(to_bytes(found))
    assert kept is not None
    assert seen(kept) == seen(found)
    kept.alike_failed[5] += 1  # and are as alive as they were
    kept.failures.add(Witness(None, None, None))


@settings(max_examples=60)
@given(found=findings, at=st.integers(0), byte=st.integers(1, 255), cut=st.booleans())
def test_damaged_findings_do_not_come_back(found: ObjectFindings, at: int, byte: int, cut: bool) -> None:
    data = bytearray(to_bytes(found))
    at %= len(data)
    if cut:
        del data[at:]
    else:
        data[at] ^= byte
    assert from_bytes(bytes(data)) is None


def test_findings_of_another_version_do_not_come_back() -> None:
    kept = to_bytes(ObjectFindings("a", 1, 2))
    version = str(findings_store.VERSION).encode()
    assert version in kept[:20]
    assert from_bytes(kept.replace(b" " + version + b"\n", b" 999\n", 1)) is None
    assert from_bytes(b"") is None
