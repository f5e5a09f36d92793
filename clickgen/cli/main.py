"""The `clickgen` command: the group of all commands, and how the process ends."""

import gc
import os
import signal
import sys
import threading
import time
import traceback
from types import FrameType
from typing import ClassVar, NoReturn

import click

from clickgen.cli.app import VOICE, App, say, say_lines, say_problem
from clickgen.cli.groups import LazyCommand, LazyGroup
from clickgen.cli.misuse import problem_of
from clickgen.cli.progress import LateProgress
from clickgen.model.errors import ClickgenError, EnvironmentProblem, ExitCode
from clickgen.model.progress import listen

_LAST_WAIT_S = 1.0
_AGAIN_S = 0.02
_IMPORTING = "<frozen importlib"
_DISK_HINT = "is it there, may it be read and written, and is there room? see ls -l and df"
_EPILOG = """\b
Examples:
  clickgen send --rate 500 --duration 30s       # into the embedded pipeline
  clickgen verify                               # did every event arrive?
  clickgen report -o report.html                # run and proof on one page
  clickgen replay clicks.jsonl --speed 10       # recorded, ten times as fast
  clickgen send --stream clicks --rate 500 --duration 5m --max-usd 1
  clickgen doctor --pipeline examples/prime-day # what is wrong with it?
  clickgen expect --by day,page                 # what analytics should say

\b
Every option also comes from the environment: --rate of send is
CLICKGEN_SEND_RATE.
Exit codes: 0 well, 1 events lost or a threshold failed, 2 usage,
3 environment, 4 incomplete, 130 interrupted; 141 if the reader of a pipe
has left. clickgen completion --help: let your shell complete the words.
"""


class Commands(LazyGroup):
    """All commands."""

    table: ClassVar = {
        name: LazyCommand(f"clickgen.cli.commands.{name}", name, line)
        for name, line in {
            "send": "Simulate visitors and send their events at an exact rate.",
            "replay": "Send recorded events, timed as recorded or faster.",
            "inspect": "Say what a recording is, before it is replayed.",
            "learn": "Learn a profile from recorded traffic.",
            "compare": "Say how far two recordings, a recording and a profile, or two runs are apart.",
            "generate": "Make the same events into files, without sending them.",
            "verify": "Prove that every accepted event arrived.",
            "expect": "Say what analytics should say of a run.",
            "doctor": "Find what is wrong with a pipeline before anything is sent.",
            "probe": "Find the highest rate that a stream holds.",
            "profiles": "What the traffic of a site looks like: list, draw, check.",
            "cost": "Price traffic on AWS before any of it is sent.",
            "report": "A run and its proof as one page, or as Markdown.",
            "runs": "List runs, show their accounts, finish or remove them.",
            "trust": "Accept a home that was not made here, or was moved.",
            "clean": "Remove the objects that hold a run alone.",
            "local": "The embedded Firehose, for any SDK.",
            "completion": "Let your shell complete clickgen's words.",
            "bench": "Measure what clickgen costs on this machine.",
        }.items()
    }


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # as Click calls it
    if wanted and not ctx.resilient_parsing:
        from clickgen.model.installation import version_line

        say(version_line(), err=False)
        ctx.exit()


@click.command(cls=Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and where it was installed from, and exit.",
)
def root() -> None:
    """Put realistic clickstream traffic on an AWS delivery pipeline, and prove that every event arrived.

    Without an AWS account everything runs against an embedded local pipeline.
    """


def main() -> NoReturn:
    """Run the command line; errors that people cause end as a message, a hint and an exit code."""
    raise_interrupts()
    listen(LateProgress())
    try:
        code = _carry_out()
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED  # while something else was being said
    _leave(code)


def _carry_out() -> int:
    """The exit code of the command; what ended it early has been said."""
    VOICE.quiet = VOICE.verbose = False
    try:
        code = root.main(prog_name="clickgen", auto_envvar_prefix="CLICKGEN", standalone_mode=False, obj=App())
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.Abort:
        say("interrupted")
        code = ExitCode.INTERRUPTED
    except click.UsageError as misuse:
        say_problem(problem_of(misuse))
        code = ExitCode.USAGE
    except click.ClickException as problem:  # a file that Click opens
        say_problem(EnvironmentProblem(problem.format_message()))
        code = ExitCode.ENVIRONMENT
    except ClickgenError as problem:
        say_problem(problem)
        code = problem.exit_code
    except OSError as problem:
        say_problem(
            EnvironmentProblem(f"{problem.filename or 'a file'}: {problem.strerror or problem}", _DISK_HINT)
        )
        code = ExitCode.ENVIRONMENT
    except Exception:  # noqa: BLE001  # by itself Python would end with the code that says events were lost
        say_lines(traceback.format_exc())
        say_lines("clickgen: this is a fault of clickgen itself; please report it with the lines above")
        code = ExitCode.ENVIRONMENT
    except SystemExit:
        # Click's own end when the reader of stderr left; `printing_result` looks after a result's reader
        code = ExitCode.ENVIRONMENT
    return int(code or 0)


def _leave(code: int) -> NoReturn:
    """Exit, even if a worker does not: one that was killed with a message half sent, or that hangs.

    Python would wait for its process, and for the thread that reads from it, forever.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)  # it is leaving already
    deadline = time.monotonic() + _LAST_WAIT_S
    # not imported if nothing was started
    multiprocessing = sys.modules.get("multiprocessing")
    for process in multiprocessing.active_children() if multiprocessing else []:
        process.join(max(0.0, deadline - time.monotonic()))
        if process.is_alive():
            process.kill()
    deadline = (
        time.monotonic() + _LAST_WAIT_S
    )  # whoever waited for a process that was killed needs a moment to see it
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                _exit_at_once(code)
    if code == ExitCode.INTERRUPTED:
        # whatever the code, Python would end by the signal if an interrupt met the code that dataclasses execute
        _exit_at_once(code)
    gc.freeze()  # what is there goes with the process, and the collector need not look through all of it first
    sys.exit(code)


def _exit_at_once(code: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def raise_interrupts() -> None:
    """Let SIGINT, SIGTERM and a closed terminal raise KeyboardInterrupt in the main thread.

    Wherever Python would show an interrupt with a traceback, or lose it, it comes again a moment later.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _interrupt)
    sys.unraisablehook = _unraisable


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Raise it, but not in the middle of an import: there Python shows it with a traceback, or swallows it."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_IMPORTING):
            _send_again(number)
            return
        frame = frame.f_back
    raise KeyboardInterrupt


def _send_again(number: int) -> None:
    """Let the signal come once more in a moment; whoever answers it by then gets it."""
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(number))
    signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)


def _unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """An interrupt that met a finaliser, which cannot raise it, is sent again; all else is Python's to show."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        _send_again(signal.SIGINT)
    else:
        sys.__unraisablehook__(unraisable)
