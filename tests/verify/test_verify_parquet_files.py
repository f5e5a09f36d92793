"""Which Parquet files are read, and how many at once."""

from pathlib import Path

import pytest

from clickgen.verify.landings.objects.place import FolderPlace, Stored
from clickgen.verify.landings.objects.search_scope import SearchScope
from clickgen.verify.landings.sql.parquet_files import ParquetFiles, batches
from tests.support.planted import BUFFER_S, CREATED_MS, LANDED_MS, Planted

MIB = 1 << 20


def sized(*sizes: int) -> list[Stored]:
    return [Stored(f"{position}.parquet", size, LANDED_MS, "tag") for position, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ([], []),
        ([500 * MIB], [1]),
        ([64 * MIB, 64 * MIB], [2]),
        ([64 * MIB, 64 * MIB + 1], [1, 1]),
        ([200 * MIB, 1, 128 * MIB - 1, 1], [1, 2, 1]),
        ([1] * 500, [500]),
        ([1] * 1001, [500, 500, 1]),
    ],
)
def test_files_are_read_in_groups_of_bounded_size_and_number(sizes: list[int], groups: list[int]) -> None:
    files = sized(*sizes)
    found = list(batches(files))
    assert [len(group) for group in found] == groups
    assert [stored for group in found for stored in group] == files


def test_files_that_a_clock_may_have_put_before_the_run_are_read(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    earliest_ms = CREATED_MS - 300_000
    for name, landed_ms in (("a", earliest_ms - 1), ("b", earliest_ms), ("c", LANDED_MS)):
        run.put(f"{name}.parquet", b"", landed_ms=landed_ms)
    where = SearchScope(FolderPlace(run.lake), None, BUFFER_S)
    files, older = ParquetFiles(where, run.run, run.plan).listed(LANDED_MS)
    assert ([stored.key for stored in files], older) == (["b.parquet", "c.parquet"], 1)
