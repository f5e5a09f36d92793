"""`clickgen runs`: list, show, finish and remove runs. Losses do not make a report fail."""

import sys
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.app import App, exit_with, home_option, json_option, pass_app, say, terminal_columns, yes_option
from clickgen.cli.completing import complete_run, run_argument
from clickgen.cli.delivery import Work, deliver
from clickgen.cli.delivery_options import DeliveryOptions, gather, options_of_resuming
from clickgen.cli.groups import group
from clickgen.cli.help import CHOICE, under
from clickgen.cli.http_options import options_of
from clickgen.cli.types import COUNT
from clickgen.model.errors import ClickgenError, ExitCode

if TYPE_CHECKING:
    from clickgen.ledger.claims import Claims
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.view.console import Console
    from clickgen.view.runs import KnownRun, RunEntry

_LIST_EXAMPLES = """\b
Examples:
  clickgen runs list
  clickgen runs list --limit 10
  clickgen runs list --home /var/lib/clickgen --json
  clickgen runs list | awk '$NF == "crashed" {print $1}'
"""

_SHOW_EXAMPLES = """\b
Examples:
  clickgen runs show                            # the latest
  clickgen runs show 0a1b2c                     # by the beginning of its id
  clickgen runs show 0a1b2c3d4e5f --json
"""

_RESUME_EXAMPLES = """\b
Examples:
  clickgen runs resume          # the latest run: what was never sent
  clickgen runs resume 0a1b2c --rejected  # what was refused for good, too
  clickgen runs resume 0a1b2c --unknown --yes  # what got no answer, too
"""

_REMOVE_EXAMPLES = """\b
Examples:
  clickgen runs remove 0a1b2c
  clickgen runs remove 0a1b2c 67404b --yes
"""

_EXAMPLES = """\b
Examples:
  clickgen runs list           # every run and its account
  clickgen runs show           # the latest, with the command that repeats it
  clickgen runs resume 0a1b2c  # send what it had planned and never sent
"""


@group(epilog=_EXAMPLES)
def runs() -> None:
    """Which runs there are, and what became of their events."""


@runs.command("list", epilog=_LIST_EXAMPLES)
@click.option("--limit", type=COUNT, help="Only the newest, this many.")
@home_option
@json_option()
@pass_app
def list_runs(app: App, /, limit: int | None) -> None:
    """List runs, one a line, the newest last.

    running: a process holds it. finished: it closed its account itself. crashed: it did not; what it had leased
    and not heard of again is unknown. damaged: its plan or its ledger cannot be read.
    """
    from clickgen.view.runs import DamagedRun, list_json, render_list

    entries = [_entry(folder) for folder in app.home.all_runs()[-limit if limit else None :]]
    if not entries and not app.as_json:
        say(f"no runs in {app.home_path}; start one: clickgen send --rate 500")
        return

    def show(console: "Console") -> None:
        # what is piped is mostly read at the terminal that the messages go to
        columns = terminal_columns(sys.stdout) or terminal_columns(sys.stderr)
        console.print(render_list(entries, columns), soft_wrap=True)

    app.print_result(lambda: list_json(entries), show, only_json=True)
    for entry in () if app.as_json else entries:
        if isinstance(entry, DamagedRun):
            say(f"run {entry.run} is damaged: {entry.problem}")


@runs.command(epilog=_SHOW_EXAMPLES)
@run_argument
@home_option
@json_option()
@pass_app
def show(app: App, /, run: str | None) -> None:
    """Show a run's account, its plan and the command that does it again; the latest run if none is named.

    RUN is its id, or the beginning of it. What only a finished run knows is null in the JSON of another.
    """
    from clickgen.view.runs import render_run, run_json

    folder = app.home.find_run(run)
    known = known_run(folder, folder.read_plan())
    app.print_result(
        lambda: run_json(known),
        lambda console: console.print(render_run(known, folder.path, app.home_path), soft_wrap=True),
        only_json=True,
    )


@runs.command(epilog=_REMOVE_EXAMPLES)
@click.argument("names", nargs=-1, required=True, metavar="RUN...", shell_complete=complete_run)
@yes_option("Do not ask.")
@json_option()
@home_option
@pass_app
def remove(app: App, /, names: tuple[str, ...]) -> None:
    """Remove runs from the home: plan, ledger, and what verifications kept.

    Nothing is removed where events landed: `clickgen clean` does that. If one of them goes on, none is removed.
    """
    from clickgen.cli.run_removal import remove_runs

    removed = [folder.run for folder in remove_runs(app, names)]
    app.print_result(
        lambda: {"removed": removed},
        lambda console: console.print(f"removed {', '.join(removed)}", soft_wrap=True),
        only_json=True,
    )


