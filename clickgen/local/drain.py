"""Delivering what a dead server left in its lake, without starting another."""

from dataclasses import dataclass
from pathlib import Path

from clickgen.local.firehose.left_over import left_in
from clickgen.local.firehose.objects import deliver
from clickgen.local.platform.errors import LocalProblem, WrongUse
from clickgen.local.platform.lake import Lake, was_served
from clickgen.local.platform.notices import say


@dataclass(frozen=True)
class Drained:
    """What was delivered; objects that were there already are not counted."""

    objects: int
    records: int


def drain(folder: Path, wait_seconds: float) -> Drained:
    """Deliver every spool of the lake, after waiting for a live server to let go of it.

    A folder that no server has held stays as it is. LocalProblem if there is no such folder, if a server still
    holds it after `wait_seconds`, if an object cannot be written, or if records are still to be processed (what
    remains stays for the next try).
    """
    if not folder.is_dir():
        raise WrongUse(f"There is no folder {folder}.", "--dir names the lake of a server.")
    if not was_served(folder):
        return Drained(0, 0)
    lake = Lake(folder.absolute())
    lake.hold(wait_seconds)
    objects = records = 0
    waiting: Path | None = None
    for stream in sorted(lake.streams.iterdir()):
        left = left_in(stream)
        for spool, contents in left.outgoing:
            if contents.place is not None and contents.place.failed_key is not None:
                waiting = stream  # only a server can post or convert these
                continue
            try:
                delivered = deliver(spool, lake.root, lake.aside, verify=True)
            except OSError as error:
                raise LocalProblem(f"The records in {spool.data} cannot be delivered: {error}.") from error
            if delivered.damage:
                say(f"lost records: {delivered.damage}")
            objects += delivered.objects
            records += delivered.records
        if left.incoming:
            waiting = stream
    lake.release()
    if waiting is not None:
        raise LocalProblem(
            f"Records in {waiting} are still to be processed.",
            f"A server does that: clickgen local serve --dir {folder}",
        )
    return Drained(objects, records)
