"""Where a run goes: the destination, what is known of it, and the words for it before anything leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from clickgen.cost.prices import Prices
from clickgen.model.destination import Destination, FirehoseDestination, destination_of
from clickgen.model.errors import EnvironmentProblem, UnusableAnswer
from clickgen.model.plan import Place
from clickgen.run.targets.tariff import UnitPrice
from clickgen.sink.aws import Access, endpoint_origin, is_aws, make_client, region_origin
from clickgen.sink.registry import Address

# API references of StreamDescriptionSummary and TableDescription: an update goes on under the writes
TAKES_WRITES = ("ACTIVE", "UPDATING")

D_contra = TypeVar("D_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Target:
    """A destination with what is known of it."""

    destination: Destination
    place: Place | None  # where it delivers; None if that is not known, or it does not
    line: str  # destination, account, region, endpoint and what chose them
    on_aws: bool  # it costs money
    packing_forbidden_because: str | None = None  # why packed records would break this very stream
    warnings: tuple[str, ...] = ()  # worth a line each
    elsewhere: str | None = None  # the host of somebody who may charge or mind; None if AWS or this machine


@dataclass(frozen=True, slots=True)
class TargetKind(Generic[D_contra]):
    """What a run has to know of a kind of destination before anything leaves.

    find: finds out about one; raises UsageProblem or EnvironmentProblem if nothing can be sent there, each with
    what would mend it. price: what it charges for what is put there.
    """

    find: Callable[[Address, Access], Target]
    price: Callable[[D_contra, Prices], UnitPrice]


@dataclass(frozen=True, slots=True)
class ServiceConnection:
    """A service as it would be called: the client, its endpoint and region, and what chose the endpoint."""

    client: Any
    access: Access
    endpoint: str
    region: str
    chosen_by: str
    on_aws: bool

    def line(self, name: str, account: str | None, region_by: str | None = None) -> str:
        """The destination in words; region_by: what chose the region, if it was not an option or a variable."""
        return ", ".join(
            [
                name,
                f"account {account or 'unknown'}",
                f"region {self.region} ({region_by or region_origin(self.access)})",
                f"endpoint {self.endpoint} ({self.chosen_by})",
            ]
        )

    def destination(self, address: Address, account: str | None, **more: Any) -> Destination:
        """The destination as the plan keeps it."""
        known = {
            "region": self.region,
            "endpoint_url": self.access.endpoint_url or (None if self.on_aws else self.endpoint),
            **more,
        }
        return destination_of(
            address.kind,
            address.name,
            account=account,
            aws_profile=self.access.aws_profile,
            on_aws=self.on_aws,
            **known,
        )

    def account(self) -> str | None:
        """The caller's AWS account, which needs no permission to ask; None if nobody answers."""
        if not self.on_aws:
            return None
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client = make_client("sts", Access(self.access.region, self.access.aws_profile))
            return str(client.get_caller_identity()["Account"])
        except (BotoCoreError, ClientError, UnusableAnswer):
            return None


def check_status(what: str, name: str, status: str, taking: tuple[str, ...]) -> None:
    """EnvironmentProblem if a stream or table takes no writes in this status."""
    if status not in taking:
        raise EnvironmentProblem(f"{what} {name!r} is {status}, not ACTIVE", "wait until it is ACTIVE, or mend it")


def connect(service: str, access: Access) -> ServiceConnection:
    """Find out how the service would be called; raises what `make_client` raises."""
    client = make_client(service, access)
    endpoint = client.meta.endpoint_url
    chosen_by = endpoint_origin(service, access, endpoint)
    on_aws = chosen_by == "AWS" or is_aws(endpoint)
    return ServiceConnection(client, access, endpoint, client.meta.region_name, chosen_by, on_aws)


def embedded_target(destination: FirehoseDestination, place: Place) -> Target:
    """The embedded pipeline as a target."""
    line = (
        f"embedded pipeline (no --stream): stream {destination.stream} at {destination.endpoint_url}, "
        f"delivering to {place.lake}/{place.bucket}"
    )
    return Target(destination, place, line, on_aws=False)
