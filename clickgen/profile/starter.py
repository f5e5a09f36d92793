"""A new profile to go on from: small, sound, with a comment on everything."""

from importlib.resources import files
from pathlib import Path

from clickgen.model.errors import EnvironmentProblem, UsageProblem

_SUFFIX = ".toml"


def write_starter(name: str) -> Path:
    """Write NAME.toml, NAME being a name or a path, and return its path.

    Raises UsageProblem where a file is there already, EnvironmentProblem where none can be written.
    """
    path = Path(name if name.endswith(_SUFFIX) else name + _SUFFIX)
    text = files("clickgen.profile").joinpath("starter.toml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text.replace("NAME", path.stem))
    except FileExistsError as problem:
        raise UsageProblem(
            f"{path} is there already; nothing was written", "Choose another name, or move the file away."
        ) from problem
    except OSError as problem:
        raise EnvironmentProblem(
            f"{path} cannot be written: {problem.strerror}", "Choose another place."
        ) from problem
    return path
