"""Parquet files as one table that DuckDB answers questions about."""

from collections.abc import Iterator
from contextlib import contextmanager

from clickgen.model.errors import UsageProblem
from clickgen.verify.landings.sql.dialect import literal
from clickgen.verify.landings.sql.duck import DuckQuery
from clickgen.verify.landings.sql.parquet_files import ParquetFiles

TABLE = "events"


@contextmanager
def parquet_query(files: ParquetFiles, now_ms: int) -> Iterator[DuckQuery]:
    """The files that are there now as the table `events`, while the block lasts; what lies in S3 is fetched.

    Names of partitions in their paths are columns too. now_ms: Unix time. Raises UsageProblem where there are
    none, EnvironmentProblem where they cannot be read.
    """
    listed, older = files.listed(now_ms)
    if older and not listed:
        raise UsageProblem(
            f"the Parquet files in {files.place.name}, {older:,} of them, are older than the run",
            "they were written before it was sent; say where its events are: --at PLACE",
        )
    if not listed:
        raise UsageProblem(f"there are no Parquet files in {files.place.name}", "say where they are: --at PLACE")
    with files.local(listed) as paths:
        query = DuckQuery(files.place.name)
        query.ask("SET TimeZone = 'UTC'")
        listing = ", ".join(literal(str(path)) for path in paths)
        query.ask(
            f"CREATE VIEW {TABLE} AS SELECT * FROM read_parquet([{listing}], union_by_name = true,"  # noqa: S608
            " binary_as_string = true)"
        )
        yield query
