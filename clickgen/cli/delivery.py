"""Delivering events: finding the target, carrying out the run for somebody to watch, and saying how it ended."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from clickgen.cli.announce import announce, chosen_target, needed_pipeline
from clickgen.cli.app import VOICE, App, end_without_reader, say, say_problem
from clickgen.cli.delivery_options import DeliveryOptions

if TYPE_CHECKING:
    from rich.text import Text

    from clickgen.ledger.folder import Home
    from clickgen.model.errors import ExitCode
    from clickgen.model.plan import Plan
    from clickgen.run.events import Finished, Handler, RunEvent
    from clickgen.run.leases import Left
    from clickgen.run.session import EndedRun, TrafficModel
    from clickgen.run.targets.target import Target
    from clickgen.run.targets.tariff import Tariff
    from clickgen.view.metrics.publish import Publisher
    from clickgen.view.metrics.target import MetricsTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What there is to know of a run beside its plan."""

    model: "TrafficModel | None" = None  # what simulated traffic is drawn from
    start_given: bool = False  # whether the user chose the plan's start
    left: "Left | None" = None  # what is to be sent of a run that is there already
    recording: "Path | None" = None  # a file with the events of a replay, which the run takes over
    unread: int = 0  # sources of a replay that are not read
    elsewhere: tuple[str, ...] = ()  # warnings for a run that leaves this machine
    tolerate_skipped: bool = False  # whether what is not an event does not spoil the exit code


def deliver(app: App, plan: "Plan", options: DeliveryOptions, work: Work) -> "ExitCode":
    """Find the target, announce it, carry out the plan there and say how it ended; the code to exit with."""
    if options.threshold:
        from clickgen.run.threshold import check_measured

        check_measured(options.threshold, command=plan.command, unpaced=plan.unpaced)
    home = app.prepared_home()
    with publishing(options.metrics) as publisher:
        finished = _carried_out(app, home, plan, options, work, publisher)
        from clickgen.view.command_lines import next_command
        from clickgen.view.summary import render_summary, summary_json

        judged = [threshold.judge(finished) for threshold in options.threshold]
        path = str(home.runs / finished.plan.run)
        verify_hint = next_command(finished.plan) + app.home_words
        summary = render_summary(finished, path, verify_hint, judged, resume_hint=_resume_hint(app, finished))
        print_end(app, finished, lambda: summary_json(finished, judged), summary)
    from clickgen.run.session import exit_code

    skipped = 0 if work.tolerate_skipped else finished.figures.skipped + work.unread
    return exit_code(finished, judged, skipped=skipped)


def _carried_out(
    app: App, home: "Home", plan: "Plan", options: DeliveryOptions, work: Work, publisher: "Publisher"
) -> "Finished":
    """Announce the run and carry it out; what it needs is imported while the pipeline, if it has one, starts."""
    with needed_pipeline(options, home) as pipeline:
        from clickgen.run.fleet import start_fleet
        from clickgen.run.session import send
        from clickgen.run.targets.registry import tariff_of

        # workers import what they need while it is found out where the run goes
        calls_aws = options.to is None or (options.to.on_network and options.to.kind != "http")
        with closing(start_fleet(plan.workers, plan.sources, calls_aws=calls_aws)) as fleet:
            from clickgen.cost.bill import load_prices

            prices, traffic = load_prices(), _traffic_words(plan, work)
            target = chosen_target(options, plan, pipeline)
            plan = _aimed(plan, target, work)
            terms = options.terms(tariff_of(target.destination, prices), start_given=work.start_given)
            line = _announced(app, plan, options, work, target, terms.tariff, traffic)
            display = publisher.display = display_of(app, options, plan, line)
            return send(
                home,
                plan,
                terms,
                display,
                publisher,
                model=work.model,
                left=work.left,
                fleet=fleet,
                recording=work.recording,
            )


def _aimed(plan: "Plan", target: "Target", work: Work) -> "Plan":
    """The plan for a target; how long the rest of a replay takes is not known."""
    aimed = plan.aimed_at(target.destination, target.place)
    if work.left is None:
        return aimed
    return aimed.model_copy(update={"recording": plan.recording.model_copy(update={"takes_s": None})})


def _announced(
    app: App,
    plan: "Plan",
    options: DeliveryOptions,
    work: Work,
    target: "Target",
    tariff: "Tariff",
    traffic: str | None,
) -> str:
    """Say what the run is going to do, and ask where that is wanted; where it goes, in a line."""
    from clickgen.run.cost_words import advance_notice

    notice = advance_notice(target, tariff, _to_send(plan, work), bounded_in_usd=options.max_usd is not None)
    if notice.sends_to is not None:
        notice = replace(notice, warnings=(*notice.warnings, *work.elsewhere))
    announce(app, notice, traffic=traffic)
    return notice.line


def _to_send(plan: "Plan", work: Work) -> "Plan":
    """The plan, with as many events as there are to send, if that is known."""
    events = plan.recording.events if work.left is None else work.left.events
    return plan if events is None else plan.model_copy(update={"planned": events})


def _resume_hint(app: App, finished: "Finished") -> str | None:
    """The command that sends what the run left unsent, or None if there is nothing, or it cannot be read again."""
    if not finished.account.unsent:
        return None
    from clickgen.verify.proof.delivery import resume_command

    resume = resume_command(finished.plan)
    return None if resume is None else resume + app.home_words


def _traffic_words(plan: "Plan", work: Work) -> str | None:
    """What a simulated run will show of visits."""
    if work.model is None:
        return None
    from clickgen.feed.visits_shown import visits_shown
    from clickgen.view.visits import visits_words

    to_send = _to_send(plan, work)
    return visits_words(to_send, visits_shown(to_send, work.model.tables))


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
