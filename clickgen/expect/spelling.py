"""How DuckDB, Athena and Redshift spell a column that is nested, and the parts of a time."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from clickgen.model.errors import UsageProblem
from clickgen.schema.carried import TimeColumn, TimeForm

_STEP = re.compile(r"(?P<name>[^.\[\]]+)(?:\[(?P<key>[^\]]*)\])?\.?")
_A_SECOND = {TimeForm.SECONDS: 1, TimeForm.MILLISECONDS: 1000, TimeForm.MICROSECONDS: 1_000_000}

ROW = "e"  # what a row of the table is called


@dataclass(frozen=True, slots=True)
class Spelling:
    """The SQL of an engine."""

    name: str
    first: int  # the index of an array's first element
    member: Callable[[str, str], str] | None
    """Of an array of parameters, the value of the one with that key, or None if no expression can find it."""
    moment: Mapping[TimeForm, str]  # a time from text, by its form, as UTC without a zone
    since_1970: str  # the same from seconds
    zoned: str  # such a time as the clocks of a zone show it
    day: str  # the day of such a time, as text
    minute: str  # and the minute, as in 2026-11-21T14:05
    nested_as_text: bool = False  # what is nested has a type of its own, and is compared as text

    def at(self, path: str) -> str:
        """The expression of a column; UsageProblem if the engine has none for it."""
        found = ROW
        for step in _STEP.finditer(path):
            found += f".{identifier(step['name'])}"
            if step["key"] == "":
                found += f"[{self.first}]"
            elif step["key"] is not None:
                if self.member is None:
                    raise UsageProblem(
                        f"{self.name} has no expression for {path}, which is one of the elements of an array",
                        "unnest it in a view, and compare a query of your own: --query FILE",
                    )
                found = f'{self.member(found, step["key"])}."value"'
        return found

    def text_at(self, path: str) -> str:
        """The same of a column that is grouped by, whatever way the engine keeps what is nested."""
        found = self.at(path)
        return f"CAST({found} AS VARCHAR)" if self.nested_as_text and "." in path else found

    def local(self, column: TimeColumn, zone: str) -> str:
        """The time of an event as the clocks of a time zone show it."""
        at = self.at(column.path)
        if column.form in self.moment:
            utc = self.moment[column.form].format(at)
        else:
            utc = self.since_1970.format(f"FLOOR(CAST({at} AS BIGINT) / {_A_SECOND[column.form]})")
        return utc if zone == "UTC" else self.zoned.format(utc, text(zone))


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


_CAST = {TimeForm.ISO: "CAST({} AS TIMESTAMP)", TimeForm.NAIVE: "CAST({} AS TIMESTAMP)"}
_ZONED = "(({}) AT TIME ZONE 'UTC') AT TIME ZONE {}"
SPELLINGS = {
    spelling.name: spelling
    for spelling in (
        Spelling(
            "duckdb",
            first=1,
            member=lambda array, key: f'[p FOR p IN {array} IF p."key" = {text(key)}][1]',
            moment=_CAST,
            since_1970="TIMESTAMP '1970-01-01' + TO_SECONDS({})",
            zoned=_ZONED,
            day="STRFTIME({}, '%Y-%m-%d')",
            minute="STRFTIME({}, '%Y-%m-%dT%H:%M')",
        ),
        Spelling(
            "athena",
            first=1,
            member=lambda array, key: f'ELEMENT_AT(FILTER({array}, p -> p."key" = {text(key)}), 1)',
            moment={
                TimeForm.ISO: "CAST(FROM_ISO8601_TIMESTAMP({}) AT TIME ZONE 'UTC' AS TIMESTAMP)",
                TimeForm.NAIVE: "CAST(REPLACE({}, 'T', ' ') AS TIMESTAMP)",
            },
            since_1970="CAST(FROM_UNIXTIME({}) AT TIME ZONE 'UTC' AS TIMESTAMP)",
            zoned="CAST(WITH_TIMEZONE({}, 'UTC') AT TIME ZONE {} AS TIMESTAMP)",
            day="DATE_FORMAT({}, '%Y-%m-%d')",
            minute="DATE_FORMAT({}, '%Y-%m-%dT%H:%i')",
        ),
        Spelling(
            "redshift",
            first=0,
            member=None,
            moment=_CAST,
            since_1970="TIMESTAMP 'epoch' + {} * INTERVAL '1 second'",
            zoned=_ZONED,
            day="TO_CHAR({}, 'YYYY-MM-DD')",
            minute="TO_CHAR({}, 'YYYY-MM-DD\"T\"HH24:MI')",
            nested_as_text=True,
        ),
    )
}
_OF_DIALECTS = {"trino": "athena", "postgresql": "redshift"}


def spelling_of(dialect: str) -> Spelling:
    """The spelling of the engine that a dialect of SQL is named for."""
    return SPELLINGS[_OF_DIALECTS.get(dialect, dialect)]
