"""Which run is looked into, and where its objects are: what the commands of `verify` have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.types import home_option

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.sink.aws import Access
    from clickgen.verify.proof.compare.planted_disorder import Planted
    from clickgen.verify.proof.delivery import Notice
    from clickgen.verify.proof.landing import Landing


@dataclass(frozen=True, slots=True)
class RunUnderTest:
    """The run that is verified.

    planted: what of it is wrong on purpose. tell: says what a landing is about to do.
    """

    folder: "RunFolder"
    plan: "Plan"
    planted: "Planted | None"
    tell: "Callable[[Notice], None]"

    def behind_a_parser(self, landing: "Landing") -> "Landing":
        """A place that only what can be parsed comes to: there, what is malformed on purpose is not missing."""
        if self.planted is None or self.plan.disorder is None or not self.plan.disorder.malformed:
            return landing
        from clickgen.verify.proof.content.ignoring_planted_damage import IgnoringPlantedDamage

        return IgnoringPlantedDamage(landing, self.folder, self.plan, self.planted)


@dataclass(frozen=True, slots=True)
class RunQuery:
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
        from clickgen.sink.aws import Access

        return Access(self.region, self.aws_profile, self.endpoint_url)


def objects_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `RunQuery`, which it gets as its argument `sought`."""

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
        command(sought=RunQuery(run, at, aws_profile, region, endpoint_url, as_json, home), **others)

    return with_options


def find_run(home: Path, run: str | None) -> "tuple[RunFolder, Plan]":
    """The run of that id, or the latest, and its plan; the lake is where the home is now, should it have moved."""
    from clickgen.ledger.folder import Home

    folder = Home(home).find_run(run)
    plan = folder.read_plan()
    if plan.destination.embedded and plan.place is not None:
        at = plan.place.model_copy(update={"lake": str(Home(home).lake.resolve())})
        plan = plan.model_copy(update={"place": at})
    return folder, plan


def find_subject(home: Path, run: str | None, tell: "Callable[[Notice], None]") -> RunUnderTest:
    """The run of that id, or the latest, as it is to be verified; tell: hears what a landing is about to do."""
    folder, plan = find_run(home, run)
    return RunUnderTest(folder, plan, _planted(folder, plan), tell)


def _planted(folder: "RunFolder", plan: "Plan") -> "Planted | None":
    """What a run has planted among its events; None where nothing is wrong on purpose."""
    if plan.disorder is None:
        return None
    from clickgen.feed.generated_lanes import Traffic
    from clickgen.feed.lanes import simulated_lanes
    from clickgen.verify.proof.compare.planted_disorder import Planted

    if plan.command == "generate":
        traffic = Traffic.of(folder, plan)
        return Planted(plan, plan.disorder, lambda lane: traffic.open_lane(lane, 0))
    return Planted(plan, plan.disorder, simulated_lanes(folder, plan))
