"""Objects in every compression format, read by the reader that verifies deliveries."""

import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.local.firehose.compression import CompressionFormat, compressed, encoding_of
from clickgen.read.snappy import read_hadoop, read_java


def packed(compression: CompressionFormat, chunks: list[bytes]) -> bytes:
    file = io.BytesIO()
    with compressed(compression, file) as sink:
        for chunk in chunks:
            assert sink.write(chunk) == len(chunk)
    return file.getvalue()


def unpacked(compression: CompressionFormat, content: bytes) -> bytes:
    if compression == "GZIP":
        return gzip.decompress(content)
    if compression == "ZIP":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (entry,) = archive.infolist()
            assert entry.compress_type == zipfile.ZIP_DEFLATED
            return archive.read(entry)
    if compression == "UNCOMPRESSED":
        return content
    parts = list((read_java if compression == "Snappy" else read_hadoop)([content]))
    return b"".join(part for part in parts if isinstance(part, bytes))


FORMATS: list[CompressionFormat] = ["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"]


@pytest.mark.parametrize("compression", FORMATS)
@given(
    chunks=st.lists(
        st.tuples(st.binary(max_size=50), st.sampled_from([0, 1, 900, 40_000])).map(lambda one: one[0] * one[1]),
        max_size=5,
    )
)
def test_what_was_written_is_read_again(compression: CompressionFormat, chunks: list[bytes]) -> None:
    assert unpacked(compression, packed(compression, chunks)) == b"".join(chunks)


def test_snappy_has_the_framing_of_snappy_java_and_hadoop_its_own() -> None:
    text = b"the same words " * 40_000
    java, hadoop = packed("Snappy", [text]), packed("HADOOP_SNAPPY", [text])
    assert java.startswith(b"\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01")
    assert int.from_bytes(hadoop[:4], "big") == 256 * 1024
    assert len(java) < len(text) / 10
    assert len(hadoop) < len(text) / 10


def test_objects_are_labelled_as_the_service_does_it() -> None:
    assert [encoding_of(compression) for compression in FORMATS] == [
        None,
        "gzip",
        "zip",
        "snappy-java",
        "hadoop-snappy",
    ]
    assert encoding_of("UNCOMPRESSED", parquet=True) == "hadoop-snappy"
