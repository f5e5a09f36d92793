"""What `clickgen verify PLACE delivery` has in common, whatever the place: its options, and what it does."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.app import VOICE, App, exit_with, home_option, json_option, pass_app, say, write_output
from clickgen.cli.completing import run_argument
from clickgen.cli.types import OUTPUT_FILE, WAIT, options
from clickgen.cli.voice import voice_options
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.progress import listen

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
    from clickgen.view.console import Console
    from clickgen.view.junit import NotLookedAt

_DRAIN_S = 60.0  # a pipeline whose run was killed needs a moment to deliver what it holds


@dataclass(frozen=True, slots=True)
class DeliveryRequest:
    """The options of a verification of a delivery."""

    app: App
    run: str | None
    wait: float | str | None  # seconds, or `full`
    exclusive: bool
    junit: Path | None
    summary: Path | None
    follow: bool = False


def delivery_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `DeliveryRequest`, which it gets as its argument `request`."""

    @options(
        run_argument,
        click.option(
            "--wait",
            type=WAIT,
            help="Keep looking for what is absent for this long, even past the deadline that the stream's buffer"
            " sets; `full`: until that deadline even if all is there, for late copies.  [default: until all is"
            " there or the deadline; not at all while the run goes on]",
        ),
        click.option(
            "--follow", is_flag=True, help="Watch a run that goes on; the verdict follows when it has ended."
        ),
        click.option("--exclusive", is_flag=True, help="Events of others spoil the verdict too."),
        json_option(),
        click.option("--junit", type=OUTPUT_FILE, help="Write the promises of the delivery as JUnit test cases."),
        click.option("--summary", type=OUTPUT_FILE, help="Append a summary in Markdown: $GITHUB_STEP_SUMMARY."),
        voice_options,
        home_option,
        pass_app,
    )
    @wraps(command)
    def with_options(app: App, /, **given: Any) -> None:
        own = {field.name: given.pop(field.name) for field in fields(DeliveryRequest) if field.name != "app"}
        command(request=DeliveryRequest(app=app, **own), **given)

    return with_options  # type: ignore[no-any-return]  # what Click's decorators make of it


def verify_delivery(
    request: DeliveryRequest, station: "Station", metrics_of: "Callable[[RunUnderTest], Metrics] | None" = None
) -> None:
    """Verify a run at a place, print the verdict, keep it, and end the process by it.

    metrics_of: gives what a service counted itself, to show beside the verdict.
    """
    from clickgen.pace.clock import SystemClock
    from clickgen.verify.open_landing import open_landing
    from clickgen.verify.proof.delivery import Verification
    from clickgen.verify.proof.run_under_test import find_run_under_test
    from clickgen.verify.proof.verification_store import KeptVerification

    clock, notices = SystemClock(), _Notices()
    run = find_run_under_test(request.app.home_path, request.run, notices)
    landing = open_landing(station, run)
    verification = Verification(
        run.folder,
        run.plan,
        landing,
        verification_request(run.plan, request, station),
        clock,
        notices,
        run.planted,
    )
    if request.follow and not VOICE.quiet:
        report = _followed(verification, notices, station.place, landing, run.plan)
    else:
        report = verification.report()
    kept = KeptVerification(
        place=station.place,
        where=landing.name,
        when_ms=clock.wall_ms(),
        report=report,
        exclusive=request.exclusive,
    )
    keep(kept, run.folder)
    write_files([kept], request)
    _print(request.app, kept, None if metrics_of is None else metrics_of(run))
    exit_with(report.verdict.exit_code)


def verification_request(plan: "Plan", given: DeliveryRequest, station: "Station") -> "Request":
    """The request to the verification itself: one look if each is billed, unless --wait allows more."""
    from clickgen.feed.due_times import due_times
    from clickgen.verify.proof.delivery import Request

    seconds = None if given.wait is None or isinstance(given.wait, str) else given.wait
    once = given.wait is None and station.billed
    return Request(
        exclusive=given.exclusive,
        wait=0.0 if once else seconds,
        stay=given.wait == "full",
        follow=given.follow,
        drain=drain_of(plan, seconds),
        due=due_times(plan),
    )


def drain_of(plan: "Plan", most_s: float | None) -> "Callable[[], Drained] | None":
    """What makes an embedded pipeline deliver what it holds, within `most_s`; None if there is no lake."""
    from clickgen.cli.embedded import drain_lake

    if plan.place is None or plan.place.lake is None:
        return None
    # a server that the user started serves on; only one that died has left something behind
    patience = _DRAIN_S if plan.destination.embedded else 0.0
    return partial(drain_lake, Path(plan.place.lake), patience if most_s is None else min(most_s, patience))


def keep(kept: "KeptVerification", folder: "RunFolder") -> None:
    """Keep a verification for `clickgen report`; if that is impossible, it is said and no more."""
    from clickgen.verify.proof.verification_store import keep_verification

    try:
        keep_verification(folder, kept)
    except EnvironmentProblem as problem:
        say(f"this verification is not kept for `clickgen report`: {problem.message}")


def write_files(
    verifications: "Sequence[KeptVerification]", request: DeliveryRequest, unseen: "Sequence[NotLookedAt]" = ()
) -> None:
    """Write the files of --junit and --summary; EnvironmentProblem if one cannot be written.

    unseen: places that could not be verified.
    """
    from clickgen.view.junit import junit_xml
    from clickgen.view.markdown import unseen_markdown, verification_markdown

    if request.junit is not None:
        write_output(request.junit, junit_xml(verifications, unseen))
    if request.summary is not None:
        sections = [*map(verification_markdown, verifications), *(unseen_markdown(*place) for place in unseen)]
        write_output(request.summary, "".join(sections).encode(), append=True)


def _print(app: App, kept: "KeptVerification", metrics: "Metrics | None") -> None:
    from clickgen.view.verdict import metric_lines, metrics_json, show_verdict

    def show(console: "Console") -> None:
        show_verdict(console, kept.report, place=kept.place, exclusive=kept.exclusive)
        for line in () if metrics is None else metric_lines(metrics):
            console.print(line, soft_wrap=True)

    beside = {} if metrics is None else {"cloudwatch": metrics_json(metrics)}
    app.print_result(lambda: kept.report.to_json() | beside, show)


class _Notices:
    """Takes what a verification says, and says it line by line, until somebody watches instead."""

    def __init__(self) -> None:
        self.watch: Callable[[Notice], None] = say_notice

    def __call__(self, notice: "Notice") -> None:
        self.watch(notice)


def _followed(
    verification: "Verification", notices: _Notices, place: str, landing: "Landing", plan: "Plan"
) -> "DeliveryReport":
    """Watch until the run has ended and all is settled; Ctrl-C gives what was known at the last look."""
    from clickgen.pace.clock import SystemClock
    from clickgen.view.console import Console
    from clickgen.view.follow import Followed, watcher

    listen(None)  # whoever watches sees how far it is
    since_ms = plan.began_ms or plan.created_ms
    followed = Followed(
        plan.run, place, landing.name, landing.buffer_seconds, since_ms, timed=plan.command != "generate"
    )
    watching = watcher(Console(stderr=True), sys.stderr, followed, SystemClock())
    try:
        with watching:
            notices.watch = watching.handle
            return verification.report()
    except KeyboardInterrupt:
        if watching.latest is None:
            raise
        return watching.latest.report
    finally:
        notices.watch = say_notice


def say_notice(notice: "Notice", station: str = "") -> None:
    """Say what a verification says, if it is worth a line, and at which station."""
    from clickgen.view.verdict import notice_line

    if line := notice_line(notice):
        say(f"{station}: {line}" if station else line)
