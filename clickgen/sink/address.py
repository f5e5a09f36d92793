"""What `--to` names: the kind of a destination and what it is called there."""

from dataclasses import dataclass
from typing import cast

from clickgen.model.destination import Kind
from clickgen.model.errors import UsageProblem
from clickgen.sink.registry import KINDS


@dataclass(frozen=True, slots=True)
class Address:
    """A destination as the user names it. name: a stream's, a table's, BUCKET/PREFIX, a path; empty for stdout."""

    kind: Kind
    name: str

    @property
    def on_network(self) -> bool:
        """Whether region, credentials and endpoint mean anything to it."""
        return KINDS[self.kind].on_network

    def __str__(self) -> str:
        return address_text(self.kind, self.name)


def address_text(kind: str, name: str) -> str:
    """The address as `--to` takes it; of a lake, or of the embedded pipeline, KIND:NAME."""
    return f"{KINDS[kind].prefix if kind in KINDS else f'{kind}:'}{name}"


def forms() -> str:
    """What `--to` takes, as a line for people."""
    *first, last = (kind.form for kind in KINDS.values())
    return f"{', '.join(first)} or {last}"


def parse_address(text: str) -> Address:
    """The address that the text names; UsageProblem with the right form where it names none."""
    for name, kind in KINDS.items():
        if text.startswith(kind.prefix):
            return Address(cast("Kind", name), kind.read_name(text, text.removeprefix(kind.prefix)))
    raise _no_destination(text)


def stream_address(name: str) -> Address:
    """The Firehose stream that `--stream` names; UsageProblem where no stream can be called so."""
    text = f"firehose:{name}"
    try:
        return parse_address(text)
    except UsageProblem as problem:
        raise UsageProblem(f"--stream {name!r} is not a valid name of a stream", problem.hint) from problem


def _no_destination(text: str) -> UsageProblem:
    return UsageProblem(f"--to {text!r} does not name a destination", f"write {forms()}")
