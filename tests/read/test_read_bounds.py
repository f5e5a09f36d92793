"""Bytes that expand without measure, bzip2 and UTF-16: bounded in time and memory, and each event found."""

import bz2
import gzip
import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.read.objects import scan
from clickgen.read.open import ALWAYS_READ_BYTES, MAX_RATIO, bounded, open_chunks
from clickgen.read.pieces import Bad, BadKind, Fault, JsonObject
from clickgen.read.unzip import MAX_MEMBERS

LINES = b"".join(b'{"user":%d,"page":"/p/%d"}\n' % (n, n * n) for n in range(3000))


def read(data: bytes, size: int = 1 << 20) -> tuple[bytes, list[Fault]]:
    chunks = list(open_chunks(iter([data[at : at + size] for at in range(0, len(data), size)])))
    faults = [chunk for chunk in chunks if isinstance(chunk, Fault)]
    return b"".join(chunk for chunk in chunks if isinstance(chunk, bytes)), faults


def zipped(data: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("clicks.json", data)
    return archive.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zipped])
@pytest.mark.parametrize("byte", [b"\0", b" ", b"\n", b"{", b"a"])
def test_a_bomb_ends_soon_in_little_memory_and_says_why(pack: Callable[[bytes], bytes], byte: bytes) -> None:
    if byte not in b"\0 " and pack is not gzip.compress:
        pytest.skip("what it is filled with makes no difference to the container")
    bomb = pack(byte * (ALWAYS_READ_BYTES + (16 << 20)))
    tracemalloc.start()
    began = time.process_time()
    given = 0
    for chunk in open_chunks(bomb):
        last = chunk
        given += len(chunk) if isinstance(chunk, bytes) else 0
    assert time.process_time() - began < 5
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()
    assert isinstance(last, Fault)
    assert last.rest_unread
    assert last.reason.endswith(f"expand to more than {MAX_RATIO} times as many: not read on")
    assert given <= ALWAYS_READ_BYTES + (1 << 20)


def test_the_bound_is_a_ratio_beyond_what_is_always_read() -> None:
    def expand(stored: int, given: int) -> list[Fault]:
        mebibyte = bytes(1 << 20)
        chunks = bounded(lambda blocks: (mebibyte for _ in range(given) if list(blocks) or True), [bytes(stored)])
        return [chunk for chunk in chunks if isinstance(chunk, Fault)]

    always = ALWAYS_READ_BYTES >> 20
    assert expand(1, always) == []
    assert len(expand(1, always + 1)) == 1
    assert expand((1 << 20) * 100 // MAX_RATIO, 100) == []
    assert len(expand((1 << 20) * 100 // MAX_RATIO - 1, 100)) == 1


def test_a_zip_of_very_many_files_is_read_up_to_a_bound() -> None:
    # name and data of no length
    empty = b"PK\x03\x04" + b"\x14\0\0\0\0\0" + bytes(4) + bytes(12) + bytes(4)
    data, faults = read(empty * MAX_MEMBERS + b"PK\x05\x06" + bytes(18))
    assert (data, faults) == (b"", [])
    began = time.process_time()
    data, (fault,) = read(empty * (4 * MAX_MEMBERS))
    assert time.process_time() - began < 5
    assert (fault.rest_unread, fault.reason) == (True, f"more than {MAX_MEMBERS:,} files in the zip: not read on")


@given(st.integers(1, 5000), st.booleans())
def test_bzip2_is_read_in_whatever_pieces_it_comes(size: int, several: bool) -> None:
    half = LINES.index(b"\n", len(LINES) // 2) + 1
    packed = bz2.compress(LINES[:half]) + bz2.compress(LINES[half:]) if several else bz2.compress(LINES)
    assert read(packed, size) == (LINES, [])
    assert read(packed + bytes(10), size) == (LINES, [])


def test_damaged_bzip2_gives_its_whole_blocks_and_a_fault() -> None:
    packed = bz2.compress(LINES)
    first = bz2.compress(b'{"a":1}\n')
    assert [fault.kind for fault in read(first + packed[:-5])[1]] == [BadKind.TRUNCATED]
    damaged = bytearray(packed)
    damaged[len(packed) // 2] ^= 1
    data, (fault,) = read(first + bytes(damaged))
    assert data.startswith(b'{"a":1}\n')
    assert (fault.kind, "damaged" in fault.reason) == (BadKind.GARBAGE, True)
    data, (fault,) = read(packed + b"junk behind it")
    assert (data, fault.size) == (LINES, 14)
    assert read(bz2.compress(b"")) == (b"", [])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("size", [1, 3, 1 << 20])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_wide_text_becomes_utf_8(encoding: str, size: int, pack: Callable[[bytes], bytes]) -> None:
    text = '{"a":1,"b":"é😀"}\n' * 30
    data, faults = read(pack(text.encode(encoding)), size)
    assert (data.decode().removeprefix("\ufeff"), faults) == (text, [])
    pieces = list(scan(open_chunks(pack(text.encode(encoding)))))
    assert [piece.value for piece in pieces if isinstance(piece, JsonObject)] == [{"a": 1, "b": "é😀"}] * 30
    assert len(pieces) == 30


def test_wide_text_that_is_cut_or_damaged_says_so() -> None:
    wide = '{"a":1}\n{"b":"xyz"}\n'.encode("utf-16-le")
    _, (fault,) = read(wide[:-1])
    assert (fault.kind, "UTF-16-LE" in fault.reason) == (BadKind.TRUNCATED, True)
    damaged = wide[:16] + b"\x00\xdc" + wide[18:]  # half of a pair
    pieces = list(scan(open_chunks(damaged)))
    assert [type(piece) for piece in pieces] == [JsonObject, Bad]


@pytest.mark.parametrize(
    "text", [b'{"a":1}', b"[1]", b"{", b'{"', b"\xff", b"\0", b"\0\0\0", b"\xfe", b"[]", b"{}"]
)
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_narrow_text_stays_as_it_is(text: bytes, size: int) -> None:
    assert read(text, size) == (text, [])


def test_of_a_pipe_the_first_event_is_given_before_more_comes() -> None:
    def pipe() -> Iterator[bytes]:
        yield b'{"'
        yield b'a":1}\n'
        raise AssertionError("asked for more than the first event takes")

    chunks = open_chunks(pipe())
    assert next(chunks) + next(chunks) == b'{"a":1}\n'  # type: ignore[operator]