@runs.command(epilog=_RESUME_EXAMPLES)
@run_argument
@under(
    CHOICE,
    click.option("--rejected", is_flag=True, help="Also send again what was refused for good."),
    click.option("--unknown", is_flag=True, help="Also send again what got no answer; it may arrive twice."),
)
@options_of_resuming
@pass_app
def resume(app: App, /, run: str | None, rejected: bool, unknown: bool, **delivery: Any) -> None:
    """Finish what a run had planned: send its unsent events, with the same ids and bytes.

    A run that was stopped, killed or ended by a problem goes on where its ledger ends, at the pace of its plan and
    without waiting for gaps. It needs the run's folder only, so it works on another machine, once `clickgen trust`
    has accepted it there; a replay needs its files too. Events that may have arrived already are sent again only
    with --unknown, and verify explains them.
    """
    from clickgen.ledger.ending import Ending
    from clickgen.run.leases import close_account, what_is_left
    from clickgen.run.session import take_up_sending
    from clickgen.view.account import damage_words

    folder, plan, claims = take_up_sending(app.home, run)
    if claims.damage:
        say(f"warning: the ledger of run {plan.run} is {damage_words(claims.damage)}")
    left = what_is_left(claims, plan, rejected=rejected, unknown=unknown)
    if left.events == 0:
        if claims.ending in (Ending.OPEN, Ending.FAILED):
            close_account(folder, plan, left)
        exit_with(_nothing_left(plan, claims))
    options = _options(plan, delivery, app)
    linger_s = plan.linger_s if options.linger is None else options.linger
    workers = min(options.workers or plan.workers, plan.lanes)
    plan = plan.model_copy(update={"workers": workers, "linger_s": linger_s})
    exit_with(deliver(app, plan, options, Work(start_given=True, left=left)))


def _options(plan: "Plan", given: dict[str, Any], app: App) -> DeliveryOptions:
    """The options of delivery, of which the plan settles some."""
    from clickgen.sink.registry import Address

    to = plan.destination
    # what lies in a lake without a stream was generated, and is not resumed here
    address = None if to.embedded or to.kind == "lake" else Address(to.kind, to.stream)
    settled: dict[str, Any] = {"to": address, "stream": None, "run_id": None}
    if address is not None and address.on_network:
        kept = {"region": to.region, "aws_profile": to.aws_profile, "endpoint_url": to.endpoint_url}
        settled |= {name: given[name] or value for name, value in kept.items()}
    if to.kind == "http":
        settled |= options_of(to, given)
    # whether packing fits was settled when the run began
    return gather(
        {**given, **settled, "pack": plan.pack, "force": plan.pack}, as_json=app.as_json, home=app.home_path
    )


def _nothing_left(plan: "Plan", claims: "Claims") -> ExitCode:
    """Say why nothing is sent; the exit code is that of the account as it is."""
    account = claims.account()
    more = [
        f"{count:,} {state} (--{state})"
        for state, count in (("rejected", account.rejected), ("unknown", account.unknown))
        if count
    ]
    say(f"run {plan.run} has no unsent events" + (f", but {' and '.join(more)}" if more else ""))
    if account.rejected:
        return ExitCode.LOST
    return ExitCode.INCOMPLETE if account.unknown else ExitCode.OK


def _entry(folder: "RunFolder") -> "RunEntry":
    """What is known of a run, however little that is."""
    from clickgen.view.runs import DamagedRun

    plan = None
    try:
        plan = folder.read_plan()
        return known_run(folder, plan)
    except ClickgenError as problem:
        return DamagedRun(folder.run, plan, problem.message)


def known_run(folder: "RunFolder", plan: "Plan") -> "KnownRun":
    """What is known of a run whose plan was read."""
    from clickgen.feed.planted import planted_counts
    from clickgen.ledger.reader import read_claims
    from clickgen.view.runs import KnownRun, RunState, true_facts

    claims = read_claims(folder, plan)
    state = RunState.FINISHED if claims.finished else RunState.RUNNING if claims.live else RunState.CRASHED
    account = claims.account()
    facts = true_facts(claims.facts, account)
    return KnownRun(plan, account, state, facts, claims.damage, planted_counts(plan, claims))
