"""The log of a shard against a plain list, over deaths, damage and retention; a shard's limits by a held clock."""

import os
import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.local.kinesis import log as log_module
from clickgen.local.kinesis.log import LogRecord, ShardLog, frame_body
from clickgen.local.kinesis.sequence import record_number, sequence_number
from clickgen.local.kinesis.shard import Shard, ShardState
from clickgen.local.kinesis.stream import Stream, StreamState

PUTS = st.lists(
    st.tuples(st.lists(st.binary(max_size=300), min_size=1, max_size=6), st.integers(0, 50), st.booleans()),
    max_size=25,
)


@pytest.fixture
def _small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "_SEGMENT_BYTES", 2000)
    monkeypatch.setattr(log_module, "_INDEX_BYTES", 300)
    monkeypatch.setattr(log_module, "_READ_BYTES", 500)


def put(log: ShardLog, ms: int, *data: bytes) -> int:
    return log.append(ms, frame_body([(b"k", datum) for datum in data]), len(data))


@pytest.mark.usefixtures("_small_segments")
@settings(max_examples=60)
@given(puts=PUTS, start=st.integers(0, 80), limit=st.integers(1, 40), room=st.integers(1, 2000))
def test_a_log_reads_as_a_list_would_however_often_it_is_opened(
    puts: list[tuple[list[bytes], int, bool]], start: int, limit: int, room: int
) -> None:
    kept: list[LogRecord] = []
    ms = 1000
    with TemporaryDirectory() as folder:
        log = ShardLog(Path(folder) / "log")
        for data, later, dies in puts:
            ms += later
            assert put(log, ms, *data) == len(kept)
            kept += [LogRecord(len(kept) + place, ms, "k", datum) for place, datum in enumerate(data)]
            if dies:
                log.close()
                log = ShardLog(Path(folder) / "log")
        assert log.next == len(kept)
        wanted: list[LogRecord] = []
        for record in kept[start : start + limit]:
            if wanted and sum(len(one.data) for one in [*wanted, record]) > room:
                break
            wanted.append(record)
        assert log.read(start, limit, room) == wanted
        for moment in (0, 1000, ms - 20, ms, ms + 1):
            later_ones = [record.number for record in kept if record.arrived_ms >= moment]
            assert log.number_at(moment) == min(later_ones, default=len(kept))
        log.close()


def test_a_torn_end_is_cut_off_and_written_over(tmp_path: Path) -> None:
    log = ShardLog(tmp_path / "log")
    put(log, 1, b"a")
    put(log, 2, b"b" * 100)
    log.close()
    [segment] = (tmp_path / "log").iterdir()
    whole = segment.read_bytes()
    for length in random.Random(1).sample(range(32, len(whole)), 20):
        segment.write_bytes(whole[:length])
        log = ShardLog(tmp_path / "log")
        assert (log.next, [record.data for record in log.read(0, 10, 1000)]) == (1, [b"a"])
        put(log, 3, b"c")
        log.close()
        log = ShardLog(tmp_path / "log")
        assert [record.data for record in log.read(0, 10, 1000)] == [b"a", b"c"]
        log.close()


def test_damage_is_noticed_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = ShardLog(tmp_path / "log")
    put(log, 1, b"a" * 50)
    put(log, 2, b"b" * 50)
    log.close()
    [segment] = (tmp_path / "log").iterdir()
    spoiled = bytearray(segment.read_bytes())
    spoiled[-1] ^= 1
    segment.write_bytes(spoiled)
    log = ShardLog(tmp_path / "log")
    assert log.next == 1
    assert "lost records" in capsys.readouterr().err
    log.close()


def test_a_put_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = ShardLog(tmp_path / "log")
    put(log, 1, b"a")
    real = os.pwrite

    def full(fd: int, content: bytes, offset: int) -> int:
        real(fd, content[:5], offset)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="No space"):
        put(log, 2, b"b")
    monkeypatch.undo()
    assert put(log, 3, b"c") == 1
    log.close()
    log = ShardLog(tmp_path / "log")
    assert [record.data for record in log.read(0, 10, 100)] == [b"a", b"c"]
    log.close()


@pytest.mark.usefixtures("_small_segments")
def test_what_is_past_the_retention_is_neither_read_nor_kept(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    state = StreamState(
        name="s", region="eu-west-1", folder="f", created=now[0], mode="PROVISIONED", shards=[whole_shard()]
    )
    stream = Stream(state, tmp_path / "f", lambda: now[0])
    [shard] = stream.open_shards
    for _ in range(20):
        shard.put(int(now[0] * 1000), [(b"k", b"." * 300)])
        now[0] += 3600
    assert stream.oldest(shard) == 0
    now[0] += 12 * 3600
    assert stream.oldest(shard) == 8
    assert len(list((tmp_path / "f" / "0").iterdir())) == 3
    assert stream.trim() is False
    assert 0 < shard.log.first <= 8
    assert len(list((tmp_path / "f" / "0").iterdir())) == 2
    assert [record.number for record in shard.log.read(0, 100, 10**6)][-1] == 19
    stream.split(shard, 2**100)
    now[0] += 25 * 3600
    assert stream.trim() is True
    assert sorted(stream.shards) == [1, 2]
    stream.close()


def whole_shard() -> ShardState:
    return ShardState(number=0, start=0, end=2**128 - 1, created=1_800_000_000)


def test_a_shard_takes_and_gives_its_rates_after_a_burst_of_a_second(tmp_path: Path) -> None:
    now = [0.0]
    shard = Shard(whole_shard(), tmp_path / "log", lambda: now[0])
    assert shard.admit([100] * 1500).count(True) == 1000
    now[0] += 0.5
    assert shard.admit([100] * 1500).count(True) == 500
    now[0] += 10
    assert shard.admit([400_000] * 4) == [True, True, False, False]
    now[0] += 10
    assert shard.admit([5_000_000, 1]) == [True, False]  # a record larger than a second's worth is paid for later
    now[0] += 3.7
    assert shard.admit([1]) == [False]
    assert [shard.may_read() for _ in range(6)] == [True] * 5 + [False]
    now[0] += 0.25
    assert shard.may_read()
    shard.charge_read([LogRecord(0, 0, "k", bytes(10 * 2**20))])
    now[0] += 3.9
    assert not shard.may_read()
    now[0] += 0.2
    assert shard.may_read()
    shard.log.close()


@given(
    shard=st.integers(0, 2**20),
    created=st.integers(0, 2**34),
    number=st.integers(0, 2**40),
    arrived=st.integers(0, 2**34),
)
def test_sequence_numbers_lead_back_to_their_record(shard: int, created: int, number: int, arrived: int) -> None:
    sequence = sequence_number(shard, created, number, arrived)
    assert len(str(sequence)) == 56
    assert record_number(str(sequence), shard, created) == number
    assert record_number(str(sequence), shard + 1, created) is None
    assert sequence < sequence_number(shard, created, number + 1, 0) < sequence_number(shard, created + 1, 0, 0)
