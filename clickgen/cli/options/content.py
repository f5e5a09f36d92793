"""How the content of events is compared, as options say it: --content, and the rules of a transform."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.cli.run_under_test import RunUnderTest
    from clickgen.verify.proof.content.expectations import Expectations
    from clickgen.verify.proof.landing import Landing

_MODES = {
    "check": "`check`: by their check bits",
    "fields": "`fields`: field by field with what was sent, which is made once more",
    "ids": "`ids`: not at all, where an id is enough",
}


class Renaming(click.ParamType[tuple[str, str]]):
    """OLD=NEW, two paths of a field."""

    name = "old=new"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        old, _, new = str(value).partition("=")
        if not old or not new:
            self.fail(f"{value!r} is no OLD=NEW", param, ctx)
        return old, new


@dataclass(frozen=True, slots=True)
class Compared:
    """What is said of content: its mode (check, fields or ids), and the rules of mode `fields`.

    Raises UsageProblem for rules that nothing is compared by.
    """

    content: str
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    loose_types: bool = False

    def __post_init__(self) -> None:
        if self.content != "fields" and (self.added or self.dropped or self.renamed or self.loose_types):
            raise UsageProblem(
                "--added, --dropped, --renamed and --loose-types are rules for comparing fields",
                "add --content fields",
            )

    @property
    def ids_only(self) -> bool:
        """Whether an id is enough."""
        return self.content == "ids"

    def expectations(self, subject: "RunUnderTest") -> "Expectations | None":
        """What rewritten events are compared with; None where they are not.

        Raises UsageProblem for rules that contradict each other, and where what was sent cannot be had again.
        """
        from clickgen.feed.layouts import is_text
        from clickgen.feed.regenerated_events import RegeneratedEvents
        from clickgen.verify.proof.content.expectations import Expectations
        from clickgen.verify.proof.content.rules import Rules

        if self.content != "fields":
            return None
        if is_text(subject.plan):
            raise UsageProblem(
                f"the events of run {subject.plan.run} are lines of text, which have no fields",
                "compare check bits (--content check), or ids only (--content ids)",
            )
        rules = Rules(self.added, self.dropped, self.renamed, self.loose_types)
        sent = RegeneratedEvents(subject.folder.path, subject.plan)
        sent.check()
        return Expectations(sent, rules)

    def behind(self, subject: "RunUnderTest", landing: "Landing") -> "Landing":
        """The place as what it is: where events come rewritten, something has parsed them before."""
        return landing if self.content == "check" else subject.behind_a_parser(landing)


def content_options(*modes: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of `Compared`, which it gets as its argument `compared`.

    modes: those that the place has, the default first.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @click.option(
            "--content",
            type=click.Choice(modes),
            default=modes[0],
            show_default=True,
            help=f"How events are compared. {'; '.join(_MODES[mode] for mode in modes)}.",
        )
        @click.option(
            "--added", metavar="FIELD", multiple=True, help="A field that the transform adds or changes."
        )
        @click.option("--dropped", metavar="FIELD", multiple=True, help="A field that the transform may drop.")
        @click.option(
            "--renamed", type=Renaming(), multiple=True, help="A field to which the transform gives a new name."
        )
        @click.option("--loose-types", is_flag=True, help='Take "1" for 1 and "true" for true.')
        @wraps(command)
        def with_options(**options: Any) -> None:
            compared = Compared(**{field.name: options.pop(field.name) for field in fields(Compared)})
            command(compared=compared, **options)

        return with_options

    return decorate
