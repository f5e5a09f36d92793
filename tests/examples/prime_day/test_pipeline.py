"""prime-day from `local up` to verified, with the answers that its queries give."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from clickgen.model.errors import ExitCode
from tests.conftest import CommandLine
from tests.support.running_example import RunningExample, running_example


@pytest.fixture
def sale(clickgen: CommandLine) -> Iterator[RunningExample]:
    with running_example("prime-day", clickgen) as running:
        yield running


def test_what_sells_is_what_was_sent(sale: RunningExample) -> None:
    sale.send(300)
    stations = sale.verify()
    assert list(stations) == ["dynamodb:orders", "kinesis:orders", "firehose:orders"]
    assert {station["verdict"] for station in stations.values()} == {"verified"}

    sold = {row["product_name"]: int(row["sold"]) for row in sale.query(sale.folder / "sql" / "by_product.sql")}
    answers = sale.run("expect", "--by", "product_name", "--json").json
    assert sold == {row["product_name"]: row["hits"] for row in answers["rows"]}
    (whole_day,) = sale.query(sale.folder / "sql" / "projection.sql")
    assert Decimal(whole_day["by_the_end_of_the_day"]) > Decimal(whole_day["revenue"]) > 0
    assert "no changes" in sale.run("local", "crawl", "orders").out
    assert "did you mean" in sale.run("local", "crawl", "ordrs", code=ExitCode.USAGE).err
