"""Delivering events: finding the target, carrying out the run for somebody to watch, and saying how it ended."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clickgen.cli.announce import announce, chosen_target
from clickgen.cli.app import VOICE, App, end_without_reader, say, say_problem
from clickgen.cli.delivery_options import DeliveryOptions

if TYPE_CHECKING:
    from rich.text import Text

    from clickgen.model.errors import ExitCode
    from clickgen.model.plan import Plan
    from clickgen.run.events import Finished, Handler, RunEvent
    from clickgen.run.leases import Left
    from clickgen.run.session import EndedRun, TrafficModel
    from clickgen.view.metrics.publish import Publisher
    from clickgen.view.metrics.target import MetricsTarget


def deliver(
    app: App,
    plan: "Plan",
    options: DeliveryOptions,
    model: "TrafficModel | None" = None,
    *,
    start_given: bool = False,
    tolerate_skipped: bool = False,
    left: "Left | None" = None,
    recording: "Path | None" = None,
    unread: int = 0,
    elsewhere: "tuple[str, ...]" = (),
) -> "ExitCode":
    """Find the target, announce it, carry out the plan there and say how it ended; the code to exit with.

    model: what simulated traffic is drawn from. left: what is to be sent of a run that is there already.
    recording: a file with the events of a replay, which the run takes over. unread: sources that are not read.
    elsewhere: warnings for a run that leaves this machine.
    """
    from clickgen.cost.bill import load_prices
    from clickgen.run.cost_words import advance_notice
    from clickgen.run.fleet import start_fleet
    from clickgen.run.session import exit_code, send
    from clickgen.run.targets.registry import tariff_of
    from clickgen.run.threshold import check_measured
    from clickgen.view.command_lines import next_command
    from clickgen.view.summary import render_summary, summary_json

    check_measured(options.threshold, command=plan.command, unpaced=plan.unpaced)
    with publishing(options.metrics) as publisher:
        home, prices = app.prepared_home(), load_prices()
        # workers import what they need while it is found out where the run goes
        calls_aws = options.to is None or (options.to.on_network and options.to.kind != "http")
        fleet = start_fleet(plan.workers, plan.sources, calls_aws=calls_aws)
        with closing(fleet), chosen_target(options, home, plan) as target:
            plan = plan.aimed_at(target.destination, target.place)
            if left is not None:  # how long the rest of a replay takes is not known
                plan = plan.model_copy(update={"recording": plan.recording.model_copy(update={"takes_s": None})})
            terms = options.terms(tariff_of(target.destination, prices), start_given=start_given)
            events = plan.recording.events if left is None else left.events
            to_send = plan if events is None else plan.model_copy(update={"planned": events})
            bounded = options.max_usd is not None
            notice = advance_notice(target, terms.tariff, to_send, bounded_in_usd=bounded)
            if notice.sends_to is not None:
                notice = replace(notice, warnings=(*notice.warnings, *elsewhere))
            announce(app, notice, traffic=None if model is None else _traffic_words(to_send, model))
            display = publisher.display = display_of(app, options, plan, notice.line)
            finished = send(
                home, plan, terms, display, publisher, model=model, left=left, fleet=fleet, recording=recording
            )
        judged = [threshold.judge(finished) for threshold in options.threshold]
        path = str(home.runs / finished.plan.run)
        verify_hint = next_command(finished.plan) + app.home_words
        summary = render_summary(finished, path, verify_hint, judged, resume_hint=_resume_hint(app, finished))
        print_end(app, finished, lambda: summary_json(finished, judged), summary)
    skipped = 0 if tolerate_skipped else finished.figures.skipped + unread
    return exit_code(finished, judged, skipped=skipped)


def _resume_hint(app: App, finished: "Finished") -> str | None:
    """The command that sends what the run left unsent, or None if there is nothing, or it cannot be read again."""
    if not finished.account.unsent:
        return None
    from clickgen.verify.proof.delivery import resume_command

    resume = resume_command(finished.plan)
    return None if resume is None else resume + app.home_words


def _traffic_words(plan: "Plan", model: "TrafficModel") -> str | None:
    """What a simulated run will show of visits."""
    from clickgen.feed.visits_shown import visits_shown
    from clickgen.view.visits import visits_words

    return visits_words(plan, visits_shown(plan, model.tables))


@contextmanager
def publishing(targets: "tuple[MetricsTarget, ...]") -> "Iterator[Publisher]":
    """Publish to the targets for as long as the block lasts; says where, and at its end what went wrong."""
    from clickgen.view.metrics.publish import Publisher

    publisher = Publisher(targets)
    try:
        publisher.start()
        for address in publisher.addresses:
            say(f"metrics: {address}")
        yield publisher
    finally:
        # Ctrl-C here means not to wait for a collector; how the run ended has been said
        with suppress(KeyboardInterrupt):
            publisher.close()
    for warning in publisher.new_warnings():
        say(f"warning: {warning}")


def display_of(app: App, options: DeliveryOptions, plan: "Plan", line: str) -> "Handler[RunEvent]":
    """A dashboard, or plain lines if there is no terminal. line: where the run goes."""
    from clickgen.pace.clock import SystemClock
    from clickgen.view.plain import PlainLines

    console = app.console()
    events_beside = plan.destination.kind == "stdout" and sys.stdout.isatty()  # which a dashboard would overwrite
    lines_instead = options.no_live or events_beside or VOICE.quiet or VOICE.verbose
    if console.is_terminal and not lines_instead:
        from clickgen.view.dashboard import Dashboard

        return Dashboard(console, plan, line)
    return PlainLines(sys.stderr, SystemClock(), progress=not VOICE.quiet)


def print_end(app: App, ended: "EndedRun", document: Callable[[], object], summary: "Sequence[Text]") -> None:
    """Print the summary of a run, the JSON object if it is wanted, and what ended the run early.

    A run whose reader has had enough (`--to - | head`) ends as other commands of a pipe do: without a word.
    """
    from clickgen.model.errors import ReaderGone
    from clickgen.view.console import print_between_words

    if isinstance(ended.problem, ReaderGone):
        end_without_reader()
    app.print_result(
        document,
        lambda console: print_between_words(console, summary),
        # what goes to standard output is read by the next command of a pipe
        aside=ended.plan.destination.kind == "stdout",
    )
    if ended.problem is not None:
        say_problem(ended.problem)
