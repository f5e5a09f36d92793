"""The options that plant disorder in simulated traffic, and the disorder that they make together."""

import json
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from clickgen.cli.help import DISORDER, under
from clickgen.cli.types import PERCENTAGE, Parsed, seconds_from, share_from
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.model.disorder import Disorder, Drift

_DRIFT_FORM = "write FIELD@10m, or FIELD:NEW@10m for another name"
_LATE_FORM = "write 2%:30s, a share of the events and how late they are at most"
_DRIFT = re.compile(r"([^@:]+)(?::([^@:]+))?@(.+)")


class Late(NamedTuple):
    """Which share of the events is late, and by how many seconds at most."""

    share: float
    seconds: float


def _late(text: str) -> Late:
    share, colon, length = text.partition(":")
    if not colon:
        raise ValueError(f"{text!r} does not say how late; {_LATE_FORM}")
    late = Late(share_from(share), seconds_from(length))
    if late.seconds < 0.001:
        raise ValueError(f"{text!r}: events that are no later than at once are not late; {_LATE_FORM}")
    return late


def _drift(text: str) -> "Drift":
    from clickgen.model.disorder import Drift

    found = _DRIFT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a drift; {_DRIFT_FORM}")
    return Drift(field=found[1], renamed=found[2], at_s=seconds_from(found[3]))


disorder_options = under(
    DISORDER,
    click.option(
        "--late",
        type=Parsed("share:time", _late),
        help="Send this share of the events late, by up to this long: 2%:30s.",
    ),
    click.option("--duplicate", type=PERCENTAGE, default=0.0, help="Send this share of the events twice: 0.5%."),
    click.option("--malformed", type=PERCENTAGE, default=0.0, help="Damage this share of the events: 0.1%."),
    click.option(
        "--reorder",
        type=PERCENTAGE,
        default=0.0,
        help="Let this share of the events change places with a neighbour: 1%.",
    ),
    click.option(
        "--drift",
        type=Parsed("field@time", _drift),
        multiple=True,
        help="Change a field from then on: its type with FIELD@10m, its name with FIELD:NEW@10m. Repeatable.",
    ),
)


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


def disorder_of(given: DisorderOptions, duration: float | None) -> "Disorder | None":
    """The disorder that was requested, or None. UsageProblem if it would have no effect.

    duration: how many seconds the run lasts, None if that is not known.
    """
    from clickgen.model.disorder import Disorder

    for drift in given.drift:
        if duration is not None and drift.at_s >= duration:
            raise UsageProblem(
                f"--drift {drift.field} begins after {drift.at_s:g} s, but the run ends after {duration:g} s",
                "let it begin earlier, or the run last longer",
            )
        if drift.renamed == drift.field:
            raise UsageProblem(f"--drift {drift.field}:{drift.field} changes nothing", _DRIFT_FORM)
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
    """Raise UsageProblem if a field that is to drift is in none of the events, or cannot be renamed so.

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
