"""prime-day from `local up` to verified, with a fault that is found at its station."""

from tests.conftest import CommandLine
from tests.support.running_example import running_example


def test_orders_arrive_at_every_station(clickgen: CommandLine) -> None:
    with running_example("prime-day", clickgen) as sale:
        sale.send(300, "--profile", "prime-day", "--schema", "order")
        stations = sale.verify()
    assert list(stations) == ["dynamodb:orders", "kinesis:orders", "firehose:orders"]
    assert {station["verdict"] for station in stations.values()} == {"verified"}
