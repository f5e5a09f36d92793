"""The options that put a question about a run's events; `expect` and `verify PLACE totals` share them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from clickgen.cli.types import NAMES
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.expect.question import Question


@dataclass(frozen=True, slots=True)
class QuestionScope:
    """What these options say: the question, and where the events of a replay have what it is about."""

    question: "Question"
    fields: dict[str, str]


def question_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options, which it gets as its argument `scope`."""

    @click.option(
        "--by",
        type=NAMES,
        default=(),
        help="Group by these: day, hour, minute, page, event_type, country, device, … or any field of the events"
        " with few values.  [default: totals]",
    )
    @click.option(
        "--timezone",
        metavar="ZONE",
        default="UTC",
        show_default=True,
        help="Whose days, hours and minutes: an IANA name.",
    )
    @click.option("--funnel", is_flag=True, help="Count visitors and sessions at each step of a shop too.")
    @click.option(
        "--step", "steps", multiple=True, metavar="EVENT_TYPE", help="A step of a funnel of your own. Repeatable."
    )
    @click.option(
        "--field",
        "pairs",
        multiple=True,
        metavar="NAME=PATH",
        help="Of a replay: where events have it, dots for nesting. NAME: visitor, session, order, revenue,"
        " event_type, time, or a dimension. Repeatable.",
    )
    @click.option(
        "--include", type=click.Choice(["unknown"]), help="Count events too of which no answer came back."
    )
    @wraps(command)
    def with_options(
        *,
        by: tuple[str, ...],
        timezone: str,
        funnel: bool,
        steps: tuple[str, ...],
        pairs: tuple[str, ...],
        include: str | None,
        **others: Any,
    ) -> None:
        from clickgen.expect.question import Question

        question = Question(by, funnel, steps, timezone, unknown=include == "unknown")
        command(scope=QuestionScope(question, named_pairs(pairs, "--field")), **others)

    return with_options


def named_pairs(pairs: tuple[str, ...], option: str) -> dict[str, str]:
    """NAME=VALUE as a table; UsageProblem if one is written otherwise, or a name is there twice."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not (name and sign and value):
            raise UsageProblem(f"{option} {pair!r} is not NAME=VALUE", f"write it as in {option} page=path.to.it")
        if name in found:
            raise UsageProblem(f"{option} says twice what {name} is", "say it once")
        found[name] = value
    return found
