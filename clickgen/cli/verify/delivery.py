"""What `clickgen verify PLACE delivery` has in common, whatever the place: its options, and what it does."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.options import DURATION, home_option

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.verify.delivery import Notice, Request
    from clickgen.verify.landing import Landing
    from clickgen.verify.planted import Planted

_DRAIN_S = 60.0  # a pipeline whose run was killed needs a moment to deliver what it holds


class Wait(click.ParamType[float | str]):
    """A duration, or `full`."""

    name = "duration|full"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        return "full" if value == "full" else DURATION.convert(value, param, ctx)


@dataclass(frozen=True, slots=True)
class Asked:
    """What every verification of a delivery can be asked for."""

    run: str | None
    wait: float | str | None
    exclusive: bool
    as_json: bool
    home: Path


@dataclass(frozen=True, slots=True)
class Subject:
    """The run that is verified.

    planted: what of it is wrong on purpose. tell: says what a landing is about to do.
    """

    folder: "RunFolder"
    plan: "Plan"
    planted: "Planted | None"
    tell: "Callable[[Notice], None]"


def delivery_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `Asked`, which it gets as its argument `asked`."""

    @click.argument("run", required=False)
    @click.option(
        "--wait",
        type=Wait(),
        help="Keep looking for what is absent for so long, even past the deadline that the stream's buffer sets;"
        " `full`: until that deadline even if all is there, for late copies.  [default: until all is there or the"
        " deadline; not at all while the run goes on]",
    )
    @click.option("--exclusive", is_flag=True, help="Events of others spoil the verdict too.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @home_option
    @wraps(command)
    def with_options(
        *, run: str | None, wait: float | str | None, exclusive: bool, as_json: bool, home: Path, **others: Any
    ) -> None:
        command(asked=Asked(run, wait, exclusive, as_json, home), **others)

    return with_options


def verify_delivery(asked: Asked, place: str, open_landing: "Callable[[Subject], Landing]") -> None:
    """Verify a run at a place, print the verdict, and end the process by it.

    place: the word that the command line has for it. open_landing: gives what is to be looked at.
    """
    from clickgen.cli.output import ResultConsole, printing_result  # noqa: PLC0415  # --help must not wait
    from clickgen.ledger.folder import Home  # noqa: PLC0415
    from clickgen.pace.clock import SystemClock  # noqa: PLC0415
    from clickgen.verify.delivery import Verification  # noqa: PLC0415
    from clickgen.view.verdict import show_verdict  # noqa: PLC0415

    folder = Home(asked.home).find_run(asked.run)
    plan = folder.read_plan()
    if plan.destination.embedded and plan.place is not None:
        # wherever the home is now, should it have been moved
        at = plan.place.model_copy(update={"lake": str(Home(asked.home).lake.resolve())})
        plan = plan.model_copy(update={"place": at})
    subject = Subject(folder, plan, _planted(folder, plan), _say)
    landing = open_landing(subject)
    request = _request(plan, asked)
    report = Verification(folder, plan, landing, request, SystemClock(), _say, subject.planted).report()
    with printing_result():
        if asked.as_json:
            sys.stdout.write(json.dumps(report.to_json()) + "\n")
        console = ResultConsole(stderr=asked.as_json, highlight=False)
        show_verdict(console, report, place=place, exclusive=asked.exclusive)
    click.get_current_context().exit(report.verdict.exit_code)


def _request(plan: "Plan", asked: Asked) -> "Request":
    from clickgen.cli.embedded import drain_lake  # noqa: PLC0415  # --help must not wait for boto3 and numpy
    from clickgen.run.due import due_times  # noqa: PLC0415
    from clickgen.verify.delivery import Request  # noqa: PLC0415

    seconds = None if asked.wait is None or isinstance(asked.wait, str) else asked.wait
    lake = plan.place.lake if plan.place is not None else None
    # a server that the user started serves on; only one that died has left something behind
    patience = _DRAIN_S if plan.destination.embedded else 0.0

    def drain() -> None:
        if lake is not None:
            drain_lake(Path(lake), patience if seconds is None else min(seconds, patience))

    return Request(
        exclusive=asked.exclusive,
        wait=seconds,
        stay=asked.wait == "full",
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
