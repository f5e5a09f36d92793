"""A DynamoDB table as a target: whether it is there, which keys it has, and what it charges."""

from clickgen.cost.prices import Prices
from clickgen.model.destination import DynamoDbDestination
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.run.targets.target import TAKES_WRITES, Target, TargetKind, check_status, connect
from clickgen.run.targets.tariff import UnitPrice
from clickgen.sink.aws import Access
from clickgen.sink.checked_answers import Members
from clickgen.sink.describe import Undescribed, account_in, describe_or_explain
from clickgen.sink.dynamodb import KEY_TYPES, LIMITS, table_keys
from clickgen.sink.registry import Address


def _find(address: Address, access: Access) -> Target:
    """Find out about a table and its keys; EnvironmentProblem or UsageProblem if nothing can be sent there."""
    reached, table = connect("dynamodb", access), address.name
    answer = describe_or_explain(
        lambda: reached.client.describe_table(TableName=table), reached.client, "table", table
    )
    if isinstance(answer, Undescribed):
        raise EnvironmentProblem(
            f"table {table!r} cannot be described, so its keys are not known: {answer.reason}",
            "sending needs the permissions dynamodb:DescribeTable and dynamodb:BatchWriteItem on the table",
        )
    facts: Members = answer["Table"]
    check_status("table", table, facts["TableStatus"], TAKES_WRITES)
    keys = table_keys(facts)
    for field, kind in keys.items():
        if kind not in KEY_TYPES:
            raise UsageProblem(
                f"the key {field!r} of table {table!r} is binary, which no field of an event is",
                "name a table whose keys are text or numbers",
            )
    account = account_in(facts.get("TableArn", "")) or reached.account()
    words = " and ".join(keys)
    return Target(
        destination=reached.destination(address, account, keys=keys),
        place=None,
        line=reached.line(f"DynamoDB table {table} with the key {words} (--to)", account),
        on_aws=reached.on_aws,
    )


def _price(_: DynamoDbDestination, prices: Prices) -> UnitPrice:
    return UnitPrice.by_unit(prices.dynamodb.write_units, LIMITS.bill_unit, "write units of 1 KB")


TARGET = TargetKind(_find, _price)
