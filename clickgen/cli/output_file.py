"""Files that a command writes beside its result, where the user says."""

from pathlib import Path
from typing import Any

import click

from clickgen.model.errors import EnvironmentProblem


class OutputFile(click.Path):
    """A file to be written; that its folder is there is seen before the work, not after it."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("a file without a name", param, ctx)
        path = Path(str(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            self.fail(f"there is no folder {path.parent}", param, ctx)
        return path


OUTPUT_FILE = OutputFile()


def write_output(file: Path, data: bytes, *, append: bool = False) -> None:
    """Write a file; EnvironmentProblem where that is impossible."""
    try:
        with file.open("ab" if append else "wb") as opened:
            opened.write(data)
    except OSError as problem:
        raise EnvironmentProblem(
            f"{file} cannot be written: {problem.strerror or problem}", "name a file that can be"
        ) from problem
