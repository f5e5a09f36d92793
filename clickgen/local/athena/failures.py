"""Why a query fails, in Athena's words."""

import re
from dataclasses import dataclass

USER, SYSTEM = 2, 1
"""`AthenaError.ErrorCategory`: whose fault it was."""

_LINE = re.compile(r"\n+LINE \d+:.*", re.DOTALL)
_CODES = {
    "Parser Error": "SYNTAX_ERROR",
    "Binder Error": "TYPE_MISMATCH",
    "Invalid Input Error": "INVALID_FUNCTION_ARGUMENT",
    "Conversion Error": "INVALID_CAST_ARGUMENT",
    "Out of Memory Error": "EXCEEDED_LOCAL_MEMORY_LIMIT",
    "Out of Range Error": "NUMERIC_VALUE_OUT_OF_RANGE",
}
"""Athena's code for a kind of DuckDB's errors."""

_WORDS = [
    (
        re.compile(r'Referenced (?:column|table) "(?P<name>[^"]+)"'),
        "COLUMN_NOT_FOUND",
        "Column '{name}' cannot be resolved or requester is not authorized to access requested resources",
    ),
    (
        re.compile(r"Function with name (?P<name>\S+) does not exist"),
        "FUNCTION_NOT_FOUND",
        "Function '{name}' not registered",
    ),
    (re.compile("Division by zero"), "DIVISION_BY_ZERO", "Division by zero"),
    (
        re.compile(r"Could not convert (?:string )?'?(?P<value>.*?)'? to (?P<kind>\w+)"),
        "INVALID_CAST_ARGUMENT",
        "Cannot cast '{value}' to {kind}",
    ),
    (re.compile(r"\b(?P<code>[A-Z]+_[A-Z_]+): (?P<words>.*)"), "", "{words}"),  # raised by a macro
]
"""What DuckDB says, Athena's code for it, and Athena's words."""


@dataclass
class QueryFailed(Exception):
    """A query that cannot be answered.

    reason: `StateChangeReason`.
    category: `AthenaError.ErrorCategory`.
    at_start: whether StartQueryExecution already refuses it, because it is not SQL.
    """

    reason: str
    category: int = USER
    at_start: bool = False

    def __str__(self) -> str:
        return self.reason


def failed(code: str, message: str, place: tuple[int, int] | None = None) -> QueryFailed:
    """A failure with a code, like `TABLE_NOT_FOUND: line 1:15: …`. place: line and column, if they are known."""
    at = f"line {place[0]}:{place[1]}: " if place else ""
    return QueryFailed(f"{code}: {at}{message}")


def syntax_error(message: str, place: tuple[int, int] = (1, 1)) -> QueryFailed:
    """What is not SQL; StartQueryExecution refuses it with these words."""
    return QueryFailed(f"line {place[0]}:{place[1]}: {message}", at_start=True)


def hive_failed(message: str) -> QueryFailed:
    """A failure of a DDL statement, which Hive's words are for."""
    return QueryFailed(f"FAILED: {message}")


def of_duckdb(problem: Exception, sql: str) -> QueryFailed:
    """What DuckDB says of a statement, in Athena's words as far as there are any."""
    kind, _, message = _LINE.sub("", str(problem)).strip().partition(": ")
    first = message.split("\n", 1)[0]
    for pattern, code, words in _WORDS:
        found = pattern.search(first)
        if found:
            named = found.groupdict()
            place = _place(sql, named["name"]) if "name" in named else None
            return failed(code or named["code"], words.format(**named), place)
    return failed(_CODES.get(kind, "GENERIC_USER_ERROR"), first or kind)


def _place(sql: str, name: str) -> tuple[int, int] | None:
    """Where a name is first mentioned."""
    found = re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", sql, re.IGNORECASE)
    if found is None:
        return None
    before = sql[: found.start()]
    return before.count("\n") + 1, found.start() - before.rfind("\n")
