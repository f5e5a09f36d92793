"""`clickgen local query`: SQL over a lake from the command line, with and without a server."""

import json
from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.support.athena_client import Asker
from tests.support.local_server import serving

_STATEMENTS = (
    "CREATE DATABASE shop",
    "CREATE EXTERNAL TABLE shop.clicks (id string, n int) PARTITIONED BY (dt string)"
    " ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://data/clicks/'",
    "MSCK REPAIR TABLE shop.clicks",
)
_MADE = ";\n-- a comment; with a semicolon\n".join(_STATEMENTS)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    folder = tmp_path / "lake"
    for day in ("01", "02"):
        path = folder / "data" / "clicks" / f"dt=2026-01-{day}" / "a.json"
        path.parent.mkdir(parents=True)
        path.write_text(f'{{"id": "a,{day}", "n": 1}}\n{{"id": "b"}}\n')
    return folder


def test_rows_are_csv_when_they_are_piped(clickgen: CommandLine, lake: Path) -> None:
    select = "SELECT id, n, dt FROM shop.clicks WHERE dt = '2026-01-02' ORDER BY id"
    ended = clickgen.run("local", "query", f"{_MADE}; {select}", "--dir", str(lake))
    assert ended.code == 0
    assert ended.out.endswith('id,n,dt\n"a,02",1,2026-01-02\nb,,2026-01-02\n')
    assert "create external table" not in ended.out
    assert "scanned" in ended.err


def test_a_table_json_and_a_file(clickgen: CommandLine, lake: Path, tmp_path: Path) -> None:
    script = tmp_path / "made.sql"
    script.write_text(_MADE)
    assert clickgen.run("local", "query", str(script), "--dir", str(lake)).code == 0
    where = ("--dir", str(lake), "--database", "shop")
    rows = clickgen.run("local", "query", "SELECT * FROM clicks ORDER BY dt, id", "--format", "json", *where)
    assert json.loads(rows.out.splitlines()[0]) == {
        "id": "a,01",
        "n": "1",
        "dt": "2026-01-01",
    }
    table = clickgen.run("local", "query", "SELECT n FROM clicks ORDER BY n LIMIT 3", "--format", "table", *where)
    assert [line.split() for line in table.out.splitlines()] == [["n"], ["1"], ["1"], ["NULL"]]


def test_a_query_and_a_server_share_the_catalogue(clickgen: CommandLine, lake: Path) -> None:
    with serving(lake) as server:
        athena = Asker(server)
        for statement in _STATEMENTS:
            athena.execution(statement)
        assert clickgen.run("local", "query", _MADE, "--dir", str(lake)).code == 2
        written = clickgen.run(
            "local", "query", "CREATE TABLE shop.copy AS SELECT * FROM shop.clicks", "--dir", str(lake)
        )
        assert "rows written" in written.err
        assert athena.rows("SELECT count(*) FROM shop.copy") == athena.rows("SELECT count(*) FROM shop.clicks")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELEC 1", "line 1:1: mismatched input 'SELEC'"),
        ("SELECT * FROM nowhere", "Table 'awsdatacatalog.default.nowhere' does not exist"),
        ("missing.sql", "cannot be read"),
        (" ; ", "there is no statement"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(clickgen: CommandLine, lake: Path, sql: str, words: str) -> None:
    ended = clickgen.run("local", "query", sql, "--dir", str(lake))
    assert ended.code == 2
    assert words in ended.err
    assert "Traceback" not in ended.err
