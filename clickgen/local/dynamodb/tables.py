"""All DynamoDB tables of one lake: loaded at the start, created, found, deleted; their streams trimmed."""

import asyncio
import sqlite3
import time
import uuid
from collections.abc import Callable
from typing import Any

from clickgen.local.dynamodb.items.refusal import no_such_table
from clickgen.local.dynamodb.limits import (
    CREATE_SECONDS,
    DELETE_SECONDS,
    STREAM_RETENTION_SECONDS,
    TRIM_SECONDS,
)
from clickgen.local.dynamodb.schema import StreamState, TableState
from clickgen.local.dynamodb.store import Store
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.consumption import Consumption
from clickgen.local.platform.documents import Documents
from clickgen.local.platform.errors import LocalProblem, ServiceError
from clickgen.local.platform.lake import Lake

_KIND = "table"


class Table:
    """One table of a running server.

    written, refused: items since the server started. last_refusal: why the last one was refused.
    consumption: what was taken of its stream since the server started.
    """

    def __init__(self, state: TableState, stream_began: int) -> None:
        self.state = state
        self.consumption = Consumption(stream_began)
        self.written = 0
        self.refused = 0
        self.last_refusal: str | None = None

    def refuse(self, errors: list[ServiceError]) -> None:
        """Count items that were refused."""
        if errors:
            self.refused += len(errors)
            self.last_refusal = f"{errors[-1].code}: {errors[-1].message}"


class Tables:
    """The tables of a lake that this process holds. Belongs to the running event loop."""

    def __init__(self, lake: Lake, clock: ServiceClock, now: Callable[[], float] = time.time) -> None:
        """Load every table; what a dead server began to create or delete is finished. LocalProblem."""
        folder = lake.state("dynamodb")
        self._clock = clock
        self.now = now
        self._tables: dict[str, Table] = {}
        try:
            self._documents = Documents(folder / "tables.sqlite")
            self.store = Store(folder / "items.sqlite")
            states = [TableState.model_validate(document) for _, document in self._documents.all(_KIND)]
            self.store.drop_all_but(states)
        except (OSError, ValueError, sqlite3.Error) as error:
            raise LocalProblem(
                f"The DynamoDB tables in {folder} cannot be read: {error}.",
                "Move that folder away to go on without them.",
            ) from error
        for state in states:
            self._load(state)
        self._trimming = asyncio.create_task(self._trim_for_ever())

    @property
    def names(self) -> list[str]:
        """Names of all tables, sorted."""
        return sorted(self._tables)

    def find(self, name: Any) -> Table:
        """The table of that name or ARN, whatever its status; ResourceNotFoundException without one."""
        if isinstance(name, str) and name.startswith("arn:"):
            name = name.rpartition(":table/")[2]
        table = self._tables.get(name) if isinstance(name, str) else None
        if table is None:
            raise ServiceError(
                "ResourceNotFoundException", f"Requested resource not found: Table: {name} not found"
            )
        return table

    def active(self, name: Any) -> Table:
        """The table if items can be written and read; ResourceNotFoundException otherwise."""
        if isinstance(name, str) and name.startswith("arn:"):
            name = name.rpartition(":table/")[2]
        table = self._tables.get(name) if isinstance(name, str) else None
        if table is None or table.state.status in {"CREATING", "DELETING"}:
            raise no_such_table()
        return table

    def changeable(self, name: Any) -> Table:
        """The table if its settings can be changed; ResourceInUseException otherwise."""
        table = self.find(name)
        if table.state.status != "ACTIVE":
            raise ServiceError(
                "ResourceInUseException",
                f"Attempt to change a resource which is still in use: Table is being {table.state.status.lower()}:"
                f" {table.state.name}",
            )
        return table

    def of_stream(self, arn: Any) -> tuple[Table, StreamState]:
        """The table and the stream of that ARN; ResourceNotFoundException without one."""
        name, _, label = str(arn).rpartition(":table/")[2].partition("/stream/")
        table = self._tables.get(name)
        for stream in table.state.streams if table is not None else ():
            if table is not None and stream.label == label and table.state.status != "DELETING":
                return table, stream
        raise ServiceError("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")

    def create(self, state: TableState) -> Table:
        """A new table, on disk when this returns and soon ACTIVE; ResourceInUseException."""
        if state.name in self._tables:
            raise ServiceError("ResourceInUseException", f"Table already exists: {state.name}")
        state.number = 1 + max((table.state.number for table in self._tables.values()), default=0)
        state.id = str(uuid.uuid4())
        self._load(state)
        self._save(state)
        return self._tables[state.name]

    def delete(self, table: Table) -> None:
        """Start deleting: items are neither taken nor given any more, and the table is soon gone."""
        table.state.status = "DELETING"
        self._save(table.state)
        self._clock.call_later(DELETE_SECONDS, lambda: self._remove(table.state))

    def updating(self, table: Table) -> None:
        """Remember changed settings; the table is UPDATING, and soon ACTIVE."""
        table.state.status = "UPDATING"
        table.consumption = Consumption(1)
        self.store.create(table.state)
        self._save(table.state)
        self._clock.call_later(CREATE_SECONDS, lambda: self._activate(table.state))

    def save(self, table: Table) -> None:
        """Remember settings that change at once."""
        self._save(table.state)

    def close(self) -> None:
        """Let go of the files."""
        self._trimming.cancel()
        self.store.close()
        self._documents.close()

    def _load(self, state: TableState) -> None:
        self.store.create(state)
        began = 1 if state.stream is None else self.store.next_note(state, state.stream)
        self._tables[state.name] = Table(state, began)
        if state.status == "DELETING":
            self._clock.call_later(DELETE_SECONDS, lambda: self._remove(state))
        elif state.status != "ACTIVE":
            self._clock.call_later(CREATE_SECONDS, lambda: self._activate(state))

    def _save(self, state: TableState) -> None:
        self._documents.put(_KIND, "", state.name, state.model_dump())

    def _activate(self, state: TableState) -> None:
        if state.status in {"CREATING", "UPDATING"}:
            state.status = "ACTIVE"
            self._save(state)

    def _remove(self, state: TableState) -> None:
        del self._tables[state.name]
        self._documents.delete(_KIND, "", state.name)
        self.store.drop_all_but(table.state for table in self._tables.values())

    async def _trim_for_ever(self) -> None:
        while True:
            await asyncio.sleep(TRIM_SECONDS)
            self.trim()

    def trim(self) -> None:
        """Forget changes past the retention of streams, and disabled streams that have none left."""
        before = self.now() - STREAM_RETENTION_SECONDS
        for table in self._tables.values():
            for stream in list(table.state.streams):
                self.store.trim(table.state, stream, before)
                if stream.closed is not None and stream.closed < before:
                    table.state.streams.remove(stream)
                    self._save(table.state)
        self.store.drop_all_but(table.state for table in self._tables.values())
