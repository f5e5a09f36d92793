"""Objects of the lake: their names, and delivering a spool, whole and once.

An object is complete on the same file system before it is renamed to its key, so that a reader sees all of it
or nothing. The object that a spool is for appears last: where it is there, all of the spool has been delivered.
"""

import os
import stat
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from clickgen.local.firehose.drafts import Draft, Step, copying, steps_for
from clickgen.local.firehose.journal import SpoolPlace
from clickgen.local.firehose.spool import Contents, Spool
from clickgen.local.platform.inside import LinkInTheWay, folder_within, open_file
from clickgen.local.platform.objects import damage


class Announcer(Protocol):
    """Passes on what happens to objects; see `links.Objects`."""

    def prepare(self, bucket: str, key: str, headers: dict[str, str]) -> bool:
        """Expect an object that is about to appear; whether it is to be damaged. OSError if it is refused."""

    def created(self, bucket: str, key: str) -> None:
        """An object has appeared."""


@dataclass(frozen=True)
class Delivered:
    """What one spool became: nothing if it was empty or its object was there."""

    objects: int = 0
    records: int = 0
    damage: str | None = None  # what was lost
    failed: int = 0  # of the records, those that went to the error output
    landed: tuple[Draft, ...] = field(default=(), compare=False)


def object_key(prefix: str, stream: str, version: str, extension: str, at: datetime) -> str:
    """`<prefix><stream>-<version>-yyyy-MM-dd-HH-mm-ss-<uuid><ext>`, for an oldest record that arrived at `at`."""
    return f"{prefix}{stream}-{version}-{at:%Y-%m-%d-%H-%M-%S}-{uuid.uuid4()}{extension}"


def deliver(
    spool: Spool,
    lake: Path,
    aside: Path,
    *,
    verify: bool,
    step: Step | None = None,
    announce: Announcer | None = None,
) -> Delivered:
    """Make the objects of a spool and remove the spool, exactly once however often it is interrupted.

    `verify` is for the spool of an earlier process: its data is checked, and a damaged spool is kept beside
    after what precedes the damage was delivered. `step` comes before compression: it changes the object of a
    spool, or makes others. OSError: nothing has changed for a reader; try again.
    """
    if not os.path.lexists(spool.data):
        spool.remove()
        return Delivered()
    contents = spool.read(verify=verify)
    place = contents.place
    landed: tuple[Draft, ...] = ()
    if place is not None and contents.size:
        if is_there(lake, place):
            spool.remove()
            return Delivered()
        steps = ([] if step is None else [step]) + steps_for(place.compression, aside)
        if contents.damage and not steps:
            steps = [copying(aside)]
        landed = _make(spool, _whole(spool, contents, place), steps, lake, announce)
    if contents.damage:
        spool.set_aside()
    else:
        spool.remove()
    return Delivered(len(landed), contents.records, contents.damage, landed=landed)


def _whole(spool: Spool, contents: Contents, place: SpoolPlace) -> Draft:
    """The draft of a spool's object, before any step."""
    return Draft(place.bucket, place.key, spool.data, contents.size, contents.puts, failed_key=place.failed_key)


def _make(
    spool: Spool, draft: Draft, steps: Sequence[Step], lake: Path, announce: Announcer | None
) -> tuple[Draft, ...]:
    """The objects that the steps make of a spool, each in its place."""
    drafts = [draft]
    try:
        for step in steps:
            drafts = [made for one in drafts for made in ([one] if one.finished else step(one))]
        for one in drafts:
            put_in_place(one, lake, announce)
    finally:
        for one in drafts:
            if one.file != spool.data:
                one.file.unlink(missing_ok=True)
    return tuple(drafts)


def is_there(lake: Path, place: SpoolPlace) -> bool:
    """Whether the object of a spool has been made; LinkInTheWay if something else is in its place."""
    *folders, name = place.key.split("/")
    with folder_within(lake, [place.bucket, *folders]) as folder:
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
    if not stat.S_ISREG(found.st_mode):
        raise LinkInTheWay(f"{lake / place.bucket / place.key} is not a file")
    return True


def put_in_place(draft: Draft, lake: Path, announce: Announcer | None) -> None:
    """Make the draft an object, at once; OSError."""
    data = open_file(draft.file, os.O_WRONLY)
    try:
        os.ftruncate(data, draft.size)  # a killed writer may have left more than it acknowledged
        os.utime(data)  # an object's time is that of its delivery
    finally:
        os.close(data)
    headers = {} if draft.content_encoding is None else {"Content-Encoding": draft.content_encoding}
    poisoned = announce is not None and announce.prepare(draft.bucket, draft.key, headers)
    *folders, name = draft.key.split("/")
    with folder_within(lake, [draft.bucket, *folders]) as folder:
        os.rename(draft.file, name, dst_dir_fd=folder)
        if poisoned:  # not before: a spool that is delivered again has to be intact
            damage(name, folder)
    if announce is not None:
        announce.created(draft.bucket, draft.key)
