"""Parquet as a place that events land in: ids are found by DuckDB, a group of files at a time."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.progress import tracked
from clickgen.verify.landings.objects.object_landing import open_error_output, open_kept_errors
from clickgen.verify.landings.objects.place import FolderPlace, ObjectChanged, Stored
from clickgen.verify.landings.objects.search_scope import find_place
from clickgen.verify.landings.sql.collect import collect
from clickgen.verify.landings.sql.dialect import quoted
from clickgen.verify.landings.sql.duck import DuckQuery, parquet_table
from clickgen.verify.landings.sql.parquet_files import ParquetFiles, batches, local_files
from clickgen.verify.landings.sql.planes import IdColumnSource, Questions, event_of, place_of
from clickgen.verify.landings.station import ParquetStation, access_of
from clickgen.verify.landings.with_error_output import WithErrorOutput
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.found.landing import Event, Gone, Landing, Reading, Spot
from clickgen.verify.proof.run_under_test import RunUnderTest

_READINGS = 4
_NAMES_SHOWN = 20


class ParquetLanding(Landing):
    """Parquet files in a folder or bucket. Later looks read only those that are new or have changed.

    Ids alone are compared, in any spelling of a UUID; content is not. A file that cannot be read is `unread`.
    """

    content_checked = False

    def __init__(
        self,
        files: ParquetFiles,
        run: str,
        id_column: str,
        query: DuckQuery,
        tell: Callable[[Reading | Gone], None],
    ) -> None:
        """id_column: the column that holds the id; a dotted path if it is within structs."""
        self.name = files.place.name
        self.buffer_seconds = files.buffer_seconds
        self._files = files
        self._run = run
        self._id_column = id_column
        self._column = quoted(id_column, "--id-column")
        self._query = query
        self._tell = tell
        self._read: dict[str, tuple[Stored, ObjectFindings]] = {}
        self._without_column: set[str] = set()

    def look(self, now_ms: int) -> Iterator[ObjectFindings]:
        """Update the findings to what is there now, a file each; then give them.

        UsageProblem if no file has the id's column.
        """
        for _ in range(_READINGS):
            listed, older = self._files.listed(now_ms)
            self._forget({stored.key: stored for stored in listed})
            fresh = [stored for stored in listed if stored.key not in self._read]
            if fresh or not self._read:
                if isinstance(self._files.place, FolderPlace) and self._files.place.gone:
                    self._tell(Gone(self.name))
                self._tell(Reading(self.name, len(fresh), sum(stored.size for stored in fresh), older))
            changed = []
            with tracked("reading", "files", len(fresh)) as advance:
                for batch in batches(fresh):
                    changed += [] if self._take(batch) else [batch]
                    advance(len(batch))
            if not changed:
                self._hold_column()
                return iter(self._landed())
        raise EnvironmentProblem(
            f"the files in {self.name} change each time they are read",
            "something is writing to them; try again when it has ended",
        )

    def spots(self, events: Collection[Event]) -> Mapping[Event, Sequence[Spot]]:
        """The files and rows (from 0) of these events' copies, by reading again those few files that hold them."""
        found: dict[Event, list[Spot]] = {}
        holders = [stored for stored, held in self._read.values() if _holds_any(held, events)]
        for stored in sorted(holders, key=lambda stored: (stored.landed_ms, stored.key)):
            with suppress(ObjectChanged, EnvironmentProblem), local_files(self._files.place, [stored]) as paths:
                asked = self._questions(paths).rows_of([place_of(event) for event in events])
                for _, row, place in self._query.ask(asked).rows:
                    found.setdefault(event_of(place), []).append((stored.key, row))
        return found

    def _forget(self, listed: Mapping[str, Stored]) -> None:
        self._read = {key: kept for key, kept in self._read.items() if listed.get(key) == kept[0]}
        self._without_column &= self._read.keys()

    def _landed(self) -> list[ObjectFindings]:
        findings = (findings for _, findings in self._read.values())
        return sorted(findings, key=lambda found: (found.landed_ms, found.name))

    def _take(self, batch: Sequence[Stored]) -> bool:
        """Read some files; False if one of them is no longer what was listed."""
        found = [ObjectFindings(stored.key, stored.landed_ms, stored.size) for stored in batch]
        try:
            with local_files(self._files.place, batch) as paths:
                collect(self._query, self._questions(paths), found)
        except ObjectChanged:
            return False
        except (EnvironmentProblem, UsageProblem) as problem:
            if len(batch) > 1:
                return not [stored for stored in batch if not self._take([stored])]
            found = [ObjectFindings(batch[0].key, batch[0].landed_ms, batch[0].size)]
            self._take_unusual(batch[0], found[0], problem)
        for stored, findings in zip(batch, found, strict=True):
            self._read[stored.key] = stored, findings
        return True

    def _take_unusual(
        self, stored: Stored, found: ObjectFindings, problem: EnvironmentProblem | UsageProblem
    ) -> None:
        """A file that cannot be queried for ids: damaged, or without their column and so all foreign."""
        if isinstance(problem, EnvironmentProblem):
            found.unread = problem.message
            return
        try:
            with local_files(self._files.place, [stored]) as paths:
                rows = self._query.ask(f"SELECT count(*) FROM {parquet_table(paths)}").rows
                found.foreign = int(next(rows)[0])
        except EnvironmentProblem as damage:
            found.unread = damage.message
        else:
            self._without_column.add(stored.key)

    def _hold_column(self) -> None:
        if not self._read or len(self._without_column) < len(self._read):
            return
        stored, _ = next(iter(self._read.values()))
        with local_files(self._files.place, [stored]) as paths:
            described = self._query.ask(
                f"SELECT column_name FROM (DESCRIBE SELECT * FROM {parquet_table(paths)})"
            ).rows
            columns = [str(name) for (name,) in described]
        shown = ", ".join(columns[:_NAMES_SHOWN]) + (", …" if len(columns) > _NAMES_SHOWN else "")
        raise UsageProblem(
            f"no file in {self.name} has a column {self._id_column!r}; {stored.key} has {shown}",
            "name the column that holds the id with --id-column; a dotted path leads into structs",
        )

    def _questions(self, paths: Sequence[Path]) -> Questions:
        source = IdColumnSource(parquet_table(paths), self._column, part="file_index", row="file_row_number")
        return Questions(self._query.dialect, source, self._run)


def _holds_any(found: ObjectFindings, events: Collection[Event]) -> bool:
    return any(lane in found.lanes and number in found.lanes[lane].once for lane, number in events)


def open_parquet(station: ParquetStation, run: RunUnderTest) -> Landing:
    """The Parquet files that can hold the run, and the error output of the stream that fills the place, if known.

    Raises UsageProblem or EnvironmentProblem if no place is known.
    """
    plan = run.plan
    where = find_place(plan, station.at, access_of(station), station.stream)
    files, query = ParquetFiles(where, run.folder, plan), DuckQuery(where.place.name)
    landing: Landing = ParquetLanding(files, plan.run, station.id_column or plan.id_field, query, run.tell)
    if where.stream is not None:
        landing = WithErrorOutput(landing, open_error_output(where, run))
    if station.errors is not None:
        landing = WithErrorOutput(landing, open_kept_errors(station.errors, access_of(station), run))
    return run.behind_a_parser(landing)
