"""Spools keep where records begin and what is known of them, and read what earlier versions wrote."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.local.firehose.journal import SpoolPlace
from clickgen.local.firehose.objects import Delivered, deliver
from clickgen.local.firehose.spool import Spool, SpoolWriter, data_of
from clickgen.local.platform.lake import Lake

PLACE = SpoolPlace("bucket", "2026/03/07/04/object")
PUTS = st.lists(
    st.tuples(st.lists(st.binary(max_size=9), min_size=1, max_size=5), st.binary(max_size=7)), max_size=6
)
FIRST_FORMAT = (
    b'{"bucket":"bucket","key":"2026/03/07/04/object","gzip":false}\n'
    b"\r\x00\x00\x00\x02\x00\x00\x00R\xfbWKh\x99\xae\xee"
    b"\x06\x00\x00\x00\x01\x00\x00\x00\x1e\xd6cq'\x15m\xee"
)
"""A journal as the version before record boundaries wrote it, for `first\\nsecond\\n` and `third\\n`."""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("spool") / "lake")
    lake.hold()
    return lake


def write(folder: Path, puts: list[tuple[list[bytes], bytes]]) -> Spool:
    writer = SpoolWriter(folder, 1, PLACE)
    for number, (records, notes) in enumerate(puts):
        writer.append(b"".join(records), list(map(len, records)), arrived=number, origin=7, notes=notes)
    writer.close()
    return writer.spool


@given(PUTS, st.integers(0, 400))
def test_records_come_back_as_they_were_put(
    tmp_path_factory: pytest.TempPathFactory, puts: list[tuple[list[bytes], bytes]], torn: int
) -> None:
    """Whatever a kill cut off the journal: the puts whose entry is whole, and no other."""
    spool = write(tmp_path_factory.mktemp("puts"), puts)
    whole = spool.journal.read_bytes()
    header = len(whole.partition(b"\n")[0]) + 1
    cut = max(header, len(whole) - torn)
    with spool.journal.open("rb+") as journal:
        journal.truncate(cut)
    contents = spool.read(verify=True)
    assert contents.damage is None
    read = [
        (put.split(data), put.notes, put.arrived, put.origin) for put, data in data_of(spool.data, contents.puts)
    ]
    assert read == [(records, notes, number, 7) for number, (records, notes) in enumerate(puts[: len(read)])]
    assert (len(read) == len(puts)) == (cut == len(whole))


def test_a_flipped_length_is_damage(tmp_path: Path) -> None:
    spool = write(tmp_path, [([b"one", b"two"], b""), ([b"four"], b"")])
    journal = bytearray(spool.journal.read_bytes())
    journal[-4] ^= 1  # the length of the last record
    spool.journal.write_bytes(journal)
    contents = spool.read(verify=True)
    assert (contents.records, contents.size) == (2, 6)
    assert contents.damage is not None


@pytest.mark.parametrize("packed", [False, True])
def test_a_spool_of_the_first_format_is_delivered(lake: Lake, tmp_path: Path, packed: bool) -> None:
    spool = Spool(tmp_path, 3)
    key = f"{tmp_path.name}/object"
    journal = FIRST_FORMAT.replace(b"2026/03/07/04/object", key.encode())
    spool.journal.write_bytes(journal.replace(b"false", b"true") if packed else journal)
    spool.data.write_bytes(b"first\nsecond\nthird\ntorn")
    assert deliver(spool, lake.root, lake.aside, verify=True) == Delivered(1, 3)
    content = (lake.root / "bucket" / key).read_bytes()
    assert content.startswith(b"\x1f\x8b") if packed else content == b"first\nsecond\nthird\n"
