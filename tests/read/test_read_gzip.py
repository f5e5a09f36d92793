"""Opening: files, pipes and memory; gzip in all the ways it is found."""

import gzip
import io
import os
import random
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.read.objects import scan
from clickgen.read.open import open_chunks
from clickgen.read.pieces import Bad, BadKind, Fault, JsonObject

LINES = [b'{"n":%d,"r":"%x"}\n' % (n, random.Random(n).getrandbits(256)) for n in range(5000)]
PLAIN = b"".join(LINES)


def _split(chunks: Iterable[bytes | Fault]) -> tuple[bytes, list[Fault]]:
    parts: list[bytes] = []
    faults: list[Fault] = []
    for chunk in chunks:
        if isinstance(chunk, Fault):
            faults.append(chunk)
        else:
            parts.append(chunk)
    return b"".join(parts), faults


@pytest.mark.parametrize("packed", [PLAIN, gzip.compress(PLAIN)], ids=["plain", "gzip"])
def test_every_kind_of_source_gives_the_same_bytes(tmp_path: Path, packed: bytes) -> None:
    file = tmp_path / "no-extension"
    file.write_bytes(packed)
    pipe_out, pipe_in = os.pipe()
    os.write(pipe_in, packed[:60_000])
    os.close(pipe_in)
    with os.fdopen(pipe_out, "rb") as pipe:
        from_pipe, _ = _split(open_chunks(pipe))
    assert from_pipe
    assert PLAIN.startswith(from_pipe)
    for source in (
        file,
        str(file),
        packed,
        io.BytesIO(packed),
        (packed[at : at + 1] for at in range(len(packed))),
    ):
        assert _split(open_chunks(source)) == (PLAIN, [])


def test_a_pipe_gives_what_has_arrived() -> None:
    pipe_out, pipe_in = os.pipe()
    with os.fdopen(pipe_out, "rb") as pipe:
        chunks = open_chunks(pipe)
        os.write(pipe_in, b'{"a":1}\n')
        assert next(chunks) == b'{"a":1}\n'
        os.write(pipe_in, b'{"a":2}\n')
        assert next(chunks) == b'{"a":2}\n'
        os.close(pipe_in)
        assert list(chunks) == []


@pytest.mark.parametrize("block", [1000, 1 << 20])
@pytest.mark.parametrize("share", [0.0001, 0.3, 0.9])
def test_a_cut_object_gives_what_decodes_and_is_truncated_once(share: float, block: int) -> None:
    packed = gzip.compress(PLAIN)
    left = packed[: max(3, int(len(packed) * share))]
    pieces = list(scan(open_chunks(left[at : at + block] for at in range(0, len(left), block))))
    decoded = zlib.decompressobj(31).decompress(left)
    whole = [piece.data + b"\n" for piece in pieces if isinstance(piece, JsonObject)]
    damage = [piece for piece in pieces if isinstance(piece, Bad)]
    assert whole == LINES[: decoded.count(b"\n")]
    assert [piece.kind for piece in damage] == [BadKind.TRUNCATED]
    assert damage[0].reason.endswith("the gzip data is cut off: its end is missing")


def test_a_cut_between_two_objects_is_told_too() -> None:
    compressor = zlib.compressobj(wbits=31)
    packed = compressor.compress(b'{"a":1}\n') + compressor.flush(zlib.Z_SYNC_FLUSH)
    first, second = scan(open_chunks(packed))
    assert isinstance(first, JsonObject)
    assert second == Bad(BadKind.TRUNCATED, "the gzip data is cut off: its end is missing", b"", 0, 8, 2)


def test_bytes_behind_a_member_are_told_and_cost_nothing() -> None:
    data, faults = _split(open_chunks(gzip.compress(PLAIN) + b"trailing garbage"))
    assert data == PLAIN
    assert faults == [
        Fault(BadKind.GARBAGE, "bytes that are not gzip follow the gzip data", b"trailing garbage", 16)
    ]


def test_padding_of_zeros_is_no_fault() -> None:
    assert _split(open_chunks(gzip.compress(PLAIN) + bytes(5000))) == (PLAIN, [])


@pytest.mark.parametrize("block", [1, 777, 1 << 20])
def test_a_damaged_member_costs_its_rest_only(block: int) -> None:
    first, second = gzip.compress(b"".join(LINES[:100])), gzip.compress(b"".join(LINES[100:200]))
    broken = bytearray(first)
    broken[len(first) // 2] ^= 0xFF
    packed = bytes(broken) + b"junk" + second
    pieces = list(scan(open_chunks(packed[at : at + block] for at in range(0, len(packed), block))))
    good = [piece.data + b"\n" for piece in pieces if isinstance(piece, JsonObject)]
    damage = [piece for piece in pieces if isinstance(piece, Bad)]
    assert good[-100:] == LINES[100:200]
    assert len(good) >= 100 + 30
    assert any(piece.reason.startswith("the gzip data is damaged") for piece in damage)


def test_a_wrong_checksum_keeps_every_byte() -> None:
    packed = bytearray(gzip.compress(PLAIN))
    packed[-5] ^= 1
    data, faults = _split(open_chunks(bytes(packed)))
    assert data == PLAIN
    assert [fault.kind for fault in faults] == [BadKind.GARBAGE]


def test_chunks_stay_small_whatever_they_decompress_to() -> None:
    bomb = gzip.compress(bytes(30 << 20))
    sizes = [len(chunk) for chunk in open_chunks(bomb) if isinstance(chunk, bytes)]
    assert sum(sizes) == 30 << 20
    assert max(sizes) <= 1 << 20


def test_missing_and_unreadable_paths_are_told_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="no such file") as missing:
        list(open_chunks(tmp_path / "nothing"))
    assert missing.value.hint
    with pytest.raises(EnvironmentProblem, match="cannot read") as directory:
        list(open_chunks(tmp_path))
    assert directory.value.hint


def test_nothing_is_no_piece() -> None:
    assert list(scan(open_chunks(b""))) == []
    assert list(scan(open_chunks(b" \n\r\n"))) == []
    assert list(scan(open_chunks(gzip.compress(b"")))) == []
