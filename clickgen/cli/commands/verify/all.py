"""`clickgen verify all`: every station of a pipeline, and at which of them events were lost."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import click

from clickgen.cli.app import App, exit_with, home_option, json_option, pass_app, say
from clickgen.cli.completing import run_argument
from clickgen.cli.groups import group
from clickgen.cli.located_pipeline import NamesSource, locate, names_options, needed_to_verify
from clickgen.cli.types import OUTPUT_FILE, WAIT
from clickgen.cli.verifying import DeliveryRequest, keep, say_notice, verification_request, write_files
from clickgen.cli.voice import voice_options
from clickgen.model.errors import EnvironmentProblem

if TYPE_CHECKING:
    from rich.console import Console

    from clickgen.verify.landings.station import Station
    from clickgen.verify.proof.compare.comparison import Comparison
    from clickgen.verify.proof.delivery import Notice
    from clickgen.verify.proof.found.landing import Landing
    from clickgen.verify.proof.run_under_test import RunUnderTest
    from clickgen.verify.stations.walk import Passage


@group("all", short_help="Every station of a pipeline.")
def everywhere() -> None:
    """Look at every station of a pipeline, in order.

    \b
    Examples:
      clickgen verify all delivery --pipeline pipeline.toml
    """


@everywhere.command(short_help="Compare every station with the ledger, and say where events were lost.")
@click.option(
    "--pipeline",
    metavar="NAME|DIR",
    help="The pipeline: its file, its folder, or its name while it runs.  [default: pipeline.toml]",
)
@names_options
@run_argument
@click.option(
    "--wait",
    type=WAIT,
    help="At each station, keep looking for what is absent for so long; `full`: until its deadline even if"
    " all is there.  [default: until all is there or the deadline; not at all while the run goes on]",
)
@click.option("--exclusive", is_flag=True, help="Events of others spoil the verdict too.")
@json_option("Print one JSON object: the stations and the funnel.")
@click.option("--junit", type=OUTPUT_FILE, help="Write JUnit test cases: a suite of promises for each station.")
@click.option("--summary", type=OUTPUT_FILE, help="Append a summary of each station in Markdown.")
@voice_options
@home_option
@pass_app
def delivery(app: App, /, pipeline: str | None, **given: Any) -> None:
    """Compare each station of a pipeline with the ledger of RUN (default: the latest).

    The pipeline is a TOML file, or the folder with it. Stations follow from its resources; others are written as
    a [[station]] each, in order, with its name, its place (s3, file, kinesis, dynamodb, parquet, athena, redshift)
    and the options of `clickgen verify PLACE delivery`, written with _ for -. An event is lost at the station
    behind the last that has it. The exit code is the worst station's. What a running pipeline itself reports of
    trouble (a pipe that is stopped, a planted fault, a crawler that failed) follows the funnel.

    \b
    Examples:
      clickgen verify all delivery
      clickgen verify all delivery 67404b1c9d2e --pipeline staging.toml \\
          --wait 10m --json
      clickgen verify all delivery --pipeline examples/prime-day \\
          --from-terraform examples/prime-day/terraform
      clickgen verify all delivery --junit junit.xml \\
          --summary "$GITHUB_STEP_SUMMARY"
    """
    source = NamesSource.taken_from(given, pipeline or "pipeline.toml")
    verify_everywhere(DeliveryRequest(app=app, **given), pipeline, source)


def verify_everywhere(request: DeliveryRequest, pipeline: str | None, source: NamesSource) -> NoReturn:
    """Verify a run at every station of a pipeline, print the funnel, keep it, and end the process by it."""
    from clickgen.verify.open_landing import check_installed
    from clickgen.verify.proof.compare.report import Verdict
    from clickgen.verify.proof.run_under_test import find_run_under_test
    from clickgen.view.stations import show_passage, show_troubles

    app = request.app
    located = locate(app.home_path, pipeline, source, needed_to_verify)
    stations = located.stations
    check_installed(stations)
    named = _Named()
    under_test = find_run_under_test(app.home_path, request.run, named.say)
    passage = _walk(request, under_test, stations, named, runs=located.running is not None)
    _keep(passage, under_test, request)
    wrong = passage.verdict is not Verdict.VERIFIED
    troubles = located.troubles(past=wrong)

    def show(console: "Console") -> None:
        show_passage(console, passage, exclusive=request.exclusive)
        show_troubles(console, troubles)

    app.print_result(passage.document(troubles).to_json, show)
    exit_with(passage.exit_code)


class _Named:
    """Says what a verification says, and at which station."""

    def __init__(self) -> None:
        self.station = ""

    def say(self, notice: "Notice") -> None:
        say_notice(notice, self.station)


def _walk(
    request: DeliveryRequest,
    run: "RunUnderTest",
    stations: "tuple[Station, ...]",
    named: _Named,
    *,
    runs: bool,
) -> "Passage":
    """runs: whether the pipeline is one that runs on this machine, which delivers what it holds by itself."""
    from clickgen.ledger.reader import read_claims
    from clickgen.pace.clock import SystemClock
    from clickgen.verify.open_landing import open_landing
    from clickgen.verify.proof.delivery import Verification
    from clickgen.verify.stations.walk import walk

    clock = SystemClock()
    folder, plan = run.folder, run.plan

    def open_station(station: "Station") -> "Landing":
        named.station = station.name
        return open_landing(station, run)

    def compare_at(station: "Station", landing: "Landing") -> "Comparison":
        named.station = station.name
        its_request = verification_request(plan, request, station)
        if runs:
            its_request = replace(its_request, drain=None)
        return Verification(folder, plan, landing, its_request, clock, named.say, run.planted).comparison()

    accepted = {lane: claimed.accepted for lane, claimed in read_claims(folder, plan).lanes.items()}
    return walk(plan.run, accepted, stations, open_station, compare_at, clock.wall_ms)


def _keep(passage: "Passage", run: "RunUnderTest", request: DeliveryRequest) -> None:
    """Keep what was seen for `clickgen report`, and write it where --junit and --summary say."""
    from clickgen.verify.proof.verification_store import KeptFunnel, KeptStation, KeptVerification, keep_stations
    from clickgen.view.junit import NotLookedAt

    kept, verifications = [], []
    for seen in passage.stations:
        if seen.report is None or seen.step is None:
            continue
        station, step = seen.station, seen.step
        one = KeptVerification(
            place=station.place,
            where=seen.where,
            when_ms=seen.when_ms,
            report=seen.report,
            station=station.name,
            exclusive=request.exclusive,
        )
        keep(one, run.folder)
        verifications.append(one)
        kept.append(
            KeptStation(
                name=station.name,
                place=station.place,
                found=step.found,
                lost=step.lost,
                skipped=step.skipped,
                pending=seen.pending,
                witnesses=tuple(step.witnesses),
                failed=step.failed,
                damaged=step.damaged,
                damaged_before=step.damaged_before,
            )
        )
    when_ms = max(seen.when_ms for seen in passage.stations)
    try:
        keep_stations(run.folder, KeptFunnel(when_ms=when_ms, accepted=passage.accepted, stations=tuple(kept)))
    except EnvironmentProblem as problem:
        say(f"the funnel is not kept for `clickgen report`: {problem.message}")
    unseen = [NotLookedAt(seen.station.name, seen.problem) for seen in passage.stations if seen.problem]
    write_files(verifications, request, unseen)
