"""Finding and reading profiles, with every mistake in a file reported at once; and writing one to start from."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.mistakes import did_you_mean, mistakes_in, place_name, read_text_file
from clickgen.profile.graph import graph_problems, reference_problems
from clickgen.profile.model import Profile
from clickgen.profile.toml_text import MOST_REPORTED, parse_toml, toml_mistakes

# what is wrong, as (path in the file, words), with a schema's name and with the events' own fields
EventsCheck = Callable[[str | None, Mapping[str, Any] | None], Iterable[tuple[str, str]]]

_SUFFIX = ".toml"
_SUFFIX = ".toml"


def profile_names() -> list[str]:
    """The names of the profiles that come with clickgen, sorted."""
    names = (entry.name for entry in _shipped().iterdir() if entry.is_file())
    return sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))


def load_profile(name_or_path: str, check_events: EventsCheck | None = None) -> Profile:
    """The shipped profile of this name, or the profile in this file (a path has a slash or ends in .toml).

    check_events: see `load_profile_text`. Raises UsageProblem if there is none, or with all that is wrong in it.
    """
    text, origin = profile_source(name_or_path)
    return load_profile_text(text, origin, check_events)


def is_path(name_or_path: str) -> bool:
    """Whether this is the path of a file, not the name of a profile that comes with clickgen."""
    return "/" in name_or_path or name_or_path.endswith(_SUFFIX)


def profile_source(name_or_path: str) -> tuple[str, str]:
    """The TOML of a shipped profile or of a file, and what to call it. Raises UsageProblem if there is none."""
    if is_path(name_or_path):
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

    check_events: what is wrong with the name of the schema and with the events' own fields, if that is checked.
    Raises UsageProblem with one line for each problem: file, line, path in the file, what is wrong.
    """
    values = parse_toml(text, origin)
    profile, invalid = None, None
    try:
        profile = Profile.from_toml(values, text)
    except ValidationError as found:
        invalid = found
    problems = list(islice(_problems(values, invalid, check_events), MOST_REPORTED + 1))
    if profile is None or problems:
        raise toml_mistakes(problems, text, origin)
    return profile


def _problems(
    values: dict[str, Any], invalid: ValidationError | None, check_events: EventsCheck | None
) -> Iterator[tuple[str, str]]:
    if invalid is not None:
        yield from ((place_name(place), what) for place, what in mistakes_in(Profile, invalid))
    yield from graph_problems(values)
    yield from reference_problems(values)
    if check_events is not None:
        schema, own = values.get("schema"), values.get("fields")
        yield from check_events(
            schema if isinstance(schema, str) else None, own if isinstance(own, dict) else None
        )


def _shipped() -> Traversable:
    packaged = files("clickgen") / "profiles"
    if packaged.is_dir():
        return packaged
    return Path(__file__).resolve().parents[2] / "profiles"  # an editable install: beside the package


def _read(path: Path) -> str:
    known = f"Profiles that come with clickgen: {', '.join(profile_names())}"
    return read_text_file(path, "the profile", "A profile is one TOML file", known)


def write_starter(name: str) -> Path:
    """Write NAME.toml, a small profile with a comment on everything, and return its path; NAME may be a path.

    Raises UsageProblem if the file exists already, EnvironmentProblem if it cannot be written.
    """
    path = Path(name if name.endswith(_SUFFIX) else name + _SUFFIX)
    text = files("clickgen.profile").joinpath("starter.toml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text.replace("NAME", path.stem))
    except FileExistsError as problem:
        raise UsageProblem(
            f"{path} exists already; nothing was written", "Choose another name, or move the file away."
        ) from problem
    except OSError as problem:
        raise EnvironmentProblem(
            f"{path} cannot be written: {problem.strerror}", "Choose another place."
        ) from problem
    return path
