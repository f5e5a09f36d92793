"""Query executions: started, carried out by workers, kept with what became of them."""

import asyncio
import time
import uuid
from pathlib import Path
from typing import Any

from clickgen.local.athena.failures import SYSTEM, USER, QueryFailed
from clickgen.local.athena.groups import WorkGroups, listed, refused
from clickgen.local.athena.results import page_of, result_uri
from clickgen.local.athena.shapes import OneExecution, Page, ReadResults, SomeExecutions, Start
from clickgen.local.athena.words import with_parameters
from clickgen.local.athena.workers import Workers
from clickgen.local.platform.documents import Document, Documents
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.inside import is_bucket
from clickgen.local.platform.service import Action, Answer, Call
from clickgen.local.platform.shapes import parse

MAX_WAITING = 200
"""Queries that may wait or run; Athena's quota of DML queries in one region is of this size."""

_KEPT_SECONDS = 45 * 86_400  # Athena keeps its history for 45 days
_PAGE_ROWS, _MAX_PAGE_ROWS = 1_000, 1_000
_ERROR_TYPES = {USER: 1006, SYSTEM: 1}
_UNDER_WAY = ("QUEUED", "RUNNING")
_NO_PLACE = (
    "No output location provided. An output location is required either through the Workgroup result configuration"
    " setting or as an API input."
)


