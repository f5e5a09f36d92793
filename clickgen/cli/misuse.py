"""What Click has against a command's words, said as all problems are: what is wrong, and what to do."""

import re
from difflib import get_close_matches

import click
from click.core import ParameterSource

from clickgen.model.errors import UsageProblem
from clickgen.model.outside_text import one_line

_EXTRA_NUMBER = re.compile(r"^Got unexpected extra argument \((\d+(?:\.\d+)?)\)")  # as Click says it
_SURELY_MEANT = 0.75  # --home of a command is not --help misspelt, --verison is --version


def problem_of(misuse: click.UsageError) -> UsageProblem:
    """The problem that Click found, in one line, and a hint."""
    path = misuse.ctx.command_path if misuse.ctx is not None else "clickgen"
    see = f"see {path} --help"
    if isinstance(misuse, click.NoSuchOption):
        near = [name for name in misuse.possibilities or () if name.startswith("--")]
        if misuse.ctx is not None and isinstance(misuse.ctx.command, click.Group):
            near = get_close_matches(misuse.option_name, near, cutoff=_SURELY_MEANT)
            see = f"an option of a command follows the command: {path} COMMAND {misuse.option_name}; {see}"
        meant = f"did you mean {' or '.join(near)}? " if near else ""
        return UsageProblem(f"{path} has no option {misuse.option_name}", meant + see)
    if isinstance(misuse, click.MissingParameter):
        return UsageProblem(_sentence(misuse.format_message()), see)
    if isinstance(misuse, click.BadParameter):
        # our own types say what to do behind a semicolon
        what, _, hint = _sentence(misuse.message).partition("; ")
        return UsageProblem(f"{_named(misuse)}{what}", hint or see)
    option = _option_meant(misuse)
    return UsageProblem(_sentence(misuse.format_message()), f"did you mean {option}? {see}" if option else see)


def _option_meant(misuse: click.UsageError) -> str | None:
    """`--rate 500` if the word too many is a number, and the command has a rate; else None."""
    found = _EXTRA_NUMBER.search(misuse.message)
    options = [] if misuse.ctx is None else [name for param in misuse.ctx.command.params for name in param.opts]
    return f"--rate {found[1]}" if found and "--rate" in options else None


def _sentence(message: str) -> str:
    return one_line(message).removesuffix(".")


def _named(misuse: click.BadParameter) -> str:
    """The option or argument, and the environment variable if the value is from there."""
    param, ctx = misuse.param, misuse.ctx
    if param is None:
        return "" if misuse.param_hint is None else f"{misuse.param_hint}: "
    if not isinstance(param, click.Option):
        return f"{param.human_readable_name}: "
    option = max(param.opts, key=len)
    if ctx is not None and ctx.get_parameter_source(str(param.name)) is ParameterSource.ENVIRONMENT:
        return f"{variable_of(param, ctx)}, which is {option}: "
    return f"{option}: "


def variable_of(option: click.Option, ctx: click.Context) -> str:
    """The environment variable that gives an option its value in this command."""
    if isinstance(option.envvar, str):
        return option.envvar
    return f"{ctx.auto_envvar_prefix}_{str(option.name).upper()}"
