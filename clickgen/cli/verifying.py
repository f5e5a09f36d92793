"""What `clickgen verify PLACE delivery` has in common, whatever the place: its options, and what it does."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.output_file import OUTPUT_FILE, write_output
from clickgen.cli.say import say
from clickgen.cli.types import DURATION, home_option
from clickgen.model.errors import EnvironmentProblem

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.verify.inspections.cloudwatch import Metrics
    from clickgen.verify.landings.station import Station
    from clickgen.verify.proof.compare.report import DeliveryReport
    from clickgen.verify.proof.delivery import Drained, Notice, Request, Verification
    from clickgen.verify.proof.found.landing import Landing
    from clickgen.verify.proof.run_under_test import RunUnderTest
    from clickgen.verify.proof.verification_store import KeptVerification
    from clickgen.view.junit import NotLookedAt

_DRAIN_S = 60.0  # a pipeline whose run was killed needs a moment to deliver what it holds


class Wait(click.ParamType[float | str]):
    """A duration, or `full`."""

    name = "duration|full"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        return "full" if value == "full" else DURATION.convert(value, param, ctx)


@dataclass(frozen=True, slots=True)
class DeliveryRequest:
    """What every verification of a delivery can be asked for."""

    run: str | None
    wait: float | str | None
    follow: bool
    exclusive: bool
    as_json: bool
    junit: Path | None
    summary: Path | None
    home: Path


def delivery_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `DeliveryRequest`, which it gets as its argument `asked`."""

    @click.argument("run", required=False)
    @click.option(
        "--wait",
        type=Wait(),
        help="Keep looking for what is absent for so long, even past the deadline that the stream's buffer sets;"
        " `full`: until that deadline even if all is there, for late copies.  [default: until all is there or the"
        " deadline; not at all while the run goes on]",
    )
    @click.option("--follow", is_flag=True, help="Watch a run that goes on; the verdict comes when it has ended.")
    @click.option("--exclusive", is_flag=True, help="Events of others spoil the verdict too.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @click.option("--junit", type=OUTPUT_FILE, help="Write the promises of the delivery as JUnit test cases.")
    @click.option("--summary", type=OUTPUT_FILE, help="Append a summary in Markdown: $GITHUB_STEP_SUMMARY.")
    @home_option
    @wraps(command)
    def with_options(**options: Any) -> None:
        asked = DeliveryRequest(**{field.name: options.pop(field.name) for field in fields(DeliveryRequest)})
        command(asked=asked, **options)

    return with_options


def verify_delivery(
    asked: DeliveryRequest, station: "Station", metrics_of: "Callable[[RunUnderTest], Metrics] | None" = None
) -> None:
    """Verify a run at a place, print the verdict, keep it, and end the process by it.

    metrics_of: gives what a service counted itself, to stand beside the verdict.
    """
    from clickgen.cli.types import now_ms
    from clickgen.pace.clock import SystemClock
    from clickgen.verify.open_landing import open_landing
    from clickgen.verify.proof.delivery import Verification
    from clickgen.verify.proof.run_under_test import find_run_under_test
    from clickgen.verify.proof.verification_store import KeptVerification

    told = _Told()
    run = find_run_under_test(asked.home, asked.run, told)
    landing = open_landing(station, run)
    request = request_of(run.plan, asked, station)
    verification = Verification(run.folder, run.plan, landing, request, SystemClock(), told, run.planted)
    if asked.follow:
        report = _followed(verification, told, station.place, landing, run.plan)
    else:
        report = verification.report()
    kept = KeptVerification(
        place=station.place, where=landing.name, when_ms=now_ms(), report=report, exclusive=asked.exclusive
    )
    keep(kept, run.folder)
    write_asked([kept], asked)
    _print(kept, None if metrics_of is None else metrics_of(run), as_json=asked.as_json)
    click.get_current_context().exit(report.verdict.exit_code)


def request_of(plan: "Plan", asked: DeliveryRequest, station: "Station | None" = None) -> "Request":
    """What is asked of the verification itself: one look where each is billed, unless --wait asks for more."""
    from clickgen.cli.embedded import drain_lake
    from clickgen.feed.due_times import due_times
    from clickgen.verify.proof.delivery import Request

    seconds = None if asked.wait is None or isinstance(asked.wait, str) else asked.wait
    once = asked.wait is None and station is not None and station.billed
    lake = plan.place.lake if plan.place is not None else None
    # a server that the user started serves on; only one that died has left something behind
    patience = _DRAIN_S if plan.destination.embedded else 0.0

    def drain(lake: Path) -> "Drained":
        return drain_lake(lake, patience if seconds is None else min(seconds, patience))

    return Request(
        exclusive=asked.exclusive,
        wait=0.0 if once else seconds,
        stay=asked.wait == "full",
        follow=asked.follow,
        drain=None if lake is None else partial(drain, Path(lake)),
        due=due_times(plan),
    )


def keep(kept: "KeptVerification", folder: "RunFolder") -> None:
    """Keep a verification for `clickgen report`; not being able to is told and no more."""
    from clickgen.verify.proof.verification_store import keep_verification

    try:
        keep_verification(folder, kept)
    except EnvironmentProblem as problem:
        say(f"this verification is not kept for `clickgen report`: {problem.message}")


def write_asked(
    verifications: "Sequence[KeptVerification]", asked: DeliveryRequest, unseen: "Sequence[NotLookedAt]" = ()
) -> None:
    """Write the files that --junit and --summary ask for; EnvironmentProblem where one cannot be written.

    unseen: places that could not be verified.
    """
    from clickgen.view.junit import junit_xml
    from clickgen.view.markdown import unseen_markdown, verification_markdown

    if asked.junit is not None:
        write_output(asked.junit, junit_xml(verifications, unseen))
    if asked.summary is not None:
        sections = [*map(verification_markdown, verifications), *(unseen_markdown(*place) for place in unseen)]
        write_output(asked.summary, "".join(sections).encode(), append=True)


def _print(kept: "KeptVerification", metrics: "Metrics | None", *, as_json: bool) -> None:
    from clickgen.cli.output import ResultConsole, printing_result
    from clickgen.view.verdict import metric_lines, metrics_json, show_verdict

    with printing_result():
        if as_json:
            beside = {} if metrics is None else {"cloudwatch": metrics_json(metrics)}
            sys.stdout.write(json.dumps(kept.report.to_json() | beside) + "\n")
        console = ResultConsole(stderr=as_json)
        show_verdict(console, kept.report, place=kept.place, exclusive=kept.exclusive)
        for line in () if metrics is None else metric_lines(metrics):
            console.print(line, soft_wrap=True)


class _Told:
    """Hears what a verification says: says it again, line by line, until somebody watches instead."""

    def __init__(self) -> None:
        self.watch: Callable[[Notice], None] = _say

    def __call__(self, notice: "Notice") -> None:
        self.watch(notice)


def _followed(
    verification: "Verification", told: _Told, place: str, landing: "Landing", plan: "Plan"
) -> "DeliveryReport":
    """Watch until the run has ended and all is settled; Ctrl-C gives what was known at the last look."""
    from clickgen.pace.clock import SystemClock
    from clickgen.view.console import Console
    from clickgen.view.follow import Followed, watcher

    since_ms = plan.began_ms or plan.created_ms
    followed = Followed(
        plan.run, place, landing.name, landing.buffer_seconds, since_ms, timed=plan.command != "generate"
    )
    watching = watcher(Console(stderr=True), sys.stderr, followed, SystemClock())
    try:
        with watching:
            told.watch = watching.handle
            return verification.report()
    except KeyboardInterrupt:
        if watching.latest is None:
            raise
        return watching.latest.report
    finally:
        told.watch = _say


def _say(notice: "Notice") -> None:
    from clickgen.view.verdict import notice_line

    line = notice_line(notice)
    if line:
        say(line)
