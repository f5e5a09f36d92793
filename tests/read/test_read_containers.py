"""Zip, and Snappy in its three framings, seen from the bytes: whole, cut, damaged, and with more behind them."""

import io
import random
import zipfile
from collections.abc import Callable, Iterator

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.read.open import open_chunks
from clickgen.read.pieces import BadKind, Fault

LINES = [b'{"n":%d,"r":"%x"}\n' % (n, random.Random(n).getrandbits(256)) for n in range(3000)]
PLAIN = b"".join(LINES)
BLOCK = 32 << 10


class Pipe(io.BytesIO):
    """What cannot be gone back in, so that a zip is written with its sizes behind the data, as by Firehose."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation


def zipped(data: bytes, files: int = 1, method: int = zipfile.ZIP_DEFLATED, *, into: type = io.BytesIO) -> bytes:
    file = into()
    size = len(data) // files + 1
    with zipfile.ZipFile(file, "w", method) as archive:
        for number in range(files):
            archive.writestr(f"part-{number}.json", data[number * size : (number + 1) * size])
    return bytes(file.getvalue())


def number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def raw(data: bytes) -> bytes:
    chunk = bytes(cramjam.snappy.compress_raw(data))
    return number(len(chunk)) + chunk


def blocks(data: bytes, size: int = BLOCK) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def hadoop(data: bytes) -> bytes:
    return b"".join(
        number(len(block)) + b"".join(raw(part) for part in blocks(block)) for block in blocks(data, 3 * BLOCK)
    )


def java(data: bytes) -> bytes:
    return b"\x82SNAPPY\0" + number(1) + number(1) + b"".join(raw(block) for block in blocks(data))


def framed(data: bytes) -> bytes:
    return bytes(cramjam.snappy.compress(data))


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "zip": zipped,
    "zip from a pipe": lambda data: zipped(data, into=Pipe),
    "zip of several": lambda data: zipped(data, 3, into=Pipe),
    "zip of stored": lambda data: zipped(data, 2, zipfile.ZIP_STORED),
    "hadoop": hadoop,
    "java": java,
    "framed": framed,
}
of_each = pytest.mark.parametrize("name", PACKED)


def read(data: bytes, sizes: tuple[int, ...] = (1 << 20,)) -> tuple[bytes, list[Fault]]:
    chunks: list[bytes] = []
    faults: list[Fault] = []
    for chunk in open_chunks(_cut(data, sizes)):
        if isinstance(chunk, Fault):
            faults.append(chunk)
        else:
            chunks.append(chunk)
    assert all(len(chunk) <= 1 << 20 for chunk in chunks)
    return b"".join(chunks), faults


def _cut(data: bytes, sizes: tuple[int, ...]) -> Iterator[bytes]:
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        yield data[at : at + size]
        at, turn = at + size, turn + 1


@of_each
@pytest.mark.parametrize("sizes", [(1 << 20,), (1,), (7, 40_000)], ids=str)
def test_what_was_packed_is_read(name: str, sizes: tuple[int, ...]) -> None:
    assert read(PACKED[name](PLAIN), sizes) == (PLAIN, [])


@of_each
@settings(max_examples=12)
@given(share=st.floats(0.001, 0.999))
def test_what_is_cut_gives_a_beginning_and_one_fault(name: str, share: float) -> None:
    packed = PACKED[name](PLAIN)
    data, faults = read(packed[: max(14, int(len(packed) * share))])
    assert PLAIN.startswith(data)
    assert len(data) >= share * len(PLAIN) - 3 * BLOCK
    ends_at_a_block = data == PLAIN or (not faults and len(data) % BLOCK == 0)
    assert ends_at_a_block or [fault.kind for fault in faults] == [BadKind.TRUNCATED]


@of_each
@settings(max_examples=12)
@given(at=st.integers(14, 1 << 30), bit=st.integers(0, 7), behind=st.sampled_from([b"", b"not packed at all"]))
def test_damage_never_goes_unseen_where_there_is_a_checksum(name: str, at: int, bit: int, behind: bytes) -> None:
    packed = bytearray(PACKED[name](PLAIN))
    packed[at % len(packed)] ^= 1 << bit
    data, faults = read(bytes(packed) + behind)
    if "zip" in name or name == "framed":
        assert data == PLAIN or faults
    if behind:
        assert faults


@pytest.mark.parametrize("name", ["hadoop", "java", "framed"])
def test_a_damaged_block_costs_itself_only(name: str) -> None:
    packed = bytearray(PACKED[name](PLAIN))
    second = packed.index(b"\n", len(packed) // 3)
    packed[second : second + 40] = b"\xff" * 40
    data, faults = read(bytes(packed))
    assert [fault.kind for fault in faults] == [BadKind.GARBAGE]
    assert faults[0].reason.startswith("the Snappy data is damaged")
    assert len(data) >= len(PLAIN) - 2 * BLOCK
    assert data.endswith(LINES[-1])


def test_a_damaged_file_in_a_zip_costs_its_rest_only() -> None:
    packed = bytearray(zipped(PLAIN, 3))
    packed[len(packed) // 2] ^= 0xFF
    data, faults = read(bytes(packed))
    assert [fault.kind for fault in faults] == [BadKind.GARBAGE]
    assert data.startswith(PLAIN[: len(PLAIN) // 3])
    assert data.endswith(b"".join(LINES[-900:]))


@pytest.mark.parametrize("behind", [b"", bytes(700)], ids=["nothing", "padding"])
def test_an_archive_without_files_is_empty(behind: bytes) -> None:
    assert read(_empty() + behind) == (b"", [])


def _empty() -> bytes:
    file = io.BytesIO()
    zipfile.ZipFile(file, "w").close()
    return file.getvalue()


def test_what_cannot_be_read_in_a_zip_is_told_and_passed_over() -> None:
    odd = zipped(b"".join(LINES[:50]), method=zipfile.ZIP_LZMA)
    good = zipped(PLAIN)
    data, faults = read(odd[: odd.index(b"PK\x01\x02")] + good)
    assert data == PLAIN
    assert [fault.reason for fault in faults] == [
        "a file in the zip is compressed by method 14, which is not read"
    ]
    locked = bytearray(good)
    locked[6] |= 1
    assert [fault.reason for fault in read(bytes(locked))[1]] == ["a file in the zip is encrypted"]


def test_a_bomb_is_refused_and_small_chunks_stay_small() -> None:
    bomb = number(1 << 20) + number(20) + b"\xff\xff\xff\xff\x0f" + bytes(15)
    assert read(number(1 << 20) + raw(bytes(1 << 20)) + bomb)[1]
    assert read(b"\x82SNAPPY\0" + number(1) + number(1) + bomb[4:])[1]


def test_text_is_never_taken_for_a_container() -> None:
    for text in (b"PK", b"P", b"\x82", b"\0{\0", b"\0\0\0\1", b"BZh", b"BZh9 is text", b"{", b"\x1f"):
        assert read(text, (1,)) == (text, [])
