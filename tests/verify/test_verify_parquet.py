"""Verification of events in Parquet: exact, whatever is planted, and never fooled by a damaged file."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.model.errors import UsageProblem
from clickgen.verify.landings.objects.place import FolderPlace
from clickgen.verify.landings.objects.search_scope import SearchScope
from clickgen.verify.landings.sql.duck import DuckQuery
from clickgen.verify.landings.sql.parquet_files import ParquetFiles
from clickgen.verify.landings.sql.parquet_landing import ParquetLanding
from clickgen.verify.proof.compare.report import DeliveryReport, Verdict
from clickgen.verify.proof.found.landing import Gone, Reading
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.landed_ids import LANES, LandedIds, claimed, id_text, landed_ids, spread, verify
from tests.support.planted import BUFFER_S, CREATED_MS, LANDED_MS, RUN, Planted, found

ALL_THERE = LandedIds({}, 0, 0, 0)


def put(run: Planted, key: str, column: Any, name: str = "event_id", landed_ms: int = LANDED_MS) -> Path:
    """Let a Parquet file with this column of ids land."""
    path = run.lake / key
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"page": ["/"] * len(column), name: column}), path, row_group_size=100)
    os.utime(path, ns=(landed_ms * 1_000_000, landed_ms * 1_000_000))
    return path


def parquet(
    run: Planted, id_column: str = "event_id", tell: Callable[[Reading | Gone], None] = lambda _: None
) -> ParquetLanding:
    where = SearchScope(FolderPlace(run.lake), None, BUFFER_S)
    files = ParquetFiles(where, run.run, run.plan)
    return ParquetLanding(files, RUN, id_column, DuckQuery(files.place.name), tell)


def verdict(run: Planted, **options: Any) -> DeliveryReport:
    return verify(run, parquet(run, **options))


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    """A run whose events are all accepted."""
    return claimed(Planted(tmp_path, lanes=LANES))


@settings(max_examples=12)
@given(landed_ids(), st.integers(1, 3))
def test_what_is_planted_is_counted_exactly(
    tmp_path_factory: pytest.TempPathFactory, ids: LandedIds, files: int
) -> None:
    run = claimed(Planted(tmp_path_factory.mktemp("run"), lanes=LANES))
    for file, texts in enumerate(spread(ids.texts(), files)):
        put(run, f"day=2026-01-0{file + 1}/part-{file}.parquet", pa.array(texts, pa.string()))
    report = verdict(run)
    assert found(report) == ids.expected()
    spoilt = set(ids.expected()) - {"delivered", "other_runs", "foreign"}
    assert report.verdict is (Verdict.ANOMALOUS if spoilt else Verdict.VERIFIED)


@pytest.mark.parametrize(
    ("name", "column", "make"),
    [
        ("event_id", "event_id", lambda texts: pa.array(texts, pa.large_string())),
        ("event_id", "event_id", lambda texts: pa.array(texts).dictionary_encode()),
        ("event_id", "event_id", lambda texts: pa.array([text.encode() for text in texts], pa.binary())),
        ("event_id", "event_id", lambda texts: pa.array([text.upper() for text in texts])),
        ("detail", "detail.meta.id", lambda texts: pa.array([{"meta": {"id": text}} for text in texts])),
        ("odd name", "odd name", pa.array),
        ("Event_ID", "event_id", pa.array),
    ],
)
def test_ids_are_found_however_they_are_stored(
    run: Planted, name: str, column: str, make: Callable[[list[str | None]], Any]
) -> None:
    put(run, "all.parquet", make(ALL_THERE.texts()), name)
    report = verdict(run, id_column=column)
    assert (report.verdict, found(report)) == (Verdict.VERIFIED, ALL_THERE.expected())


def test_latency_counts_from_each_files_landing_and_witnesses_have_rows(run: Planted) -> None:
    texts = ALL_THERE.texts()
    put(run, "a.parquet", texts[:100], landed_ms=LANDED_MS)
    put(run, "b.parquet", texts[100:], landed_ms=LANDED_MS + 60_000)
    put(run, "c.parquet", [id_text(0, 7_777), texts[5], "67404b1c-9d2e-8~"], landed_ms=LANDED_MS + 90_000)
    report = verdict(run)
    assert report.latencies.histograms()["sent"].total == len(texts)
    assert report.latencies.histograms()["sent"].largest == pytest.approx(120, rel=0.1)
    never_sent, again = report.witnesses["conflicting"][0], report.witnesses["duplicates"][0]
    assert (never_sent.object, never_sent.offset) == ("c.parquet", 0)
    assert (again.object, again.offset) == ("c.parquet", 1)
    assert "the first is in a.parquet at 5" in again.detail
    corrupt = report.witnesses["corrupt"][0]
    assert (corrupt.id, corrupt.object, corrupt.offset) == ("67404b1c-9d2e-8~", "c.parquet", 2)


@pytest.mark.parametrize(
    "gone",
    [range(64, 128), range(128, 256), [*range(64, 128), *range(192, 256)], range(64), range(320, 384), [70]],
)
def test_whole_blocks_of_ids_that_are_gone_are_missing(tmp_path: Path, gone: Sequence[int]) -> None:
    run = Planted(tmp_path)
    run.claim(0, 384)
    put(run, "all.parquet", [id_text(0, number) for number in range(384) if number not in gone])
    assert found(verdict(run)) == {"delivered": 384 - len(gone), "missing": len(gone)}


@pytest.mark.parametrize("blocks", [3, 4_001])
def test_copies_are_counted_in_however_many_blocks_they_are(tmp_path: Path, blocks: int) -> None:
    run = Planted(tmp_path)
    run.claim(0, 64 * blocks)
    ids = [id_text(0, 64 * block) for block in range(blocks)]
    put(run, "all.parquet", [*ids, *ids, *ids, id_text(0, 1)])
    assert found(verdict(run)) == {
        "delivered": blocks + 1, "missing": 63 * blocks - 1, "unexplained": 2 * blocks,
    }  # fmt: skip


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "page"])
def test_a_damaged_file_is_named_and_never_verified_away(run: Planted, damage: str) -> None:
    texts = ALL_THERE.texts()
    put(run, "whole.parquet", texts[:200])
    path = put(run, "damaged.parquet", texts[200:])
    data = path.read_bytes()
    path.write_bytes(
        {
            "cut": data[: len(data) // 2],
            "garbage": b"no Parquet at all" * 50,
            "empty": b"",
            "page": data[:40] + bytes(60) + data[100:],
        }[damage]
    )
    os.utime(path, ns=(LANDED_MS * 1_000_000, LANDED_MS * 1_000_000))
    report = verdict(run)
    assert report.verdict is Verdict.INCOMPLETE
    assert (report.delivered, report.pending, report.missing, report.unread) == (200, 100, 0, 1)
    witness = report.witnesses["unread"][0]
    assert witness.object == "damaged.parquet"
    assert witness.detail


def test_what_is_no_data_is_left_out_and_other_tables_are_foreign(run: Planted) -> None:
    put(run, "year=2026/data-without-suffix", ALL_THERE.texts())
    put(run, "other.parquet", ["a", "b"], "user")
    put(run, "_temporary/0/half.parquet", ALL_THERE.texts())
    put(run, "history.parquet", ALL_THERE.texts(), landed_ms=CREATED_MS - 3_600_000)
    (run.lake / "_SUCCESS").write_bytes(b"")
    (run.lake / "notes.txt").write_text("no Parquet")
    report = verdict(run)
    assert found(report) == {"delivered": len(ALL_THERE.texts()), "foreign": 2}
    assert report.objects == 2


def test_a_column_that_is_nowhere_is_a_mistake_and_the_columns_are_told(run: Planted) -> None:
    put(run, "all.parquet", ALL_THERE.texts())
    with pytest.raises(UsageProblem, match=r"column 'uuid'; all.parquet has page, event_id") as caught:
        verdict(run, id_column="uuid")
    assert "--id-column" in str(caught.value.hint)


@pytest.mark.parametrize(("count", "ending"), [(20, "c19"), (21, "c19, …")])
def test_of_many_columns_the_first_are_told(run: Planted, count: int, ending: str) -> None:
    pq.write_table(pa.table({f"c{column}": [1] for column in range(count)}), run.lake / "wide.parquet")
    with pytest.raises(UsageProblem) as caught:
        verdict(run)
    assert caught.value.message.endswith(f"c18, {ending}")


def test_a_second_look_reads_only_what_is_new(run: Planted) -> None:
    texts = ALL_THERE.texts()
    put(run, "a.parquet", texts[:150])
    told: list[Reading | Gone] = []
    landing = parquet(run, tell=told.append)
    assert sum(len(copies.once) for held in landing.look(LANDED_MS) for copies in held.lanes.values()) == 150
    put(run, "b.parquet", texts[150:])
    looked = list(landing.look(LANDED_MS))
    assert sum(len(copies.once) for held in looked for copies in held.lanes.values()) == len(texts)
    assert [reading.objects for reading in told if isinstance(reading, Reading)] == [1, 1]


def test_the_command_over_a_folder_and_over_s3(
    clickgen: CommandLine, moto: str, credentials: None, tmp_path: Path
) -> None:
    run = claimed(Planted(tmp_path, lanes=LANES))
    clickgen.home = run.home
    texts = LandedIds({(0, 0): 0, (1, 63): 3}, 2, 1, 0).texts()
    keys = ["a.parquet", "deeper/b.parquet"]
    for key, column in zip(keys, spread(texts, 2), strict=True):
        put(run, key, column)
    arguments = ("verify", "parquet", "delivery", "--home", str(run.home), "--json")
    said = clickgen.run(*arguments, "--at", str(run.lake))
    assert said.code == 1, said.err
    counts = {"delivered": 299, "missing": 1, "other_runs": 2, "foreign": 1}
    assert {name: said.json[name] for name in counts} == counts
    assert said.json["duplicates"] == {"explained": 0, "unexplained": 2}
    s3 = boto3.client("s3", endpoint_url=moto)
    s3.create_bucket(Bucket="curated")
    for key in keys:
        s3.upload_file(str(run.lake / key), "curated", f"clicks/{key}")
    again = clickgen.run(*arguments, "--at", "s3://curated/clicks/", "--endpoint-url", moto, env=CREDENTIALS)
    assert again.code == 1, again.err
    assert {name: again.json[name] for name in counts} == counts


def test_a_generated_file_is_looked_at_and_nothing_beside_it(clickgen: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "loop").symlink_to(folder / "loop")
    pq.write_table(pa.table({"event_id": ["foreign"]}), folder / "others.parquet")
    made = clickgen.run("generate", "--rate", "20", "--duration", "10s", "--to", str(folder / "visits.parquet"))
    [step] = [line.removeprefix("next ").split() for line in made.out.splitlines() if line.startswith("next ")]
    assert step[:2] == ["clickgen", "verify"]
    said = clickgen.run(*step[1:], "--json")
    assert (said.code, said.json["verdict"], said.json["foreign"]) == (0, "verified", 0), said.err
    in_folder = clickgen.run("verify", "parquet", "delivery", step[2], "--at", str(folder), "--json")
    assert (in_folder.code, in_folder.json["verdict"], in_folder.json["foreign"]) == (4, "incomplete", 1)
    assert "loop" in str(in_folder.json["witnesses"]["unread"])
