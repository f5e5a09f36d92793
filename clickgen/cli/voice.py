"""How much a command says: `--quiet` and `--verbose`, and what the latter adds."""

import logging
from typing import Any

import click
from click.core import ParameterSource

from clickgen.cli.app import VOICE, say
from clickgen.cli.help import OUTPUT, under
from clickgen.cli.misuse import variable_of
from clickgen.model.errors import UsageProblem

# the loggers of what carries calls to services: urllib3, and our own lines (clickgen/sink/direct_line.py)
_CALLS = ("urllib3.connectionpool", "clickgen.calls")
_OF_URLLIB3 = 8  # arguments of its record of an answer: scheme, host, port, method, URL, version, status, length
_OF_OURS = 3  # method, URL, status


def _be_quiet(_ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:  # as Click calls it
    VOICE.quiet = wanted
    _check()


def _be_verbose(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:  # as Click calls it
    VOICE.verbose = wanted
    _check()
    if wanted and not ctx.resilient_parsing:
        for name in _CALLS:
            calls = logging.getLogger(name)
            calls.setLevel(logging.DEBUG)
            calls.addHandler(_SaidCalls())


def _check() -> None:
    if VOICE.quiet and VOICE.verbose:
        raise UsageProblem("--quiet and --verbose together", "give one of them")


voice_options = under(
    OUTPUT,
    click.option(
        "-q",
        "--quiet",
        is_flag=True,
        expose_value=False,
        callback=_be_quiet,
        help="Print warnings and errors only, and what --json prints; the exit code says the rest.",
    ),
    click.option(
        "-v",
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=_be_verbose,
        help="Say also which options the environment sets, and each call to a service.",
    ),
)


def say_settings(ctx: click.Context) -> None:
    """With --verbose: which options of the command the environment sets, and where the home is."""
    if not VOICE.verbose:
        return
    for param in ctx.command.params:
        if isinstance(param, click.Option) and _is_from_environment(param, ctx):
            say(f"{max(param.opts, key=len)} is from the environment: {variable_of(param, ctx)}")


def _is_from_environment(param: click.Option, ctx: click.Context) -> bool:
    return ctx.get_parameter_source(str(param.name)) is ParameterSource.ENVIRONMENT


class _SaidCalls(logging.Handler):
    """Says each call that was answered. What follows a path's question mark may be secret, and is left out."""

    def emit(self, record: logging.LogRecord) -> None:
        arguments: Any = record.args
        if not isinstance(arguments, tuple):
            return
        if len(arguments) == _OF_OURS:
            method, url, status = arguments
        elif len(arguments) == _OF_URLLIB3:
            scheme, host, port, method, path, _, status, _ = arguments
            url = f"{scheme}://{host}:{port}{path}"
        else:
            return
        say(f"call: {method} {str(url).partition('?')[0]}: {status}")
