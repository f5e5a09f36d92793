"""`clickgen runs`: which runs there are, and the account of each. A report: losses do not make it fail."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clickgen.cli.commands.runs.resume import resume
from clickgen.cli.say import say
from clickgen.cli.types import home_option
from clickgen.model.errors import ClickgenError

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder
    from clickgen.model.plan import Plan
    from clickgen.view.runs import KnownRun, RunEntry

_LIST_EXAMPLES = """\b
Examples:
  clickgen runs list
  clickgen runs list --home /var/lib/clickgen --json
  clickgen runs list | awk '$NF == "crashed" {print $1}'
"""

_SHOW_EXAMPLES = """\b
Examples:
  clickgen runs show                            # the latest
  clickgen runs show 0a1b2c                     # by the beginning of its id
  clickgen runs show 0a1b2c3d4e5f --json
"""


_EXAMPLES = """\b
Examples:
  clickgen runs list                            # every run and its account
  clickgen runs show                            # the latest, with the command that repeats it
  clickgen runs resume 0a1b2c                   # send what it had planned and never sent
"""


@click.group(epilog=_EXAMPLES)
def runs() -> None:
    """Which runs there are, and what became of their events."""


runs.add_command(resume)


@runs.command("list", epilog=_LIST_EXAMPLES)
@home_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_runs(home: Path, as_json: bool) -> None:
    """List all runs, the newest last.

    running: a process holds it. finished: it closed its account itself. crashed: it did not; what it had leased
    and not heard of again is unknown. damaged: its plan or its ledger cannot be read.
    """
    from clickgen.cli.output import ResultConsole, printing_result
    from clickgen.ledger.folder import Home
    from clickgen.view.runs import DamagedRun, list_json, render_list

    entries = [_entry(folder) for folder in Home(home).all_runs()]
    if as_json:
        with printing_result():
            sys.stdout.write(json.dumps(list_json(entries)) + "\n")
        return
    if not entries:
        say(f"no runs in {home}; start one: clickgen send --rate 500")
        return
    console = ResultConsole()
    with printing_result():
        console.print(render_list(entries, console.width if console.is_terminal else None), soft_wrap=True)
    for entry in entries:
        if isinstance(entry, DamagedRun):
            say(f"run {entry.run} is damaged: {entry.problem}")


@runs.command(epilog=_SHOW_EXAMPLES)
@click.argument("run", required=False)
@home_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(run: str | None, home: Path, as_json: bool) -> None:
    """Show a run's account, its plan and the command that does it again; the latest run where none is named.

    RUN is its id, or the beginning of it. What only a finished run knows is null in the JSON of another.
    """
    from clickgen.cli.output import ResultConsole, printing_result
    from clickgen.ledger.folder import Home
    from clickgen.view.runs import render_run, run_json

    folder = Home(home).find_run(run)
    known = known_run(folder, folder.read_plan())
    with printing_result():
        if as_json:
            sys.stdout.write(json.dumps(run_json(known)) + "\n")
            return
        ResultConsole().print(render_run(known, folder.path, home), soft_wrap=True)


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
    from clickgen.ledger.claims import read_claims
    from clickgen.view.runs import KnownRun, RunState, true_facts

    claims = read_claims(folder, plan)
    state = RunState.FINISHED if claims.finished else RunState.RUNNING if claims.live else RunState.CRASHED
    account = claims.account()
    facts = true_facts(claims.facts, account)
    return KnownRun(plan, account, state, facts, claims.damage, planted_counts(plan, claims))
