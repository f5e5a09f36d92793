"""Finding and reading profiles, with every error of a file told at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import Path
from types import NoneType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from clickgen.model.errors import Mistakes, UsageProblem
from clickgen.model.outside_text import one_line
from clickgen.model.suggestion import did_you_mean
from clickgen.model.text_file import read_text_file
from clickgen.profile.graph import graph_problems
from clickgen.profile.lines import TomlLines
from clickgen.profile.model import Profile
from clickgen.profile.references import reference_problems
from clickgen.profile.toml_text import parse_toml

# what is wrong, as (path in the file, words), with a schema's name and with the events' own fields
EventsCheck = Callable[[str | None, Mapping[str, Any] | None], Iterable[tuple[str, str]]]

_SUFFIX = ".toml"
_MOST_TOLD = 100


def profile_names() -> list[str]:
    """The names of the profiles that come with clickgen, sorted."""
    return sorted(entry.name.removesuffix(_SUFFIX) for entry in _shipped().iterdir() if _is_profile(entry))


def load_profile(name_or_path: str, check_events: EventsCheck | None = None) -> Profile:
    """The shipped profile of this name, or the profile in this file (a path has a slash or ends in .toml).

    check_events: see `load_profile_text`. Raises UsageProblem where there is none, or listing everything that is
    wrong with the file.
    """
    text, origin = profile_source(name_or_path)
    return load_profile_text(text, origin, check_events)


def profile_source(name_or_path: str) -> tuple[str, str]:
    """The TOML of a shipped profile or of a file, and what to call it. Raises UsageProblem where there is none."""
    if "/" in name_or_path or name_or_path.endswith(_SUFFIX):
        return _read(Path(name_or_path)), name_or_path
    names = profile_names()
    if name_or_path not in names:
        raise UsageProblem(
            f'There is no profile "{name_or_path}"{did_you_mean(name_or_path, names)}',
            f"Profiles that come with clickgen: {', '.join(names)}. A file of your own: --profile ./mine.toml",
        )
    text = _shipped().joinpath(name_or_path + _SUFFIX).read_text(encoding="utf-8")
    return text, f"profiles/{name_or_path}{_SUFFIX}"


def load_profile_text(text: str, origin: str, check_events: EventsCheck | None = None) -> Profile:
    """The profile that this TOML describes; `origin` names the file in errors.

    check_events: what is wrong with the name of the schema and with the events' own fields, if it is to be known.
    Raises UsageProblem with one line for each problem: file, line, path in the file, what is wrong.
    """
    values = parse_toml(text, origin)
    profile, invalid = None, None
    try:
        profile = Profile.from_toml(values, text)
    except ValidationError as found:
        invalid = found
    problems = list(islice(_problems(values, invalid, check_events), _MOST_TOLD + 1))
    if profile is None or problems:
        lines = TomlLines(text)
        told = [_line(origin, lines.of(path), path, what) for path, what in problems[:_MOST_TOLD]]
        if len(problems) > _MOST_TOLD:
            told.append(f"{origin}: and more: these are the first {_MOST_TOLD}")
        raise Mistakes(
            "\n".join(map(one_line, told)), "Each line names the place in the file; mend them all and try again."
        )
    return profile


def _problems(
    values: dict[str, Any], invalid: ValidationError | None, check_events: EventsCheck | None
) -> Iterator[tuple[str, str]]:
    if invalid is not None:
        yield from _field_problems(invalid)
    yield from graph_problems(values)
    yield from reference_problems(values)
    if check_events is not None:
        schema, own = values.get("schema"), values.get("fields")
        yield from check_events(
            schema if isinstance(schema, str) else None, own if isinstance(own, dict) else None
        )


def _line(origin: str, number: int | None, path: str, what: str) -> str:
    place = f"{origin}:{number}" if number else origin
    return f"{place}: {path}: {what}" if path else f"{place}: {what}"


def _shipped() -> Traversable:
    packaged = files("clickgen") / "profiles"
    if packaged.is_dir():
        return packaged
    return Path(__file__).resolve().parents[2] / "profiles"  # an editable install: beside the package


def _is_profile(entry: Traversable) -> bool:
    return entry.is_file() and entry.name.endswith(_SUFFIX)


def _read(path: Path) -> str:
    known = f"Profiles that come with clickgen: {', '.join(profile_names())}"
    return read_text_file(path, "the profile", "A profile is one TOML file", known)


def _field_problems(invalid: ValidationError) -> Iterator[tuple[str, str]]:
    for error in invalid.errors(include_url=False):
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
        yield path.removeprefix("."), _say(error["type"], error["msg"], error["loc"], error["input"])


def _say(kind: str, message: str, place: tuple[int | str, ...], given: object) -> str:
    if kind == "missing":
        wanted = _fields_at(place[:-1])[str(place[-1])]
        return f"missing: {wanted[0].lower()}{wanted[1:].removesuffix('.')}" if wanted else "missing"
    if kind == "extra_forbidden":
        known = list(_fields_at(place[:-1]))
        return f"unknown key{did_you_mean(str(place[-1]), known) or '; known here: ' + ', '.join(known)}"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    shown = f" (given: {given!r})" if isinstance(given, str | int | float) else ""
    return message[0].lower() + message[1:] + shown


def _fields_at(place: tuple[int | str, ...]) -> dict[str, str]:
    """The keys that the table at this place of the file may have, and what they say."""
    current: Any = Profile
    for part in place:
        if isinstance(current, type) and issubclass(current, BaseModel):
            current = _without_none(current.model_fields[str(part)].annotation)
        else:
            *_, current = get_args(current)  # the element of a list, the value of a table
    return {field.alias or name: field.description or "" for name, field in current.model_fields.items()}


def _without_none(annotation: Any) -> Any:
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
    return kinds[0] if NoneType in get_args(annotation) else annotation
