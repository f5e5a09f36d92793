"""Which run is looked into, and where its objects are: what the commands of `verify s3` have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.options import home_option

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.sink.aws import Access


@dataclass(frozen=True, slots=True)
class Sought:
    """A run and where to look for it, as the command line names them; None is the default."""

    run: str | None
    at: str | None
    aws_profile: str | None
    region: str | None
    endpoint_url: str | None
    as_json: bool
    home: Path

    @property
    def access(self) -> "Access":
        """How to reach S3."""
        from clickgen.sink.aws import Access  # noqa: PLC0415  # --help must not wait for boto3

        return Access(self.region, self.aws_profile, self.endpoint_url)


def objects_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `Sought`, which it gets as its argument `sought`."""

    @click.argument("run", required=False)
    @click.option("--at", help="Look here instead: a folder, or s3://bucket/prefix.")
    @click.option(
        "--aws-profile", help="Profile of the AWS configuration to read S3 with.  [default: the sender's]"
    )
    @click.option("--region", help="AWS region of the bucket.  [default: the sender's]")
    @click.option("--endpoint-url", help="S3 endpoint to use instead of AWS.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @home_option
    @wraps(command)
    def with_options(
        *,
        run: str | None,
        at: str | None,
        aws_profile: str | None,
        region: str | None,
        endpoint_url: str | None,
        as_json: bool,
        home: Path,
        **others: Any,
    ) -> None:
        command(sought=Sought(run, at, aws_profile, region, endpoint_url, as_json, home), **others)

    return with_options


def find_run(home: Path, run: str | None) -> "tuple[RunFolder, Plan]":
    """The run of that id, or the latest, and its plan; the lake is where the home is now, should it have moved."""
    from clickgen.ledger.folder import Home  # noqa: PLC0415  # --help must not wait for it

    folder = Home(home).find_run(run)
    plan = folder.read_plan()
    if plan.destination.embedded and plan.place is not None:
        at = plan.place.model_copy(update={"lake": str(Home(home).lake.resolve())})
        plan = plan.model_copy(update={"place": at})
    return folder, plan
