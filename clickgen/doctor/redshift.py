"""A Redshift Serverless workgroup: whether it answers, and has the tables that are loaded."""

import time
from collections.abc import Iterator

from clickgen.doctor.finding import Finding, fine, problem, warning
from clickgen.doctor.visit import Answer, Refused, Visit
from clickgen.pipeline.resources import DeliveryStream, Warehouse

_WAIT_S = 10.0  # a workgroup that has rested takes some seconds to answer
_POLL_S = 0.05
_PERMISSIONS = (
    "redshift-data:ExecuteStatement, redshift-data:DescribeStatement and redshift-serverless:GetCredentials"
)


def examine_warehouse(visit: Visit, station: str, name: str) -> Iterator[Finding]:
    answer = visit.ask("redshift-serverless", "get_workgroup", workgroupName=name)
    if isinstance(answer, Refused):
        yield answer.finding(station, f"workgroup {name}", "redshift-serverless:GetWorkgroup")
        return
    status = answer["workgroup"]["status"]
    if status != "AVAILABLE":
        what = f"it is {status}: Firehose tries again for as long as the stream's retry duration, then gives up"
        yield problem(station, what, "wait until it is AVAILABLE, or create it again")
        return
    warehouse = visit.description.resources[station]
    database = warehouse.database if isinstance(warehouse, Warehouse) else "dev"
    tables = {
        one.table or address.partition(":")[2]: address
        for address, one in visit.description.resources.items()
        if isinstance(one, DeliveryStream) and one.to == station
    }
    yield from _answers(visit, station, name, database)
    for table, stream in tables.items():
        yield from _table(visit, station, name, database, table, stream)


def _answers(visit: Visit, station: str, workgroup: str, database: str) -> Iterator[Finding]:
    done = _statement(visit, workgroup, database, "SELECT 1")
    if isinstance(done, Refused):
        if done.denied:
            yield done.finding(station, "its database", _PERMISSIONS)
        else:
            yield problem(
                station, f"it does not answer: {done.code}: {done.message}", "look at the workgroup's state"
            )
    elif done["Status"] != "FINISHED":
        reason = done.get("Error") or f"still {done['Status']} after {_WAIT_S:.0f} s"
        yield problem(station, f"it does not answer: {reason}", "start it, and send again what failed meanwhile")
    else:
        yield fine(station, f"available, and database {database} answers")


def _table(
    visit: Visit, station: str, workgroup: str, database: str, table: str, stream: str
) -> Iterator[Finding]:
    done = _statement(visit, workgroup, database, f"SELECT 1 FROM {table} LIMIT 0")  # noqa: S608  # of the user's file
    if isinstance(done, Refused):
        return  # said already
    if done["Status"] == "FAILED":
        yield problem(
            station, f"{stream} cannot load {table}: {done.get('Error')}", f"create {table}, or grant access"
        )
    elif done["Status"] != "FINISHED":
        yield warning(station, f"whether {table} is there is not known: {done['Status']}")
    else:
        yield fine(station, f"table {table} is there")


def _statement(visit: Visit, workgroup: str, database: str, sql: str) -> Answer | Refused:
    """How a statement that changes nothing ended."""
    made = visit.ask("redshift-data", "execute_statement", Sql=sql, WorkgroupName=workgroup, Database=database)
    if isinstance(made, Refused):
        return made
    deadline = time.monotonic() + _WAIT_S
    while True:
        done = visit.ask("redshift-data", "describe_statement", Id=made["Id"])
        if isinstance(done, Refused) or done["Status"] in {"FINISHED", "FAILED", "ABORTED"}:
            return done
        if time.monotonic() > deadline:
            return done
        time.sleep(_POLL_S)
