"""Prices as data: what ships is whole and sourced, and every mistake in a file of one's own is told at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from clickgen.cost.prices import Price, load_prices
from clickgen.cost.volume import GIB
from clickgen.model.errors import UsageProblem

SHIPPED = Path(__file__).parents[2] / "clickgen" / "cost" / "prices.json"


def with_change(at: str, value: Any) -> str:
    """The shipped file with the key at this dotted place set, or taken out where the value is ...."""
    found = json.loads(SHIPPED.read_text())
    *path, last = at.split(".")
    table = found
    for key in path:
        table = table[int(key)] if isinstance(table, list) else table[key]
    if value is ...:
        del table[last]
    else:
        table[last] = value
    return json.dumps(found)


def problem(tmp_path: Path, text: str) -> UsageProblem:
    file = tmp_path / "mine.json"
    file.write_text(text)
    with pytest.raises(UsageProblem) as caught:
        load_prices(file)
    return caught.value


def test_the_shipped_file_loads_the_same_by_its_path() -> None:
    assert load_prices(SHIPPED) == load_prices()


def test_every_figure_says_where_it_is_from() -> None:
    tables = json.loads(SHIPPED.read_text())
    prices = [price for table in tables.values() if isinstance(table, dict) for price in table.values()]
    assert len(prices) == 21
    for price in prices:
        source = price["source"]
        known = "AWS Pricing Calculator" in source or "infracost" in source
        assert known or "public list price, 20" in source, source


def test_the_bound_of_a_run_is_counted_in_the_first_tier() -> None:
    prices = load_prices()
    assert prices.usd_per_gb == 0.029
    assert prices.usd(1000 * GIB) == pytest.approx(29.0)
    assert prices.billed_bytes(29.0) == pytest.approx(1000 * GIB)
    assert prices.usd(1_000_000 * GIB) == pytest.approx(29_000.0)  # as if no tier followed


def test_free_ingestion_has_no_bound(tmp_path: Path) -> None:
    (tmp_path / "free.json").write_text(with_change("firehose.ingestion_gb", {"usd": 0, "source": "a gift"}))
    prices = load_prices(tmp_path / "free.json")
    assert prices.usd(5120) == 0
    assert prices.billed_bytes(1.0) > 1 << 60


def test_per_divides_and_tiers_follow_each_other() -> None:
    flat = Price(usd=0.005, per=1000, source="s")
    assert flat.cost(3000) == pytest.approx(0.015)
    tiered = Price.model_validate({"tiers": [{"up_to": 10, "usd": 3}, {"usd": 1}], "source": "s"})
    # ten at 3 and five at 1; over two months 7.5 a month, all in the first tier; no month is shorter than one
    assert [tiered.cost(15), tiered.cost(15, 2), tiered.cost(15, 0.1)] == [35.0, 45.0, 35.0]


@pytest.mark.parametrize(
    ("at", "value", "line"),
    [
        ("firehose.ingestion", 3, 'firehose.ingestion: unknown key; did you mean "ingestion_gb"?'),
        ("kineses", {}, 'kineses: unknown key; did you mean "kinesis"?'),
        ("kinesis.colour", 1, "kinesis.colour: unknown key; known here: stream_hours, in_gb, out_gb,"),
        ("s3.put_requests", ..., "s3.put_requests: missing"),
        ("s3.put_requests.usd", -1, "s3.put_requests.usd: input should be greater than or equal to 0 (given: -1)"),
        ("s3.put_requests.usd", float("nan"), "s3.put_requests.usd: input should be a finite number"),
        ("s3.put_requests.usd", "cheap", "s3.put_requests.usd: input should be a valid number"),
        ("s3.put_requests.per", 0, "s3.put_requests.per: input should be greater than or equal to 1 (given: 0)"),
        ("s3.put_requests.source", "", "s3.put_requests.source: "),
        ("s3.put_requests.usd", ..., "s3.put_requests: needs either usd or tiers"),
        ("s3.put_requests.tiers", [{"usd": 1}], "s3.put_requests: needs either usd or tiers"),
        ("firehose.ingestion_gb.tiers.0.dollars", 1, "firehose.ingestion_gb.tiers[0].dollars: unknown key"),
        ("firehose.ingestion_gb.tiers.1.up_to", 7, "firehose.ingestion_gb: every up_to of tiers must be above"),
        ("firehose.ingestion_gb.tiers.0.up_to", None, "firehose.ingestion_gb: every up_to of tiers must be above"),
        ("firehose.ingestion_gb.tiers.2.up_to", 9e9, "firehose.ingestion_gb: the last of tiers must have no end"),
        ("date", "yesterday", "date: 'yesterday' is not a day; write it as 2025-11-01"),
        ("region", "", "region: "),
    ],
)
def test_each_mistake_names_its_place(tmp_path: Path, at: str, value: Any, line: str) -> None:
    lines = problem(tmp_path, with_change(at, value)).message.splitlines()
    assert any(found.startswith(f"{tmp_path / 'mine.json'}: {line}") for found in lines), lines


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert len(problem(tmp_path, "{}").message.splitlines()) == 8


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a JSON file"),
        ('{"date": ', "not a JSON file"),
        ("[" * 100_000, "not a JSON file"),
        ("[]", "not a JSON object"),
    ],
)
def test_what_is_no_object_is_told_apart(tmp_path: Path, text: str, words: str) -> None:
    found = problem(tmp_path, text)
    assert words in found.message
    assert found.hint


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe{}")
    for name, words in {"binary.json": "UTF-8", "absent.json": "No such file", ".": "Is a directory"}.items():
        with pytest.raises(UsageProblem, match=words):
            load_prices(tmp_path / name)
