"""How a command reaches AWS to verify: the options that several places share."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from clickgen.sink.aws import Access


class Reach(NamedTuple):
    """What of the way to AWS was named."""

    region: str | None
    aws_profile: str | None
    endpoint_url: str | None

    def access(self) -> "Access":
        """As named, and no more."""
        from clickgen.sink.aws import Access

        return Access(self.region, self.aws_profile, self.endpoint_url)


def reach_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `Reach`, which it gets as its argument `reach`."""

    @click.option("--aws-profile", help="Profile of the AWS configuration.  [default: the sender's]")
    @click.option("--region", help="AWS region.  [default: the sender's]")
    @click.option("--endpoint-url", help="Endpoint to use instead of AWS.")
    @wraps(command)
    def with_options(
        *, region: str | None, aws_profile: str | None, endpoint_url: str | None, **others: Any
    ) -> None:
        command(reach=Reach(region, aws_profile, endpoint_url), **others)

    return with_options
