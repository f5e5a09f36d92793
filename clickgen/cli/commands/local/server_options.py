"""The options that every command has which starts the embedded server."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from clickgen.cli.types import PORT, Finite, options

F = TypeVar("F", bound=Callable[..., Any])


def server_options(at_the_end_of_parent: str) -> Callable[[F], F]:
    """`--port`, `--parent` and `--speedup`. at_the_end_of_parent: what the server does then."""
    return options(
        click.option(
            "--port", metavar="PORT", type=PORT, default=0, show_default=True, help="0 takes a free port."
        ),
        click.option(
            "--parent",
            metavar="PID",
            type=click.IntRange(min=1),
            help=f"{at_the_end_of_parent} when the process with this id ends.",
        ),
        click.option(
            "--speedup",
            metavar="FACTOR",
            type=Finite(min=1),
            default=1.0,
            show_default=True,
            help="How much faster the services' clocks run: with 60, a buffer of 300 s takes 5 s.",
        ),
    )
