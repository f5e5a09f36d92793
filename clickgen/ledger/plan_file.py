"""Reading plan.json: a plan that could be carried out, or what is wrong with the file, in our own words.

A plan is believed no more than what arrives over a network: it may be damaged, or written by somebody else.
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from clickgen.model.destination import Kind
from clickgen.model.errors import Damage
from clickgen.model.event_id import MAX_LANES, MAX_NUMBER
from clickgen.model.outside_text import one_line
from clickgen.model.plan import BUCKET_NAME, Place, Plan
from clickgen.model.zones import is_zone

MAX_BYTES = 16 << 20  # a plan has some thousand; a replay names each of its files
_MOST_REPORTED = 10
_DESTINATIONS = frozenset([*get_args(Kind), "lake"])  # pydantic names the class of a destination among the steps
_VERSION = 1
_URL = re.compile(r"https?://[\x21-\x7e]+")
_MAX_PREFIX = 1024  # of Firehose
_LAST_MS = 253_402_300_800_000  # the year 10000, beyond what dates can be written
_WHAT = {
    "bool": "is neither true nor false",
    "int": "is not a whole number",
    "float": "is not a number",
    "string": "is not text",
    "tuple": "is not a list",
    "list": "is not a list",
    "dict": "is not an object",
    "model": "is not an object",
    "finite": "is not a finite number",
}


def read_plan(file: Path, run: str) -> Plan:
    """The plan in the file, which must be that of `run`; EnvironmentProblem with a line for each problem."""
    try:
        plan, problems = _parsed(_content(file), run)
    except OSError as problem:
        plan, problems = None, [problem.strerror or str(problem)]
    if plan is not None and not problems:
        return plan
    lines = [f"the plan of run {run} cannot be read: {file}: {problem}" for problem in problems[:_MOST_REPORTED]]
    if len(problems) > _MOST_REPORTED:
        lines.append(f"and {len(problems) - _MOST_REPORTED} more problems of it")
    raise Damage(
        "\n".join(map(one_line, lines)),
        "restore the file from a copy, or move the run's folder away; see `clickgen runs list`",
    )


def _content(file: Path) -> bytes:
    # not through a link, and without waiting for a pipe
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as plan:
        if not stat.S_ISREG(os.fstat(plan.fileno()).st_mode):
            raise OSError("it is not a file")
        content = plan.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise OSError(f"it has more than {MAX_BYTES >> 20} MiB, which no plan has")
    return content


def _parsed(content: bytes, run: str) -> tuple[Plan | None, list[str]]:
    try:
        plan = Plan.model_validate_json(content.decode())
    except UnicodeDecodeError:
        return None, ["it is not text in UTF-8"]
    except ValidationError as invalid:
        return None, list(dict.fromkeys(_problem(error) for error in invalid.errors(include_url=False)))
    return plan, list(_impossible(plan, run))


def _problem(error: Any) -> str:
    kind: str = error["type"]
    if kind == "json_invalid":
        return _not_json(str(error["ctx"].get("error", "")))
    field = ".".join(step for step in map(str, error["loc"]) if step not in _DESTINATIONS)
    if not field:
        return "it is not a JSON object"
    match kind:
        case "missing":
            words = f"`{field}` is missing"
        case "union_tag_not_found":
            words = f"`{field}.kind` is missing"
        case "union_tag_invalid":
            words = f"`{field}.kind` is not one of {error['ctx']['expected_tags']}"
        case "extra_forbidden":
            words = f"{field!r} is not known to this version of clickgen"
        case "literal_error":
            words = f"`{field}` is not one of {error['ctx']['expected']}"
        case _:
            what = next((words for start, words in _WHAT.items() if kind.startswith(start)), None)
            words = f"`{field}` {what or 'has a value that no run has'}"
    return words


def _not_json(reason: str) -> str:
    if reason.startswith("EOF"):
        return "it is cut off" if "column 0" not in reason else "it is empty"
    return "it is not JSON" + (f" ({where[0]})" if (where := re.findall(r"line \d+ column \d+", reason)) else "")


def _impossible(plan: Plan, run: str) -> Iterator[str]:
    """What no run of clickgen has planned, although each field is of its type."""
    if plan.run != run:
        yield f"it is the plan of another run, {plan.run[:40]!r}"
    if plan.version != _VERSION:
        yield f"it has the form {plan.version}, and this version of clickgen knows {_VERSION}"
    yield from _impossible_numbers(plan)
    yield from _impossible_recording(plan)
    if plan.destination.kind == "file" and not _is_path(plan.destination.stream):
        yield "`destination.stream` is not an absolute path of a file"
    if plan.destination.kind == "http" and not _URL.fullmatch(plan.destination.stream):
        yield "`destination.stream` is not the URL of a collector"
    if plan.place is not None:
        yield from _impossible_place(plan.place, is_folder=plan.destination.kind == "lake")


def _impossible_numbers(plan: Plan) -> Iterator[str]:
    for name in ("lanes", "workers"):
        if not 1 <= getattr(plan, name) <= MAX_LANES:
            yield f"`{name}` is not between 1 and {MAX_LANES:,}"
    for name in ("created_ms", "start_ms", "began_ms"):
        if not 0 <= (getattr(plan, name) or 0) < _LAST_MS:
            yield f"`{name}` is not a time"
    if plan.planned is not None and not 0 <= plan.planned <= plan.lanes * (MAX_NUMBER + 1):
        yield "`planned` is more than a run can have, or less than nothing"
    for name in ("rate", "duration_s"):
        value = getattr(plan, name)
        if value is not None and not 0 <= value < float("inf"):
            yield f"`{name}` is not a finite number from 0 on"
    for name in ("speed", "time_scale"):
        if not 0 < getattr(plan, name) < float("inf"):
            yield f"`{name}` is not a finite number above 0"


def _impossible_recording(plan: Plan) -> Iterator[str]:
    recording = plan.recording
    read = [part for lane in recording.lanes for part in lane]
    if any(not 0 <= part.source < len(plan.sources) for part in read):
        yield "`recording.lanes` names a source that there is not"
    if recording.lanes and len(recording.lanes) != plan.lanes:
        yield "`recording.lanes` are not as many as `lanes`"
    if any(not 0 <= number < len(recording.forms) for number in (*recording.form_of, 0)):
        yield "`recording.form_of` names a form that there is not"
    if any(len(form.separator) != 1 or len(form.quote) != 1 for form in recording.forms):
        yield "`recording.forms` has a separator that is not one character"
    if recording.loop < 1:
        yield "`recording.loop` is not a number from 1 on"
    if recording.multiply < 1:
        yield "`recording.multiply` is not a number from 1 on"
    if not 0 <= recording.jitter_s < float("inf"):
        yield "`recording.jitter_s` is not a finite number from 0 on"
    if recording.zone is not None and not is_zone(recording.zone):
        yield "`recording.zone` is not a time zone"


def _impossible_place(place: Place, *, is_folder: bool) -> Iterator[str]:
    # a folder that objects were generated into is not a bucket
    if not (is_folder and place.bucket == "") and not BUCKET_NAME.fullmatch(place.bucket):
        yield "`place.bucket` is not a valid name of a bucket"
    for name in ("prefix", "error_prefix"):
        text: str = getattr(place, name)
        if len(text) > _MAX_PREFIX or "\0" in text:
            yield f"`place.{name}` is not a valid prefix of keys"
        elif place.lake is not None and (text.startswith("/") or ".." in text.split("/")):
            yield f"`place.{name}` leads out of its bucket"
    if place.lake is not None and not _is_path(place.lake):
        yield "`place.lake` is not an absolute path of a folder"
    for name in ("buffer_seconds", "buffer_mb"):
        if not 0 <= getattr(place, name) <= 1 << 20:
            yield f"`place.{name}` is not a value that a stream can have"


def _is_path(text: str) -> bool:
    return text.startswith("/") and "\0" not in text and ".." not in text.split("/")
