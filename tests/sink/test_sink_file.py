"""The file and standard output as sinks: whole lines only, whoever writes beside, and refusals, not ruins."""

import gzip
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clickgen.model.batch import Answer, CallRefused, CallResult, NoAnswer, Refusal
from clickgen.sink.local_file import FileSink, rotated
from clickgen.sink.standard_output import OutputSink
from tests.sink.test_sink_kinesis import batch_from, clicks

BATCH = batch_from(clicks(*(f"visitor-{n}" for n in range(50))), per_record=50)
BYTES = bytes(BATCH.data)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """A disk on which no file can grow beyond that size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_batches_are_appended_whole(tmp_path: Path) -> None:
    path = tmp_path / "clicks.jsonl"
    path.write_bytes(b"before\n")
    sink = FileSink(path)
    assert sink.put(BATCH) == sink.put(BATCH, [0]) == Answer()
    assert path.read_bytes() == b"before\n" + 2 * BYTES


def test_a_suffix_makes_it_gzip(tmp_path: Path) -> None:
    path = tmp_path / "clicks.jsonl.gz"
    sink = FileSink(path)
    assert sink.put(BATCH) == sink.put(BATCH) == Answer()
    assert gzip.decompress(path.read_bytes()) == 2 * BYTES
    assert path.stat().st_size < len(BYTES)


def test_a_line_that_a_crash_tore_is_ended_first(tmp_path: Path) -> None:
    path = tmp_path / "clicks.jsonl"
    path.write_bytes(b'{"torn":')
    assert FileSink(path).put(BATCH) == Answer()
    assert path.read_bytes() == b'{"torn":\n' + BYTES


@pytest.mark.parametrize("name", ["clicks.jsonl", "clicks.jsonl.gz", "clicks"])
def test_a_full_file_is_put_aside_and_nothing_is_lost(tmp_path: Path, name: str) -> None:
    path = tmp_path / "out" / name
    path.parent.mkdir()
    sink = FileSink(path, rotate_bytes=1)
    for _ in range(3):
        assert sink.put(BATCH) == Answer()
    files = sorted(path.parent.iterdir())
    assert files == sorted([path, rotated(path, 1), rotated(path, 2)])
    assert {file.suffix for file in files} == {path.suffix}
    for file in files:
        data = file.read_bytes()
        assert (gzip.decompress(data) if path.suffix == ".gz" else data) == BYTES


def test_workers_do_not_interleave_lines_nor_lose_files_between_them(tmp_path: Path) -> None:
    path = tmp_path / "out" / "clicks.jsonl"
    path.parent.mkdir()
    results: list[CallResult] = []

    def write() -> None:
        sink = FileSink(path, rotate_bytes=5 * len(BYTES))  # each has a lock of its own
        results.extend(sink.put(BATCH) for _ in range(20))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [Answer()] * 80
    written = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert written == 80 * BYTES


def test_a_batch_that_does_not_fit_on_the_disk_is_refused_and_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "clicks.jsonl"
    sink = FileSink(path)
    assert sink.put(BATCH) == Answer()
    with largest_file(len(BYTES) + len(BYTES) // 2):
        result = sink.put(BATCH)
    assert isinstance(result, CallRefused)
    assert (result.kind, result.code) == (Refusal.FATAL, "EFBIG")
    assert str(path) in result.message
    assert path.read_bytes() == BYTES
    assert sink.put(BATCH) == Answer()


def test_a_folder_that_has_gone_is_a_refusal(tmp_path: Path) -> None:
    result = FileSink(tmp_path / "gone" / "clicks.jsonl").put(BATCH)
    assert isinstance(result, CallRefused)
    assert (result.kind, result.code) == (Refusal.FATAL, "ENOENT")


def test_standard_output_gets_whole_batches(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        sink = OutputSink(tmp_path, out.fileno())
        assert sink.put(BATCH) == sink.put(BATCH) == Answer()
    assert (tmp_path / "out").read_bytes() == 2 * BYTES


def test_a_reader_that_has_gone_takes_nothing(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = OutputSink(tmp_path, writer).put(BATCH)
    finally:
        os.close(writer)
    assert isinstance(result, CallRefused)
    assert (result.kind, result.code) == (Refusal.FATAL, "EPIPE")


def test_what_was_written_in_part_is_unknown_and_nothing_follows_it(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        sink = OutputSink(tmp_path, out.fileno())
        with largest_file(100):
            assert isinstance(sink.put(BATCH), NoAnswer)
        after = sink.put(BATCH)
    assert isinstance(after, CallRefused)
    assert after.kind is Refusal.FATAL
    assert (tmp_path / "out").read_bytes() == BYTES[:100]


def test_a_slow_reader_of_a_pipe_that_does_not_block_is_waited_for(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    large = batch_from(clicks(*["somebody"] * 5000), per_record=5000)
    read: list[bytes] = []

    def take() -> None:
        while piece := os.read(reader, 65_536):
            read.append(piece)

    thread = threading.Thread(target=take)
    thread.start()
    try:
        assert OutputSink(tmp_path, writer).put(large) == Answer()
    finally:
        os.close(writer)
        thread.join()
        os.close(reader)
    assert b"".join(read) == bytes(large.data)
