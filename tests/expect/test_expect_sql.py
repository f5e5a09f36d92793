"""The SQL of `clickgen expect --sql`: put to engines over the events themselves, it says what the run says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from clickgen.expect.question import Question
from clickgen.expect.simulated import simulated_answers
from clickgen.expect.spelling import SPELLINGS, spelling_of
from clickgen.expect.sql import EventTable, written
from clickgen.model.errors import UsageProblem
from clickgen.schema.registry import SCHEMAS, carried_by, id_path
from tests.support.counted import OWN_FIELDS, generated, made
from tests.support.simulated import shop

Schema = str | dict[str, Any]
Rows = list[tuple[Any, ...]]
EVENTS = EventTable("events")

# for each schema: by what is grouped, and what its events do not carry
ASKED: list[tuple[Schema, tuple[str, ...], set[str]]] = [
    ("flat", ("day", "hour", "page", "returning"), set()),
    ("flat", ("search_term", "utm_source", "event_type"), set()),
    ("ga4", ("day", "page", "country"), set()),
    ("ga4", ("hour", "traffic_source.medium", "device"), set()),
    ("segment", ("day", "page"), {"sessions"}),
    ("aws-clickstream", ("hour", "country", "search_term"), set()),
    ("snowplow", ("day", "url"), {"view_users", "view_sessions"}),
    ("page-view", ("day", "page"), {"sessions", "orders", "revenue"}),
    ("client-event", ("client_event", "minute"), {"sessions", "orders", "revenue"}),
    ("client-event", ("hour", "device"), {"sessions", "orders", "revenue"}),
    ("order", ("product_name",), {"users", "sessions", "orders", "revenue"}),
    (OWN_FIELDS, ("day", "page", "who.new"), set()),
]


def compare(
    schema: Schema, by: tuple[str, ...], dialect: str, ask: Callable[[list[bytes], str], Rows]
) -> set[str]:
    """Ask an engine what analytics should say of a schema's events, compare, and say what they do not carry."""
    plan = generated(schema, rate=8)
    question = Question(by, funnel=True, zone="Europe/Berlin")
    query = written(plan, shop(), question, SPELLINGS[dialect], EVENTS)
    run = made(plan)
    answers = simulated_answers(plan, shop(), run.claims, question)
    places = [answers.measures.index(name) for name in query.measures]
    expected = [(*row.words, *(row.figures[place] for place in places)) for row in answers.rows]
    lines = run.lines
    assert answers.rows[0].figures
    assert sum(row.figures[0] for row in answers.rows) == answers.accepted == len(lines)
    # what is delivered twice, and what others have sent, counts for nothing
    others = [line.replace(b"01234567-89ab-8", b"01234567-89ac-8") for line in lines[:50]]
    assert sorted(ask([*lines, *lines[:100], *others], query.sql), key=str) == sorted(expected, key=str)
    return set(query.left_out)


def asked_of_duckdb(tmp_path: Path) -> Callable[[list[bytes], str], Rows]:
    def ask(lines: list[bytes], sql: str) -> Rows:
        path = tmp_path / "events.json"
        path.write_bytes(b"\n".join(lines))
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(
                "CREATE MACRO with_timezone(moment, zone) AS moment AT TIME ZONE zone"
            )  # as Trino has it
            connection.read_json(str(path)).create("events")
            return connection.execute(sql).fetchall()

    return ask


@pytest.mark.parametrize(("schema", "by", "left_out"), ASKED)
def test_duckdb_counts_what_the_run_says(
    schema: Schema, by: tuple[str, ...], left_out: set[str], tmp_path: Path
) -> None:
    assert left_out <= compare(schema, by, "duckdb", asked_of_duckdb(tmp_path))


@pytest.mark.parametrize(
    ("schema", "by"), [("flat", ("day", "hour", "minute", "page")), ("ga4", ("day", "page")), ("snowplow", ())]
)
def test_athena_counts_what_the_run_says(schema: Schema, by: tuple[str, ...], tmp_path: Path) -> None:
    sqlglot = pytest.importorskip("sqlglot", reason="sqlglot stands in for Athena: it knows Trino's SQL")
    duck = asked_of_duckdb(tmp_path)
    compare(schema, by, "athena", lambda lines, sql: duck(lines, sqlglot.transpile(sql, "trino", "duckdb")[0]))


@pytest.mark.parametrize(
    ("schema", "by", "words"),
    [
        ("page-view", ("day", "country"), "schema page-view do not carry country"),
        ("order", ("day",), "schema order carry no time"),
        ("combined", (), "lines without columns"),
        ("flat", ("cuontry",), 'did you mean "country"'),
    ],
)
def test_what_the_events_do_not_carry_is_said(schema: str, by: tuple[str, ...], words: str) -> None:
    with pytest.raises(UsageProblem, match=words):
        written(generated(schema), shop(), Question(by), SPELLINGS["duckdb"], EVENTS)


def test_redshift_has_no_expression_for_what_is_in_an_array() -> None:
    with pytest.raises(UsageProblem, match=r"no expression for event_params\[page_location\]"):
        written(generated("ga4"), shop(), Question(("page",)), SPELLINGS["redshift"], EVENTS)
    sql = written(
        generated("aws-clickstream"), shop(), Question(("day", "url")), SPELLINGS["redshift"], EVENTS
    ).sql
    assert 'CAST(e."attributes"."_page_url" AS VARCHAR) AS "url"' in sql
    sql = written(generated("snowplow"), shop(), Question(), SPELLINGS["redshift"], EVENTS).sql
    assert 'e."data"[0]."duid"' in sql


def test_without_the_id_all_rows_count() -> None:
    table = EventTable("web.clicks", has_id=False, where="dt = '2026-03-01'")
    sql = written(generated("flat"), shop(), Question(), SPELLINGS["athena"], table).sql
    assert "DISTINCT\n" not in sql
    assert 'FROM "web"."clicks" AS e\n  WHERE (dt = \'2026-03-01\')\n' in sql


@pytest.mark.parametrize("name", SCHEMAS)
def test_where_a_schema_carries_the_id_is_said_once(name: str) -> None:
    carried = carried_by(name)
    if SCHEMAS[name].lines is None:
        assert carried.event_id is not None
        assert carried.event_id.replace("[]", "") == ".".join(id_path(name))


def test_the_dialects_of_all_engines_have_a_spelling() -> None:
    assert [spelling_of(name).name for name in ("duckdb", "trino", "redshift", "postgresql")] == [
        "duckdb",
        "athena",
        "redshift",
        "redshift",
    ]
