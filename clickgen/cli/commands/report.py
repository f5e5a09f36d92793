"""`clickgen report`: a run and what was verified of it, as one page for people or as Markdown."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clickgen.cli.app import App, home_option, pass_app, printing_result, say, write_output
from clickgen.cli.completing import run_argument
from clickgen.cli.help import command
from clickgen.cli.types import OUTPUT_FILE
from clickgen.pace.clock import now_ms

if TYPE_CHECKING:
    from clickgen.ledger.folder import RunFolder
    from clickgen.view.report.subject import ReportedRun

_EXAMPLES = """\b
Examples:
  clickgen report  # the latest run, into report-RUN.html
  clickgen report 0a1b2c -o report.html
  clickgen report --markdown >> "$GITHUB_STEP_SUMMARY"
"""


@command(epilog=_EXAMPLES)
@run_argument
@click.option(
    "-o", "--output", type=OUTPUT_FILE, help="Write here; - is standard output.  [default: report-RUN.html]"
)
@click.option("--markdown", is_flag=True, help="Markdown, on standard output unless -o says otherwise.")
@home_option
@pass_app
def report(app: App, /, run: str | None, output: Path | None, markdown: bool) -> None:
    """Show a run to people who were not there: one page that needs no network, or Markdown.

    The account, the rate, how long events took to land, retries, the stations, what went wrong with witnesses,
    and the bill; of the latest run, or of RUN, its id or the beginning of it. What landed is in it once
    `clickgen verify` has looked.
    """
    from clickgen.model.installation import require
    from clickgen.view.markdown import run_markdown

    if not markdown:
        # where matplotlib keeps its fonts is nobody's business
        logging.getLogger("matplotlib").setLevel(logging.ERROR)
        require("the page", "jinja2", "matplotlib", otherwise="--markdown needs nothing more")
    subject = _subject(app.home.find_run(run), app.home_path)
    if markdown:
        text = run_markdown(subject.known, subject.verifications, subject.funnel)
    else:
        from clickgen.view.report.page import render_page

        text = render_page(subject)
        output = output or Path(f"report-{subject.known.plan.run}.html")
    if output is None or str(output) == "-":
        with printing_result():
            sys.stdout.write(text)
        return
    write_output(output, text.encode())
    say(str(output), err=False)


def _subject(folder: "RunFolder", home: Path) -> "ReportedRun":
    from clickgen.cli.commands.runs import known_run
    from clickgen.ledger.reader import read_claims
    from clickgen.run.timeline import read_timeline
    from clickgen.verify.proof.verification_store import as_of_now, read_stations, read_verifications
    from clickgen.view.command_lines import repeat_command
    from clickgen.view.report.subject import ReportedRun

    plan = folder.read_plan()
    claims = read_claims(folder, plan)
    return ReportedRun(
        known=known_run(folder, plan),
        moments=read_timeline(folder.timeline_file),
        verifications=[as_of_now(kept, claims) for kept in read_verifications(folder)],
        funnel=read_stations(folder),
        repeat=repeat_command(plan, home),
        made_ms=now_ms(),
    )
