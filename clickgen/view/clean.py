"""What cleaning up after a run found and did, for people, and the SQL that excludes the run."""

import re
from collections.abc import Iterator, Sequence

from clickgen.model.amounts import count, counted, size
from clickgen.model.event_id import needle
from clickgen.model.outside_text import one_line
from clickgen.verify.landings.objects.cleaning import Cleaned
from clickgen.verify.landings.objects.place import Fate

_SHOWN = 10
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")


def exclusion(run: str, id_path: Sequence[str]) -> str:
    """The condition that excludes a run's rows, for Athena, Redshift and DuckDB.

    id_path: the columns and fields that lead to the event's id; empty if events are lines of text.
    """
    start = needle(run).decode()
    if not id_path:
        return f"line IS NULL OR line NOT LIKE '%{start}%'"
    column = ".".join(
        name if _PLAIN_NAME.match(name) else f'"{name.replace(chr(34), chr(34) * 2)}"' for name in id_path
    )
    return f"{column} IS NULL OR {column} NOT LIKE '{start}%'"


def clean_lines(cleaned: Cleaned, run: str, condition: str, *, removing: bool) -> Iterator[str]:
    """What was found and done; each object's name is on a line of its own. removing: it is not a dry run."""
    what = f"{counted(cleaned.alone.count, 'object')}, {size(cleaned.bytes)}"
    verb = "holds" if cleaned.alone.count == 1 else "hold"
    where = one_line(cleaned.place)
    if removing:
        removed = cleaned.fates[Fate.REMOVED] + cleaned.fates[Fate.HIDDEN]
        yield f"run {run}: removed {count(removed)} of {what}, that {verb} only this run in {where}"
        yield from _left(cleaned)
    else:
        yield f"run {run}: {what} {verb} only this run in {where}"
        yield from _some(cleaned.alone.count, [f"  {one_line(key)}" for key in cleaned.alone.first])
    if cleaned.shared.count:
        yield f"not touched, as they hold events of others too: {counted(cleaned.shared.count, 'object')}"
        lines = [
            f"  {one_line(share.key)}: {counted(share.events, 'event')} of this run"
            f", {count(share.others)} of others"
            + (f", {count(share.undecided)} damaged" if share.undecided else "")
            for share in cleaned.shared.first
        ]
        yield from _some(cleaned.shared.count, lines)
    if cleaned.unread.count:
        yield f"not touched, as they could not be read: {counted(cleaned.unread.count, 'object')}"
        lines = [f"  {one_line(key)}: {one_line(reason)}" for key, reason in cleaned.unread.first]
        yield from _some(cleaned.unread.count, lines)
    yield "to exclude what is left of the run in Athena, Redshift and DuckDB:"
    yield f"  WHERE ({condition})"


def _left(cleaned: Cleaned) -> Iterator[str]:
    """What became of the objects that are not simply gone."""
    if cleaned.fates[Fate.HIDDEN]:
        yield f"  {count(cleaned.fates[Fate.HIDDEN])} stay as older versions, which the bucket keeps"
    if cleaned.fates[Fate.CHANGED]:
        yield f"  {count(cleaned.fates[Fate.CHANGED])} changed meanwhile and were not touched"
    lines = [f"  {one_line(key)} was not removed: {one_line(reason)}" for key, reason in cleaned.refused.first]
    yield from _some(cleaned.refused.count, lines)


def _some(number: int, lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_SHOWN]
    if number > _SHOWN:
        named = "them" if number <= len(lines) else "a thousand"
        yield f"  and {count(number - _SHOWN)} more; --json names {named}"
