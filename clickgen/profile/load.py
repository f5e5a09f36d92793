"""Finding and reading profiles, with every error of a file told at once."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ValidationError

from clickgen.model.errors import UsageProblem
from clickgen.profile.graph import did_you_mean, graph_problems
from clickgen.profile.model import Profile

_SUFFIX = ".toml"


def profile_names() -> list[str]:
    """The names of the profiles that come with clickgen, sorted."""
    return sorted(entry.name.removesuffix(_SUFFIX) for entry in _shipped().iterdir() if _is_profile(entry))


def load_profile(name_or_path: str) -> Profile:
    """The shipped profile of this name, or the profile in this file (a path has a slash or ends in .toml).

    Raises UsageProblem where there is none, or listing everything that is wrong with the file.
    """
    if "/" in name_or_path or name_or_path.endswith(_SUFFIX):
        return load_profile_text(_read(Path(name_or_path)), name_or_path)
    names = profile_names()
    if name_or_path not in names:
        raise UsageProblem(
            f'There is no profile "{name_or_path}"{did_you_mean(name_or_path, names)}',
            f"Profiles that come with clickgen: {', '.join(names)}. A file of your own: --profile ./mine.toml",
        )
    text = _shipped().joinpath(name_or_path + _SUFFIX).read_text(encoding="utf-8")
    return load_profile_text(text, f"profiles/{name_or_path}{_SUFFIX}")


def load_profile_text(text: str, origin: str) -> Profile:
    """The profile that this TOML describes; `origin` names the file in errors. Raises UsageProblem."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise UsageProblem(f"{origin}: not a TOML file: {problem}") from problem
    problems: list[tuple[str, str]] = []
    profile = None
    try:
        profile = Profile.from_toml(values, text)
    except ValidationError as invalid:
        problems.extend(_field_problems(invalid))
    problems.extend(graph_problems(values))
    if profile is None or problems:
        lines = [f"{origin}: {path}: {what}" if path else f"{origin}: {what}" for path, what in problems]
        raise UsageProblem("\n".join(lines), "Each line names the place in the file; mend them all and try again.")
    return profile


def _shipped() -> Traversable:
    packaged = files("clickgen") / "profiles"
    if packaged.is_dir():
        return packaged
    return Path(__file__).resolve().parents[2] / "profiles"  # an editable install: beside the package


def _is_profile(entry: Traversable) -> bool:
    return entry.is_file() and entry.name.endswith(_SUFFIX)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise UsageProblem(f"{path}: not a text file in UTF-8", "A profile is one TOML file.") from problem
    except OSError as problem:
        raise UsageProblem(
            f"{path}: the profile cannot be read: {problem.strerror}",
            f"Profiles that come with clickgen: {', '.join(profile_names())}",
        ) from problem


def _field_problems(invalid: ValidationError) -> Iterator[tuple[str, str]]:
    for error in invalid.errors(include_url=False):
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
        yield path.removeprefix("."), _say(error["type"], error["msg"], error["loc"], error["input"])


def _say(kind: str, message: str, place: tuple[int | str, ...], given: object) -> str:
    if kind == "missing":
        return "missing"
    if kind == "extra_forbidden":
        known = _fields_at(Profile, place[:-1])
        return f"unknown key{did_you_mean(str(place[-1]), known) or '; known here: ' + ', '.join(known)}"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    shown = f" (given: {given!r})" if isinstance(given, str | int | float) else ""
    return message[0].lower() + message[1:] + shown


def _fields_at(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """The keys that the table at this place of the file may have."""
    current: object = model
    for part in place:
        if isinstance(current, type) and issubclass(current, BaseModel):
            current = current.model_fields[str(part)].annotation
            continue
        *_, current = get_args(current)  # the element of a list, the value of a dict
    if not (isinstance(current, type) and issubclass(current, BaseModel)):
        current = next(arg for arg in get_args(current) if isinstance(arg, type) and issubclass(arg, BaseModel))
    return list(current.model_fields)
