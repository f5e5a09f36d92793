"""Looking into sources before anything is sent: what they are written in, and what their first events hold."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePath
from typing import Any, NamedTuple

from clickgen.model.errors import ClickgenError, UsageProblem
from clickgen.model.form import JSON, Form, Kind
from clickgen.read.formats.parquet import PARQUET_MAGIC
from clickgen.read.formats.recognise import LOOK_BYTES, Given, recognise
from clickgen.read.open import format_of
from clickgen.read.pieces import Bad, JsonObject
from clickgen.read.unwrap import AS_IS, Wrapper, known_wrapper
from clickgen.traffic.replay_files import check_file, check_readable, is_live, is_remote
from clickgen.traffic.replay_source import LanePart, OpenSource, beginning, open_local, read_part

SAMPLE_EVENTS = 200  # of each source
_SAMPLED_SOURCES = 20
_BLANK = b" \t\r\n\0\xef\xbb\xbf"
_LOOK_BYTES = 8 << 20  # more than the longest object
# Looking into an object costs a call: of many that are called alike only the first ones are looked into.
_LOOKED_INTO = 500
_LOOKED_INTO_REMOTE = 8
_HINT = "replay reads JSON objects, arrays, CSV, TSV, server logs and Parquet, plain or compressed"


@dataclass(slots=True)
class Looked:
    """What was found in the sources."""

    forms: list[Form] = field(default_factory=list)  # of each source
    events: list[dict[str, Any]] = field(default_factory=list)  # the first ones, unwrapped
    wrapper: Wrapper | None = None  # what the objects are, if they are wrappers
    unread: dict[str, str] = field(default_factory=dict)  # sources that are not read, and why

    def leave_out_unread(self, names: Sequence[str]) -> list[str]:
        """The sources that are read, of which alone the forms are kept."""
        kept = [(name, form) for name, form in zip(names, self.forms, strict=True) if name not in self.unread]
        self.forms = [form for _, form in kept]
        return [name for name, _ in kept]


class Reading(NamedTuple):
    """How the user wants sources to be read."""

    given: Given = Given()
    each: str | None = None  # where events are inside objects; `.` is the object itself
    redrive: bool = False


def look_into(
    names: Sequence[str],
    reading: Reading = Reading(),  # noqa: B008  # it is frozen
    *,
    found: Collection[str] = (),
    open_source: OpenSource = open_local,
) -> Looked:
    """Recognise each source and read its first events; pipes are not read, and taken for JSON.

    found: sources that the user did not name, which were found in a folder or under a prefix: then what cannot be
    read is left out. Raises UsageProblem if nothing can be read.
    """
    looked = Looked()
    seen: dict[tuple[str, bool], Form] = {}
    for number, name in enumerate(names):
        kind = PurePath(name).suffix, is_remote(name)
        most = _LOOKED_INTO_REMOTE if is_remote(name) else _LOOKED_INTO
        if number >= most and kind in seen:
            looked.forms.append(seen[kind])
            continue
        try:
            if name in found:
                check_file(name)
            form = _recognised(name, reading.given, open_source)
        except ClickgenError as problem:
            if not found:
                raise
            looked.unread[name] = problem.message
            looked.forms.append(JSON)
            continue
        looked.forms.append(form if form is not None else JSON)
        if form is not None:
            seen[kind] = form
            if len(seen) <= _SAMPLED_SOURCES and len(looked.events) < _SAMPLED_SOURCES * SAMPLE_EVENTS:
                looked.events += first_events(LanePart(name, form), open_source=open_source)
        elif not is_live(name):
            looked.unread[name] = "nothing but white space"
    _check_any(names, looked)
    _unwrap(names, reading, looked, open_source)
    looked.forms = _with_same_numbers(looked.forms)
    return looked


def first_events(
    part: LanePart, limit: int = SAMPLE_EVENTS, *, open_source: OpenSource = open_local
) -> list[dict[str, Any]]:
    """The first events of a source, `limit` at most; none of a pipe, which can be read only once."""
    if is_live(part.name):
        return []
    return [piece.value for piece in islice(_objects(part, open_source), limit)]


def _objects(part: LanePart, open_source: OpenSource) -> Iterator[JsonObject]:
    for pieces in read_part(part, open_source):
        yield from (piece for piece in pieces if isinstance(piece, JsonObject))


def _recognised(name: str, given: Given, open_source: OpenSource) -> Form | None:
    """The form of a source that holds an event near its beginning; None if it is empty, or a pipe."""
    if is_live(name) or name.startswith("kinesis:"):
        return JSON
    if not is_remote(name):
        check_readable(name)
    start, more = beginning(name, LOOK_BYTES, open_source)
    if more and not start.strip(_BLANK):
        start, more = beginning(name, _LOOK_BYTES, open_source)
    if not start.strip(_BLANK):
        if more:
            raise _no_event(name, start, None)
        return None
    form = recognise(start, given)
    if form is None:
        _refuse_other_formats(name, start)
        form = JSON
    first_bad = _first_bad(LanePart(name, form), open_source)
    if first_bad is not None:
        raise _no_event(name, start, first_bad)
    return form


def _first_bad(part: LanePart, open_source: OpenSource) -> Bad | None:
    """What a source has instead of events, or None if there is an event among its first pieces."""
    first_bad: Bad | None = None
    read = 0
    for pieces in read_part(part, open_source):
        for piece in pieces:
            if isinstance(piece, JsonObject):
                return None
            first_bad = first_bad or piece
            read += piece.size
        if read > _LOOK_BYTES:
            break
    return first_bad


def _refuse_other_formats(name: str, start: bytes) -> None:
    found = format_of(start)
    if found is not None and found.unpack:
        raise UsageProblem(f"{name} is {found.name}", f"unpack it: {found.unpack} {name} | clickgen replay -")
    if found is not None:
        raise UsageProblem(f"{name} is {found.name}, not a recording of events", _HINT)
    if start.lstrip().startswith(b"["):
        raise UsageProblem(f"{name} holds a JSON array, but not of objects", _HINT)


def _no_event(name: str, start: bytes, first_bad: Bad | None) -> UsageProblem:
    if first_bad is None:
        return UsageProblem(f"no events in the first {_LOOK_BYTES >> 20} MiB of {name}", _HINT)
    if b"\0" in start and not start.startswith(PARQUET_MAGIC):
        return UsageProblem(f"{name} is binary data, not a recording of events", _HINT)
    first = start.decode("utf-8", "replace").split("\n")[0].strip()[:60]
    return UsageProblem(f"no events in {name} (line {first_bad.line}: {first_bad.reason}): {first!r}", _HINT)


def _check_any(names: Sequence[str], looked: Looked) -> None:
    if len(looked.unread) == len(names):
        what = names[0] if len(names) == 1 else f"any of the {len(names)} files, {names[0]} and so on"
        why = next(iter(looked.unread.values()))
        raise UsageProblem(f"no events in {what}: {why}", "check that these are the right files")


def _unwrap(names: Sequence[str], reading: Reading, looked: Looked, open_source: OpenSource) -> None:
    """Settle where the events are inside the objects, and read them there."""
    wrappers = [known_wrapper(event) for event in looked.events[:SAMPLE_EVENTS]]
    likely = [wrapper for wrapper in wrappers if wrapper is not None]
    if 2 * len(likely) > len(wrappers):
        looked.wrapper = likely[0]
    each = "rawData" if reading.redrive else reading.each
    if each is None and looked.wrapper is not None and looked.wrapper.by_itself:
        each = looked.wrapper.each
    if each is None or each == AS_IS:
        return
    looked.forms = [form.model_copy(update={"each": each}) for form in looked.forms]
    sources = [(name, form) for name, form in zip(names, looked.forms, strict=True) if name not in looked.unread]
    looked.events = [
        event
        for name, form in sources[:_SAMPLED_SOURCES]
        for event in first_events(LanePart(name, form), open_source=open_source)
    ]
    if not looked.events and not any(map(is_live, names)):
        raise UsageProblem(
            f"no object has an event at {each}",
            "check the path given with --each" if not reading.redrive else "is this Firehose error output?",
        )


def _with_same_numbers(forms: Sequence[Form]) -> list[Form]:
    """The forms, where columns of one name are numbers only if they are in all files with the same columns."""
    numeric: dict[tuple[str, ...], frozenset[str]] = {}
    for form in forms:
        if form.kind in (Kind.DELIMITED, Kind.FIELDS_LOG):
            numeric[form.columns] = numeric.get(form.columns, form.numeric) & form.numeric
    return [
        form.model_copy(update={"numeric": numeric[form.columns]}) if form.columns in numeric else form
        for form in forms
    ]
