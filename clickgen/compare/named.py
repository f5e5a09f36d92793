"""What a side of a comparison names: a recording, a profile or a run."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from clickgen.ledger.folder import Home, RunFolder
from clickgen.model.errors import UsageProblem
from clickgen.model.event_id import is_run_id
from clickgen.model.run_words import LATEST, PREVIOUS
from clickgen.profile.load import load_profile, profile_names
from clickgen.profile.model import Profile
from clickgen.traffic.replay_files import STDIN, is_pattern, is_remote

_MOST_COMPARED = 500  # names of files that a misspelled one is held against, 20 us each
_RUN = re.compile(r"[0-9a-f]{1,12}")


@dataclass(frozen=True, slots=True)
class NamedRecording:
    """A file, a folder, a pattern, or what a service has."""

    text: str


@dataclass(frozen=True, slots=True)
class NamedProfile:
    """A profile that comes with clickgen, or one in a file."""

    text: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class NamedRun:
    """A run of this home, or of another one that is trusted."""

    text: str
    folder: RunFolder


Named = NamedRecording | NamedProfile | NamedRun


def find_named(text: str, home: Home, aws_profiles: Callable[[], Sequence[str]]) -> Named:
    """What the text names. Profiles go before files, and files before runs.

    aws_profiles: the profiles of the AWS configuration, which are easily taken for ours. Raises UsageProblem if it
    names nothing, and what loading a profile or finding a run raises.
    """
    if text == STDIN or is_remote(text):
        return NamedRecording(text)
    if text.endswith(".toml") or text in profile_names():
        return NamedProfile(text, load_profile(text))
    path = Path(text)
    if is_run_id(path.name) and (path / "plan.json").is_file():
        return NamedRun(text, Home(path.absolute().parent.parent).find_run(path.name))
    if os.path.lexists(text) or is_pattern(text) or "/" in text:
        return NamedRecording(text)
    if text in (LATEST, PREVIOUS) or _RUN.fullmatch(text):
        return NamedRun(text, home.find_run(text))
    raise _unknown(text, home, aws_profiles())


def check_kinds(first: Named, second: Named) -> None:
    """Raise UsageProblem unless both are runs, or neither is."""
    runs = [side for side in (first, second) if isinstance(side, NamedRun)]
    if len(runs) != 1:
        return
    run = runs[0].folder
    other = second if isinstance(first, NamedRun) else first
    kind = "profile" if isinstance(other, NamedProfile) else "recording"
    hint = "a run is compared with a run"
    if run.profile_file.exists():
        hint += f"; the profile that it drew its events from is {run.profile_file}"
    raise UsageProblem(f"{runs[0].text} is a run, and {other.text} is a {kind}", hint)


def _unknown(text: str, home: Home, aws_profiles: Sequence[str]) -> UsageProblem:
    profiles = profile_names()
    message = f"{text!r} is neither a file, a profile nor a run"
    if text in aws_profiles:
        return UsageProblem(
            f"{message}: it is a profile of the AWS configuration",
            f"recordings in AWS are read with it: s3://BUCKET/PREFIX --from-profile {text}",
        )
    near = get_close_matches(text, [*profiles, LATEST, PREVIOUS, *_files_here()], n=1)
    guess = f"did you mean {near[0]}? " if near else ""
    return UsageProblem(
        message,
        f"{guess}name a file, a folder or s3://BUCKET/PREFIX; a profile ({', '.join(profiles)}, or mine.toml); or "
        f"a run of {home.path}, by its id, last or previous",
    )


def _files_here() -> list[str]:
    try:
        return sorted(path.name for path in Path().iterdir())[:_MOST_COMPARED]
    except OSError:
        return []
