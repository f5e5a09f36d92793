"""What a run knows of each kind of destination: a file of this folder for each, imported when it is wanted."""

from importlib import import_module
from typing import Any, cast

from clickgen.cost.prices import Prices
from clickgen.model.destination import Destination
from clickgen.run.targets.target import Target, TargetKind
from clickgen.run.targets.tariff import Tariff
from clickgen.sink.aws import Access
from clickgen.sink.registry import Address


def find_target(address: Address, access: Access) -> Target:
    """Find out about a destination.

    Raises UsageProblem or EnvironmentProblem if nothing can be sent there, each with what would mend it.
    """
    return target_kind(address.kind).find(address, access)


def tariff_of(destination: Destination, prices: Prices) -> Tariff:
    """What that destination charges."""
    price = target_kind(destination.kind).price(destination, prices)
    return Tariff(price.usd_per_byte, price.words, prices.date, prices.region)


def target_kind(kind: str) -> TargetKind[Any]:
    """What a run knows of a kind; a test holds that each kind of sink has its file here."""
    return cast("TargetKind[Any]", import_module(f"clickgen.run.targets.{kind}").TARGET)
