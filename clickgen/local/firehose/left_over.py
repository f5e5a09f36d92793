"""What an earlier process left of a stream, taken up so that nothing is lost and nothing is done twice."""

from dataclasses import dataclass
from pathlib import Path

from clickgen.local.firehose.spool import Contents, Spool, next_number, spools_in
from clickgen.local.platform.errors import LocalProblem
from clickgen.local.platform.inside import check_folder

_INCOMING = "incoming"


@dataclass(frozen=True)
class LeftOver:
    """The spools of a stream's folder.

    incoming: to be processed.
    outgoing: to be delivered, with what counts of each.
    next_incoming, next_outgoing: numbers that no spool has had that another one still speaks of.
    """

    incoming: list[Spool]
    outgoing: list[tuple[Spool, Contents]]
    next_incoming: int
    next_outgoing: int


def incoming_folder(stream: Path) -> Path:
    """Where records wait for their processing."""
    return stream / _INCOMING


def left_in(stream: Path) -> LeftOver:
    """Take up what is there.

    What was made of an incoming spool that is still there was not committed: it is cut off the outgoing spools,
    since it will be made again. LocalProblem if a file cannot be read, or is a link.
    """
    try:
        return _taken_up(stream)
    except OSError as problem:
        raise LocalProblem(
            f"The records in {stream} cannot be taken up: {problem}.",
            "No server makes links: if it is one, take it out; what it leads to may be of bad intent.",
        ) from problem


def _taken_up(stream: Path) -> LeftOver:
    folder = incoming_folder(stream)
    folder.mkdir(mode=0o700, exist_ok=True)
    check_folder(folder)
    incoming: list[Spool] = []
    for spool in spools_in(folder):
        if spool.data.exists():
            incoming.append(spool)
        else:
            spool.remove()
    origins = {spool.number for spool in incoming}
    outgoing: list[tuple[Spool, Contents]] = []
    newest = 0
    for spool in spools_in(stream):
        contents = spool.forget(origins)
        outgoing.append((spool, contents))
        newest = max([newest, *(put.origin for put in contents.puts)])
    return LeftOver(incoming, outgoing, max(next_number(folder), newest + 1), next_number(stream))
