"""Statements of the Data API: carried out in threads, kept with their results for a day."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from clickgen.local.platform.documents import Document, Documents
from clickgen.local.platform.errors import LocalProblem, ServiceError
from clickgen.local.platform.notices import say
from clickgen.local.platform.service import Action, Answer, Call
from clickgen.local.platform.shapes import parse
from clickgen.local.redshift.database import Session, SqlFailed, SqlResult
from clickgen.local.redshift.records import field_of, metadata_of, read_page
from clickgen.local.redshift.shapes import BatchExecute, Execute, ListStatements, OneStatement, ReadResult, Target
from clickgen.local.redshift.warehouse import RedshiftWarehouse
from clickgen.local.redshift.words import statements_of, with_parameters

MAX_ACTIVE = 500
"""Statements that may run at once: the service's own quota."""

_KEPT_SECONDS = 86_400
_UNDER_WAY = ("SUBMITTED", "PICKED", "STARTED")
_SHOWN = {"Database", "WorkgroupName", "ClusterIdentifier", "DbUser", "SecretArn", "StatementName"}
_OWN = ("columns",)  # members that describe_statement does not show


class Statements:
    """The statements of one lake."""

    def __init__(self, state: Path, documents: Documents, warehouse: RedshiftWarehouse) -> None:
        """Take up the history; what an earlier server left running was aborted."""
        self._results = state / "results"
        self._results.mkdir(exist_ok=True)
        self._documents = documents
        self._warehouse = warehouse
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._sessions: dict[str, Session] = {}
        for name, statement in documents.all("statement"):
            if statement["CreatedAt"] < time.time() - _KEPT_SECONDS:
                documents.delete("statement", "", name)
                for file in self._results.glob(f"{name.partition(':')[0]}*"):
                    file.unlink(missing_ok=True)
            elif statement["Status"] in _UNDER_WAY:
                self._end(statement, "FAILED", Error="ERROR: the server ended meanwhile")

    def actions(self) -> dict[str, Action]:
        """The actions by name."""
        return {
            "ExecuteStatement": self._execute,
            "BatchExecuteStatement": self._execute_several,
            "DescribeStatement": self._describe,
            "GetStatementResult": self._result,
            "ListStatements": self._list,
            "CancelStatement": self._cancel,
        }

    async def close(self) -> None:
        """Stop what is under way."""
        for session in list(self._sessions.values()):
            session.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _execute(self, call: Call) -> Answer:
        request = parse(Execute, call.body)
        if len(statements_of(request.Sql)) != 1:
            raise _invalid(
                "Multiple SQL statements are not allowed in ExecuteStatement: use BatchExecuteStatement."
            )
        return self._start(request, [request.Sql], request.Sql, batch=False)

    def _execute_several(self, call: Call) -> Answer:
        request = parse(BatchExecute, call.body)
        return self._start(request, request.Sqls, "; ".join(request.Sqls), batch=True)

    def _start(self, request: Execute | BatchExecute, given: Sequence[str], text: str, *, batch: bool) -> Answer:
        owner = owner_of(request)
        earlier = self._documents.get("token", owner, request.ClientToken) if request.ClientToken else None
        if earlier is not None:
            return _started(self._find(earlier["id"]))
        if len(self._tasks) >= MAX_ACTIVE:
            raise ServiceError("ActiveStatementsExceededException", "Active statements exceeded the allowed quota")
        parameters = {parameter.name: parameter.value for parameter in request.Parameters or []}
        bound = [with_parameters(sql, parameters) for sql in given]
        missing = sorted(set().union(*(names for _, names in bound)))
        if missing:
            raise _invalid(f"Parameters are missing values: {', '.join(missing)}")
        statement = _new(request, text, [sql for sql, _ in bound] if batch else [])
        name = statement["Id"]
        self._documents.put("statement", "", name, statement)
        if request.ClientToken:
            self._documents.put("token", owner, request.ClientToken, {"id": name})
        self._tasks[name] = task = asyncio.create_task(
            self._carry_out(statement, owner, [sql for sql, _ in bound])
        )
        task.add_done_callback(lambda _: self._tasks.pop(name, None))
        return _started(statement)

    async def _carry_out(self, statement: Document, owner: str, sqls: list[str]) -> None:
        began = time.perf_counter_ns()
        statement["Status"] = "STARTED"
        self._documents.put("statement", "", statement["Id"], statement)
        try:
            ended = await asyncio.to_thread(self._perform, statement, owner, sqls)
        except Exception as problem:  # noqa: BLE001  # whatever it is, who waits must learn that it has ended
            say(f"statement {statement['Id']}: {problem}")
            words = (
                problem.message if isinstance(problem, LocalProblem | ServiceError) else f"internal: {problem!r}"
            )
            ended = {"Status": "FAILED", "Error": f"ERROR: {words}"}
        if ended["Status"] == "FAILED":
            self._warehouse.note_failure(owner, ended["Error"])
        if self._find(statement["Id"])["Status"] == "ABORTED":
            return
        self._end(statement, Duration=time.perf_counter_ns() - began, **ended)

    def _perform(self, statement: Document, owner: str, sqls: list[str]) -> dict[str, Any]:
        """Carry out the statements, in a thread; all of a batch or none."""
        name = statement["Id"]
        session = self._warehouse.session(owner, statement["Database"])
        self._sessions[name] = session
        batch = statement.get("SubStatements")
        try:
            if not batch:
                return self._one(session, name, sqls[0], owner)
            session.run("BEGIN")
            for part, sql in zip(batch, sqls, strict=True):
                part.update(self._one(session, part["Id"], sql, owner))
            session.run("COMMIT")
            return {"Status": "FINISHED", "HasResultSet": batch[-1]["HasResultSet"], "ResultRows": -1}
        except SqlFailed as problem:
            wrong: dict[str, Any] = next((part for part in batch or [] if part["Status"] != "FINISHED"), {})
            wrong.update(Status="FAILED", Error=str(problem))
            return {"Status": "FAILED", "Error": str(problem)}
        finally:
            del self._sessions[name]
            session.close()

    def _one(self, session: Session, name: str, sql: str, owner: str) -> dict[str, Any]:
        result = self._warehouse.perform(session, sql, owner)
        if result.columns is None:
            return {"Status": "FINISHED", "HasResultSet": False, "ResultRows": result.count, "ResultSize": 0}
        rows, size = self._keep(name, result)
        self._documents.put("columns", "", name, {"columns": [metadata_of(column) for column in result.columns]})
        return {"Status": "FINISHED", "HasResultSet": True, "ResultRows": rows, "ResultSize": size}

    def _keep(self, name: str, result: SqlResult) -> tuple[int, int]:
        count = 0
        draft = self._results / f"{name}.draft"
        with draft.open("wb") as file:
            for row in result.rows:
                file.write(orjson.dumps([field_of(value) for value in row]) + b"\n")
                count += 1
        draft.replace(self._results / name)
        return count, (self._results / name).stat().st_size

    def _end(self, statement: Document, Status: str, **members: Any) -> None:  # noqa: N803  # the member's own name
        statement |= {"Status": Status, "UpdatedAt": time.time(), **members}
        self._documents.put("statement", "", statement["Id"], statement)

    def _describe(self, call: Call) -> Answer:
        name, _, part = parse(OneStatement, call.body).Id.partition(":")
        statement = self._find(name)
        if part:
            found = [inner for inner in statement.get("SubStatements", []) if inner["Id"] == f"{name}:{part}"]
            if not found:
                raise _missing()
            return {**{key: statement[key] for key in ("Database", "RedshiftPid") if key in statement}, **found[0]}
        return {key: value for key, value in statement.items() if key not in _OWN}

    async def _result(self, call: Call) -> Answer:
        request = parse(ReadResult, call.body)
        statement = self._find(request.Id.partition(":")[0])
        if statement["Status"] != "FINISHED":
            raise _invalid(f"Query is not in FINISHED state: {statement['Status']}")
        described = self._documents.get("columns", "", request.Id)
        if described is None:
            raise ServiceError(
                "ResourceNotFoundException", "Query does not have result. Please check query status."
            )
        token = request.NextToken or "0"
        if not token.isdecimal():
            raise _invalid("NextToken is not valid.")
        records, after = await asyncio.to_thread(read_page, self._results / request.Id, int(token))
        parts = [part for part in statement.get("SubStatements", []) if part["Id"] == request.Id]
        total = (parts[0] if parts else statement).get("ResultRows", 0)
        answer: dict[str, Any] = {
            "ColumnMetadata": described["columns"],
            "Records": records,
            "TotalNumRows": total,
        }
        if after is not None:
            answer["NextToken"] = str(after)
        return answer

    def _list(self, call: Call) -> Answer:
        request = parse(ListStatements, call.body)
        found = [
            statement
            for _, statement in self._documents.all("statement")
            if request.Status in (None, "ALL", statement["Status"])
            and statement.get("StatementName", "").startswith(request.StatementName or "")
        ]
        found.sort(key=lambda statement: -statement["CreatedAt"])
        begin, end = int(request.NextToken or 0), int(request.NextToken or 0) + (request.MaxResults or 100)
        members = ("Id", "Status", "QueryString", "StatementName", "CreatedAt", "UpdatedAt")
        shown = [{key: one[key] for key in members if key in one} for one in found[begin:end]]
        answer: dict[str, Any] = {"Statements": shown}
        if end < len(found):
            answer["NextToken"] = str(end)
        return answer

    def _cancel(self, call: Call) -> Answer:
        name = parse(OneStatement, call.body).Id.partition(":")[0]
        statement = self._find(name)
        if statement["Status"] not in _UNDER_WAY:
            raise _invalid(
                f"Could not cancel a query that is already in {statement['Status']} state with ID: {name}"
            )
        self._end(statement, "ABORTED", Error="Query cancelled on user's request")
        if name in self._sessions:
            self._sessions[name].cancel()
        return {"Status": True}

    def _find(self, name: str) -> Document:
        statement = self._documents.get("statement", "", name)
        if statement is None:
            raise _missing()
        return statement


