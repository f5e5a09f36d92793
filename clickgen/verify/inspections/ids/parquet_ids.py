"""The ids in Parquet files, of which DuckDB reads the one column."""

from collections.abc import Iterator

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.verify.inspections.ids.look import Odd
from clickgen.verify.landings.objects.place import ObjectPlace, ObjectUnread, Stored
from clickgen.verify.landings.sql.dialect import quoted
from clickgen.verify.landings.sql.duck import DuckQuery, parquet_table
from clickgen.verify.landings.sql.parquet_files import is_hidden, local_files


class ParquetObjects:
    """Parquet files; files that Athena and Spark ignore are left out. field: the column, dots for nesting."""

    def __init__(self, place: ObjectPlace, field: str) -> None:
        """Raises EnvironmentProblem if DuckDB is not installed, UsageProblem for a name with an empty part."""
        self.name = place.name
        self.field = field
        self._place = place
        self._column = quoted(field, "--id-column")
        self._query = DuckQuery(place.name)

    def objects(self) -> Iterator[Stored]:
        """Every file whose name is not hidden."""
        return (stored for stored in self._place.objects([""]) if not is_hidden(stored.key))

    def ids(self, stored: Stored) -> Iterator[str | Odd]:
        """The values of the column, as text."""
        with local_files(self._place, [stored]) as paths:
            table = parquet_table(paths)
            try:
                described = [str(row[0]) for row in self._query.ask(f"DESCRIBE SELECT * FROM {table}").rows]
                answer = self._query.ask(f"SELECT CAST({self._column} AS VARCHAR) FROM {table}")
                for (value,) in answer.rows:
                    yield Odd(damaged=False) if value is None else str(value)
            except UsageProblem:
                count = next(self._query.ask(f"SELECT count(*) FROM {table}").rows)[0]
                yield from (Odd(damaged=False, fields=tuple(described)) for _ in range(int(count)))
            except EnvironmentProblem as problem:
                raise ObjectUnread(problem.message, problem.hint) from problem
