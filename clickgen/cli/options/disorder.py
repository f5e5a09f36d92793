"""The options that plant disorder in simulated traffic, and the disorder that they make together."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from clickgen.cli.types import DURATION
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.model.disorder import Disorder, Drift

F = TypeVar("F", bound=Callable[..., Any])

LATE_FORM = "write 2%:30s, a share of the events and how late they are at most"
SHARE_FORM = "write 0.5%, or 0.005"
DRIFT_FORM = "write FIELD@10m, or FIELD:NEW@10m for another name"

_DRIFT = re.compile(r"([^@:]+)(?::([^@:]+))?@(.+)")


class Share(click.ParamType[float]):
    """A share of the events: 0.5%, or 0.005."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(f"{value!r} is no share; {SHARE_FORM}", param, ctx)
        if not 0 <= share <= 1:
            self.fail(f"{value!r} is no share of the events; {SHARE_FORM}", param, ctx)
        return share


class Late(NamedTuple):
    """Which share of the events is late, and by how many seconds at most."""

    share: float
    seconds: float


class LateType(click.ParamType[Late]):
    """2%:30s, as a share and seconds."""

    name = "share:time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Late:
        if isinstance(value, Late):
            return value
        share, colon, length = str(value).partition(":")
        if not colon:
            self.fail(f"{value!r} does not say how late; {LATE_FORM}", param, ctx)
        late = Late(Share().convert(share, param, ctx), DURATION.convert(length, param, ctx))
        if late.seconds < 0.001:
            self.fail(f"{value!r}: events that are no later than at once are not late; {LATE_FORM}", param, ctx)
        return late


class DriftType(click.ParamType["Drift"]):
    """FIELD@10m or FIELD:NEW@10m, as what changes from that moment on."""

    name = "field@time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Drift":
        from clickgen.model.disorder import Drift

        if isinstance(value, Drift):
            return value
        found = _DRIFT.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no drift; {DRIFT_FORM}", param, ctx)
        return Drift(field=found[1], renamed=found[2], at_s=DURATION.convert(found[3], param, ctx))


class DisorderOptions(NamedTuple):
    """The options of disorder as given."""

    late: Late | None
    duplicate: float
    malformed: float
    reorder: float
    drift: "tuple[Drift, ...]"

    @classmethod
    def taken_from(cls, given: dict[str, Any]) -> "DisorderOptions":
        """The options of disorder, taken out of all that a command was given."""
        return cls(*(given.pop(name) for name in cls._fields))


def disorder_options(command: F) -> F:
    """Add --late, --duplicate, --malformed, --reorder and --drift to a command."""
    options = (
        click.option("--late", type=LateType(), help="Let so many events come up to so late: 2%:30s."),
        click.option("--duplicate", type=Share(), default=0.0, help="Send so many events twice: 0.5%."),
        click.option("--malformed", type=Share(), default=0.0, help="Damage so many events: 0.1%."),
        click.option(
            "--reorder", type=Share(), default=0.0, help="Let so many change places with a neighbour: 1%."
        ),
        click.option(
            "--drift",
            type=DriftType(),
            multiple=True,
            help="From then on a field has another type, FIELD@10m, or name, FIELD:NEW@10m. Repeatable.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def disorder_of(given: DisorderOptions, duration: float | None) -> "Disorder | None":
    """The disorder that was asked for; None where there is none. UsageProblem where it would have no effect.

    duration: how many seconds the run lasts, None where that is not known.
    """
    from clickgen.model.disorder import Disorder

    for drift in given.drift:
        if duration is not None and drift.at_s >= duration:
            raise UsageProblem(
                f"--drift {drift.field} begins after {drift.at_s:g} s, but the run ends after {duration:g} s",
                "let it begin earlier, or the run last longer",
            )
        if drift.renamed == drift.field:
            raise UsageProblem(f"--drift {drift.field}:{drift.field} changes nothing", DRIFT_FORM)
    disorder = Disorder(
        late=given.late.share if given.late else 0.0,
        late_s=given.late.seconds if given.late else 0.0,
        duplicate=given.duplicate,
        malformed=given.malformed,
        reorder=given.reorder,
        drift=given.drift,
    )
    return None if disorder == Disorder(late_s=disorder.late_s) else disorder


def check_drift(disorder: "Disorder", sample: Iterable[bytes]) -> None:
    """Raise UsageProblem where a field that is to drift is in none of the events, or cannot be renamed so.

    sample: events as the schema writes them.
    """
    if not disorder.drift:
        return
    names: set[str] = set()
    for event in sample:
        try:
            names.update(_names(json.loads(event)))
        except ValueError as problem:
            raise UsageProblem(
                "--drift with a schema of text lines: they have no named fields", "choose a schema of JSON events"
            ) from problem
    for drift in disorder.drift:
        if drift.field not in names:
            near = get_close_matches(drift.field, names, 1)
            raise UsageProblem(
                f"--drift {drift.field}: no event has such a field",
                f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(names))}",
            )
        if drift.renamed in names:
            raise UsageProblem(
                f"--drift {drift.field}:{drift.renamed}: events have a field {drift.renamed} already",
                "choose a name that no field has",
            )


def _names(value: object) -> Iterator[str]:
    """The names of all fields of a JSON value, at any depth."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _names(inner)
