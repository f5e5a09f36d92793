"""Options and value types that several commands share."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from clickgen.model.amounts import seconds_of

F = TypeVar("F", bound=Callable[..., Any])


class Duration(click.ParamType[float]):
    """30s, 5m, 2h, 1h30m or plain seconds, as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        seconds = seconds_of(str(value))
        if seconds is None:
            try:
                seconds = float(value)
            except ValueError:
                self.fail(f"{value!r} is no duration; write 30s, 5m, 2h or 1h30m", param, ctx)
        if not 0 <= seconds < float("inf"):
            self.fail(f"{value!r} is no duration; write 30s, 5m, 2h or 1h30m", param, ctx)
        return seconds


DURATION = Duration()


class Finite(click.FloatRange):
    """A number of a range; NaN and infinity, which a range lets through, are none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is no number", param, ctx)
        return number


def home_option(command: F) -> F:
    """`--home DIR`: where runs and the lake are."""
    return click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path(".clickgen"),
        show_default=True,
        envvar="CLICKGEN_HOME",
        help="Folder that holds runs and the lake.",
    )(command)


def was_given(ctx: click.Context, option: str) -> bool:
    """Whether an option was chosen by the user, on the command line or in the environment."""
    return ctx.get_parameter_source(option) is not ParameterSource.DEFAULT


def now_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000
