"""`clickgen verify`: prove that what was accepted arrived."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.options import DURATION, home_option

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.verify.delivery import Notice, Request
    from clickgen.verify.planted import Planted

_DRAIN_S = 60.0  # a pipeline whose run was killed needs a moment to deliver what it holds


class Wait(click.ParamType[float | str]):
    """A duration, or `full`."""

    name = "duration|full"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        return "full" if value == "full" else DURATION.convert(value, param, ctx)


@click.group()
def verify() -> None:
    """Prove that every accepted event arrived.

    \b
    Examples:
      clickgen verify s3 delivery                  # the latest run
      clickgen verify s3 delivery 67404b1c9d2e     # another one
    """


@verify.group(short_help="What landed in S3 or in the lake.")
def s3() -> None:
    """Look at what landed in S3, or in the lake that stands for it.

    \b
    Examples:
      clickgen verify s3 delivery
      clickgen verify s3 delivery --at s3://my-bucket/clicks/
    """


@s3.command(short_help="Compare what landed with the ledger.")
@click.argument("run", required=False)
@click.option("--at", help="Look here instead: a folder, or s3://bucket/prefix.")
@click.option("--aws-profile", help="Profile of the AWS configuration to read S3 with.  [default: the sender's]")
@click.option("--region", help="AWS region of the bucket.  [default: the sender's]")
@click.option("--endpoint-url", help="S3 endpoint to use instead of AWS.")
@click.option(
    "--wait",
    type=Wait(),
    help="Keep looking for what is absent for so long, even past the deadline that the stream's buffer sets;"
    " `full`: until that deadline even if all is there, for late copies.  [default: until all is there or the"
    " deadline; not at all while the run goes on]",
)
@click.option("--exclusive", is_flag=True, help="Events of others spoil the verdict too.")
@click.option(
    "--content",
    type=click.Choice(["check", "ids"]),
    default="check",
    show_default=True,
    help="Check that events are unchanged, or, where a transform rewrites them, find their ids only.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@home_option
def delivery(
    run: str | None,
    at: str | None,
    aws_profile: str | None,
    region: str | None,
    endpoint_url: str | None,
    wait: float | str | None,
    exclusive: bool,
    content: str,
    as_json: bool,
    home: Path,
) -> None:
    """Compare what landed with the ledger of RUN (default: the latest) and give a verdict.

    Exit code 0: verified, every accepted event is there. 1: anomalous. 4: incomplete, something may still come.

    \b
    Examples:
      clickgen verify s3 delivery
      clickgen verify s3 delivery --json --wait 10m
      clickgen verify s3 delivery --at /backup/lake
      clickgen verify s3 delivery --at s3://my-bucket/clicks/ --aws-profile lake-account
    """
    from clickgen.cli.output import ResultConsole, printing_result  # noqa: PLC0415  # --help must not wait
    from clickgen.ledger.folder import Home  # noqa: PLC0415
    from clickgen.pace.clock import SystemClock  # noqa: PLC0415
    from clickgen.run.layouts import is_text  # noqa: PLC0415
    from clickgen.sink.aws import Access  # noqa: PLC0415
    from clickgen.verify.delivery import Verification  # noqa: PLC0415
    from clickgen.verify.objects import Objects, Reader  # noqa: PLC0415
    from clickgen.verify.where import find_place  # noqa: PLC0415
    from clickgen.view.verdict import show_verdict  # noqa: PLC0415

    folder = Home(home).find_run(run)
    plan = folder.read_plan()
    if plan.destination.embedded and plan.place is not None:
        # wherever the home is now, should it have been moved
        place = plan.place.model_copy(update={"lake": str(Home(home).lake.resolve())})
        plan = plan.model_copy(update={"place": place})
    where = find_place(plan, at, Access(region, aws_profile, endpoint_url))
    request = _request(plan, wait, exclusive=exclusive)
    planted = _planted(folder, plan)
    reader = Reader(text=is_text(plan), ids_only=content == "ids", planted=planted)
    objects = Objects(folder, plan, where, reader, _say)
    report = Verification(folder, plan, objects, request, SystemClock(), _say, planted).report()
    with printing_result():
        if as_json:
            sys.stdout.write(json.dumps(report.to_json()) + "\n")
        show_verdict(ResultConsole(stderr=as_json, highlight=False), report, exclusive=exclusive)
    click.get_current_context().exit(report.verdict.exit_code)


def _request(plan: "Plan", wait: float | str | None, *, exclusive: bool) -> "Request":
    from clickgen.cli.embedded import drain_lake  # noqa: PLC0415  # --help must not wait for boto3 and numpy
    from clickgen.run.due import due_times  # noqa: PLC0415
    from clickgen.verify.delivery import Request  # noqa: PLC0415

    seconds = None if wait is None or isinstance(wait, str) else wait
    lake = plan.place.lake if plan.place is not None else None
    # a server that the user started serves on; only one that died has left something behind
    patience = _DRAIN_S if plan.destination.embedded else 0.0

    def drain() -> None:
        if lake is not None:
            drain_lake(Path(lake), patience if seconds is None else min(seconds, patience))

    return Request(
        exclusive=exclusive,
        wait=seconds,
        stay=wait == "full",
        drain=None if lake is None else drain,
        due=due_times(plan),
    )


def _say(notice: "Notice") -> None:
    from clickgen.view.verdict import notice_line  # noqa: PLC0415  # --help must not wait for rich

    line = notice_line(notice)
    if line:
        click.echo(line, err=True)


def _planted(folder: "RunFolder", plan: "Plan") -> "Planted | None":
    """What a run has planted among its events; None where nothing is wrong on purpose."""
    if plan.disorder is None:
        return None
    from clickgen.run.generate.lanes import Traffic  # noqa: PLC0415  # --help must not wait for numpy
    from clickgen.run.lanes import simulated_lanes  # noqa: PLC0415
    from clickgen.verify.planted import Planted  # noqa: PLC0415

    if plan.command == "generate":
        traffic = Traffic.of(folder, plan)
        return Planted(plan, plan.disorder, lambda lane: traffic.open_lane(lane, 0))
    return Planted(plan, plan.disorder, simulated_lanes(folder, plan))