class Executions:
    """The executions of one lake."""

    def __init__(self, lake: Path, documents: Documents, groups: WorkGroups, workers: Workers) -> None:
        """Take up the history; what an earlier server left running has failed."""
        self._lake = lake
        self._documents = documents
        self._groups = groups
        self._workers = workers
        self._tasks: dict[str, asyncio.Task[None]] = {}
        for name, execution in documents.all("execution"):
            if execution["Status"]["SubmissionDateTime"] < time.time() - _KEPT_SECONDS:
                documents.delete("execution", "", name)
            elif execution["Status"]["State"] in _UNDER_WAY:
                self._end(execution, "FAILED", "GENERIC_INTERNAL_ERROR: the server ended meanwhile", SYSTEM)

    def actions(self) -> dict[str, Action]:
        """The actions by name."""
        return {
            "StartQueryExecution": self._start,
            "GetQueryExecution": lambda call: {
                "QueryExecution": _public(self._find(parse(OneExecution, call.body).QueryExecutionId))
            },
            "BatchGetQueryExecution": self._several,
            "ListQueryExecutions": self._list,
            "StopQueryExecution": self._stop,
            "GetQueryResults": self._results,
        }

    async def close(self) -> None:
        """Stop what is under way."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._workers.close()

    async def _start(self, call: Call) -> Answer:
        request = parse(Start, call.body)
        if len(self._tasks) >= MAX_WAITING:
            members = {"Reason": "CONCURRENT_QUERY_LIMIT_EXCEEDED"}
            raise ServiceError("TooManyRequestsException", "Concurrent query limit exceeded", 400, members)
        earlier = self._documents.get("token", "", request.ClientRequestToken or "")
        if earlier is not None:
            if earlier["request"] != _told_apart(request):
                raise refused("Idempotent parameters do not match", "IDEMPOTENT_PARAMETER_MISMATCH")
            return {"QueryExecutionId": earlier["id"]}
        sql = request.QueryString
        if request.ExecutionParameters:
            try:
                sql = with_parameters(sql, request.ExecutionParameters)
            except ValueError as problem:
                raise refused(str(problem)) from None
        group = self._groups.enabled(request.WorkGroup or "primary")
        location = _location(group, request)
        refusal = await asyncio.to_thread(_refusal, sql)
        if refusal is not None:
            raise refusal
        execution = _new(request, location, group)
        name = execution["QueryExecutionId"]
        with self._documents.together():
            self._documents.put("execution", "", name, execution)
            if request.ClientRequestToken:
                token = {"id": name, "request": _told_apart(request)}
                self._documents.put("token", "", request.ClientRequestToken, token)
        task = asyncio.create_task(self._carry_out(execution, sql, group))
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._tasks.pop(name, None))
        return {"QueryExecutionId": name}

    async def _carry_out(self, execution: Document, sql: str, group: Document) -> None:
        name = execution["QueryExecutionId"]
        request = {
            "sql": sql,
            "database": execution["QueryExecutionContext"].get("Database", "default").lower(),
            "location": execution["folder"],
            "name": name,
            "most_bytes": group["Configuration"].get("BytesScannedCutoffPerQuery"),
        }

        def started() -> None:
            execution["Status"]["State"] = "RUNNING"
            execution["began"] = time.time()
            self._documents.put("execution", "", name, execution)

        try:
            answer = await self._workers.perform(name, request, started)
        except OSError as problem:
            answer = {"failed": f"GENERIC_INTERNAL_ERROR: {problem}", "category": SYSTEM}
        if self._find(name)["Status"]["State"] == "CANCELLED":
            return
        if "failed" in answer:
            self._end(execution, "FAILED", answer["failed"], answer["category"])
            return
        execution |= {"StatementType": answer["statement"], "SubstatementType": answer["substatement"]}
        execution |= {"columns": answer["columns"], "headed": answer["headed"], "update": answer["update_count"]}
        execution["ResultConfiguration"]["OutputLocation"] = answer["uri"]
        execution["Statistics"] = {"DataScannedInBytes": answer["scanned"]}
        if answer["manifest"]:
            execution["Statistics"]["DataManifestLocation"] = answer["manifest"]
        self._end(execution, "SUCCEEDED", None, USER)

    def _end(self, execution: Document, state: str, reason: str | None, category: int) -> None:
        now = time.time()
        submitted = execution["Status"]["SubmissionDateTime"]
        began = execution.get("began", now)
        status = {"State": state, "SubmissionDateTime": submitted, "CompletionDateTime": now}
        if reason is not None:
            status["StateChangeReason"] = reason
        if state == "FAILED":
            status["AthenaError"] = {
                "ErrorCategory": category,
                "ErrorType": _ERROR_TYPES[category],
                "Retryable": category == SYSTEM,
                "ErrorMessage": reason,
            }
        execution["Status"] = status
        execution["Statistics"] = {
            "DataScannedInBytes": 0,
            **execution.get("Statistics", {}),
            "EngineExecutionTimeInMillis": int((now - began) * 1000),
            "QueryQueueTimeInMillis": int((began - submitted) * 1000),
            "TotalExecutionTimeInMillis": int((now - submitted) * 1000),
            "QueryPlanningTimeInMillis": 0,
            "ServiceProcessingTimeInMillis": 0,
        }
        self._documents.put("execution", "", execution["QueryExecutionId"], execution)

    def _stop(self, call: Call) -> Answer:
        execution = self._find(parse(OneExecution, call.body).QueryExecutionId)
        if execution["Status"]["State"] in _UNDER_WAY:
            self._end(execution, "CANCELLED", "Query cancelled by user", USER)
            name = execution["QueryExecutionId"]
            if not self._workers.stop(name) and name in self._tasks:
                self._tasks[name].cancel()
        return {}

    def _several(self, call: Call) -> Answer:
        found, missing = [], []
        for name in parse(SomeExecutions, call.body).QueryExecutionIds:
            execution = self._documents.get("execution", "", name)
            if execution is not None:
                found.append(_public(execution))
            else:
                words = f"QueryExecution {name} was not found"
                missing.append({"QueryExecutionId": name, "ErrorCode": "NOT_FOUND", "ErrorMessage": words})
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    def _list(self, call: Call) -> Answer:
        group = parse(Page, call.body).WorkGroup or "primary"
        every = [body for _, body in self._documents.all("execution") if body["WorkGroup"] == group]
        every.sort(key=lambda body: -body["Status"]["SubmissionDateTime"])
        return listed("QueryExecutionIds", [body["QueryExecutionId"] for body in every], call)

    async def _results(self, call: Call) -> Answer:
        request = parse(ReadResults, call.body)
        execution = self._find(request.QueryExecutionId)
        if (request.MaxResults or 0) > _MAX_PAGE_ROWS:
            raise refused("MaxResults is more than maximum allowed length 1000")
        state = execution["Status"]["State"]
        if state != "SUCCEEDED":
            raise refused(
                f"Query has not yet finished. Current state: {state}"
                if state in _UNDER_WAY
                else f"Query did not finish successfully. Final query state: {state}"
            )
        token = request.NextToken or "0"
        if not token.isdecimal():
            raise refused("Malformed or invalid NextToken")
        rows, after = await asyncio.to_thread(self._rows, execution, int(token), request.MaxResults or _PAGE_ROWS)
        answer: dict[str, Any] = {
            "UpdateCount": execution.get("update", 0),
            "ResultSet": {
                "Rows": [
                    {"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in rows
                ],
                "ResultSetMetadata": {"ColumnInfo": execution.get("columns", [])},
            },
        }
        if after is not None:
            answer["NextToken"] = str(after)
        return answer

    def _rows(
        self, execution: Document, position: int, count: int
    ) -> tuple[list[tuple[str | None, ...]], int | None]:
        uri = execution["ResultConfiguration"]["OutputLocation"]
        if not uri.endswith((".csv", ".txt")):
            return [], None
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        try:
            return page_of(self._lake / bucket / key, position, count, plain=uri.endswith(".txt"))
        except FileNotFoundError:
            raise refused(f"Could not find results: {uri} is not there any more") from None

    def _find(self, name: str) -> Document:
        execution = self._documents.get("execution", "", name)
        if execution is None:
            raise refused(f"QueryExecution {name} was not found", "QUERY_EXECUTION_NOT_FOUND")
        return execution


def _refusal(sql: str) -> ServiceError | None:
    """Why a statement is not even started, or None."""
    try:
        from clickgen.local.athena.engine import check  # an extra
    except ImportError as problem:
        words = f"Athena needs {problem.name}: pip install 'clickgen-aws[local]', then start the server again"
        return refused(words)
    try:
        check(sql)
    except QueryFailed as problem:
        return refused(problem.reason, "MALFORMED_QUERY")
    return None


def _location(group: Document, request: Start) -> str:
    """Where results go, ended by a slash: the work group's place if it enforces its own, else the request's."""
    configured = group["Configuration"].get("ResultConfiguration", {}).get("OutputLocation")
    given = request.ResultConfiguration.OutputLocation if request.ResultConfiguration else None
    enforced = group["Configuration"].get("EnforceWorkGroupConfiguration") and configured
    location = configured if enforced or not given else given
    if not location:
        raise refused(_NO_PLACE)
    if not location.startswith("s3://") or not is_bucket(location.removeprefix("s3://").split("/", 1)[0]):
        raise refused(f"outputLocation is not a valid S3 path: {location}")
    return f"{location.rstrip('/')}/"


def _new(request: Start, location: str, group: Document) -> Document:
    name = str(uuid.uuid4())
    context = request.QueryExecutionContext.model_dump(exclude_none=True) if request.QueryExecutionContext else {}
    settings = request.ResultConfiguration.model_dump(exclude_none=True) if request.ResultConfiguration else {}
    return {
        "QueryExecutionId": name,
        "Query": request.QueryString,
        "StatementType": "DML",
        "ResultConfiguration": {**settings, "OutputLocation": result_uri(location, "", name, headed=True)},
        "QueryExecutionContext": context,
        "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
        "Statistics": {"DataScannedInBytes": 0},
        "WorkGroup": group["Name"],
        "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"},
        "folder": location,
        **({"ExecutionParameters": request.ExecutionParameters} if request.ExecutionParameters else {}),
    }


def _public(execution: Document) -> Document:
    """An execution as the API shows it: its own members are written with a capital letter."""
    return {key: value for key, value in execution.items() if key[0].isupper()}


def _told_apart(request: Start) -> list[Any]:
    """What must be the same where a token is used again."""
    context, place = request.QueryExecutionContext, request.ResultConfiguration
    return [
        request.QueryString,
        context.Database if context else None,
        place.OutputLocation if place else None,
    ]
