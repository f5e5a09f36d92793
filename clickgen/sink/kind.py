"""What is known of a kind of destination, said once: each sink's file ends with its own `KIND`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

from clickgen.model.batch import SinkLimits
from clickgen.model.errors import UsageProblem
from clickgen.sink.gil_turn import GilTurn
from clickgen.sink.interface import Sink

D_contra = TypeVar("D_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a sink is opened with, for one worker."""

    folder: Path  # the run's
    id_field: str  # where events have their id; "" in lines of text
    visitor_field: str | None  # where they name their visitor; None where that is not known
    connections: int  # calls that may be in progress at once
    turn: GilTurn
    now_ms: Callable[[], int]  # the Unix time in milliseconds


@dataclass(frozen=True, slots=True)
class SinkKind(Generic[D_contra]):
    """A kind of destination, D_contra being its class in the plan."""

    prefix: str  # what `--to` writes before the name
    form: str  # what `--to` takes, as shown to people
    read_name: Callable[[str, str], str]  # the whole of --to and what follows the prefix → the name
    on_network: bool  # whether region, credentials and endpoint matter to it
    limits: Callable[[D_contra], SinkLimits]
    open: Callable[[D_contra, Opening], Sink]  # raises what `make_client` raises
    paid_for: Literal["ingestion", "writing"] | None  # what of it costs money; None: nothing does
    charges_known: bool = True  # whether it is known what is charged there, be it nothing
    name_is_address: bool = False  # whether its name is all that `--to` takes, prefix included
    never_packed_because: str | None = None  # why --pack has no meaning there
    # calls a second that it takes unless its quota was raised; None if calls are not counted
    calls_a_second: Callable[[D_contra], float | None] = lambda _: None
    # whether every call there makes an object of its own, or a piece that is compressed by itself
    holds_objects: Callable[[D_contra], bool] = lambda _: False
    in_calls: bool = True  # whether batches are calls of a service; else lines are written, one after another
    verified_as: str | None = None  # the place of `clickgen verify` that reads what it wrote


def name_reader(pattern: str, rule: str) -> Callable[[str, str], str]:
    """Reads names of that pattern. rule: the pattern in words."""
    valid = re.compile(pattern)

    def read(text: str, name: str) -> str:
        if not valid.fullmatch(name):
            raise UsageProblem(f"--to {text!r}: {name!r} is not a valid name there", f"a name has {rule}")
        return name

    return read
