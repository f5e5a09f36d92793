"""Files of SQL that set a pipeline up: run by Athena or Redshift, one statement after the other."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from clickgen.model.errors import EnvironmentProblem

_POLL_S = 0.1


def statements_of(text: str) -> Iterator[str]:
    """The statements of a file: they end with a semicolon that is in no quotes and no comment."""
    statement: list[str] = []
    position, quote = 0, ""
    while position < len(text):
        char, pair = text[position], text[position : position + 2]
        if quote:
            quote = "" if char == quote else quote
        elif pair in {"--", "/*"}:
            mark = "\n" if pair == "--" else "*/"
            end = text.find(mark, position + 2)
            position = len(text) if end < 0 else end + len(mark)
            statement.append(" ")
            continue
        elif char in "'\"`":
            quote = char
        elif char == ";":
            yield from _not_empty(statement)
            statement = []
            position += 1
            continue
        statement.append(char)
        position += 1
    yield from _not_empty(statement)


def run_in_athena(athena: Any, database: str, statements: Sequence[tuple[Path, str]], output: str) -> None:
    """Run statements in order, each with the file that it is from. EnvironmentProblem in Athena's words."""
    for file, statement in statements:
        query = athena.start_query_execution(
            QueryString=statement,
            QueryExecutionContext={"Database": database},
            ResultConfiguration={"OutputLocation": output},
        )["QueryExecutionId"]
        status = _athena_status(athena, query)
        while status["State"] in {"QUEUED", "RUNNING"}:
            time.sleep(_POLL_S)
            status = _athena_status(athena, query)
        if status["State"] != "SUCCEEDED":
            raise _failed(file, str(status.get("StateChangeReason", status["State"])))


def run_in_redshift(redshift: Any, workgroup: str, database: str, statements: Sequence[tuple[Path, str]]) -> None:
    """Run statements in order, each with the file that it is from. EnvironmentProblem in the warehouse's words."""
    for file, statement in statements:
        made = redshift.execute_statement(Sql=statement, WorkgroupName=workgroup, Database=database)
        status = redshift.describe_statement(Id=made["Id"])
        while status["Status"] in {"SUBMITTED", "PICKED", "STARTED"}:
            time.sleep(_POLL_S)
            status = redshift.describe_statement(Id=made["Id"])
        if status["Status"] != "FINISHED":
            raise _failed(file, str(status.get("Error", status["Status"])))


def _athena_status(athena: Any, query: str) -> dict[str, Any]:
    status: dict[str, Any] = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
    return status


def _failed(file: Path, words: str) -> EnvironmentProblem:
    return EnvironmentProblem(f"{file} failed: {words}", "correct the statement and start the pipeline again")


def _not_empty(statement: list[str]) -> Iterator[str]:
    text = "".join(statement).strip()
    if text:
        yield text