def _new(request: Execute | BatchExecute, text: str, parts: Sequence[str]) -> Document:
    now = time.time()
    name = str(uuid.uuid4())
    given = request.model_dump(exclude_none=True, include=_SHOWN)
    statement: Document = {
        **given, "Id": name, "Status": "SUBMITTED", "QueryString": text, "CreatedAt": now, "UpdatedAt": now,
        "HasResultSet": False, "RedshiftPid": 0, "RedshiftQueryId": 0, "ResultRows": -1, "ResultSize": -1,
        "Duration": 0,
    }  # fmt: skip
    if parts:
        statement["SubStatements"] = [
            {
                "Id": f"{name}:{number}",
                "Status": "SUBMITTED",
                "QueryString": sql,
                "HasResultSet": False,
                "CreatedAt": now,
            }
            for number, sql in enumerate(parts, 1)
        ]
    return statement


def _started(statement: Document) -> Answer:
    members = ("Id", "CreatedAt", "Database", "WorkgroupName", "ClusterIdentifier", "DbUser", "SecretArn")
    return {key: statement[key] for key in members if key in statement}


def owner_of(request: Target) -> str:
    """The workgroup or cluster; ValidationException unless it is one of them."""
    if bool(request.WorkgroupName) == bool(request.ClusterIdentifier):
        raise _invalid("Either WorkgroupName or ClusterIdentifier must be given, and not both.")
    return str(request.WorkgroupName or request.ClusterIdentifier)


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


def _missing() -> ServiceError:
    return ServiceError("ResourceNotFoundException", "Query does not exist.")
