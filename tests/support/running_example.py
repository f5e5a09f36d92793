"""An example pipeline that runs for a test: started in a home of its own, fed, queried, broken, stopped."""

import csv
import importlib
import io
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from clickgen.model.errors import ExitCode
from tests.conftest import CommandLine, Said
from tests.support.local_server import service_client
from tests.support.readme_blocks import blocks_of, paste

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
SHORT_WALK: Mapping[str, str] = {
    r"(local up \S+)": r"\1 --speedup 60",
    r"--duration \S+": "--duration 2s",
}
"""What makes the walk through a README take seconds: the services' clocks run faster, and runs are short."""
_SHELL_SIGNS = frozenset("|;&$<>`(*")
_IN_AWS = "in AWS"
_ENDS_WITH = {
    "loses events": ExitCode.LOST,
    "cannot be reached": ExitCode.ENVIRONMENT,
    "still to come": ExitCode.INCOMPLETE,
}
"""How the last command of a block with such a note ends."""


class RunningExample:
    """A pipeline of `examples/` whose server is up; commands are run to their end, in its home."""

    def __init__(self, name: str, clickgen: CommandLine, endpoint_url: str) -> None:
        self.folder = EXAMPLES / name
        self.endpoint_url = endpoint_url
        self._clickgen = clickgen

    def run(self, *arguments: str, code: int = ExitCode.OK) -> Said:
        """Any command, which has to end with that exit code."""
        said = self._clickgen.run(*arguments)
        assert said.code == code, said.out + said.err
        return said

    def send(self, events: int, *options: str) -> Said:
        """Send events to where they enter the pipeline, as fast as it goes."""
        sent = ["--rate", "max", "--events", str(events), *options]
        return self.run("send", "--pipeline", str(self.folder), *sent)

    def verify(self, *options: str, code: int = ExitCode.OK) -> dict[str, dict[str, Any]]:
        """What `verify all delivery` says of the latest run at each station, by the station's name."""
        said = self.run("verify", "all", "delivery", "--pipeline", str(self.folder), "--json", *options, code=code)
        funnel = {step["station"]: step for step in said.json["funnel"]}
        return {
            station["name"]: {**station, "step": funnel.get(station["name"])} for station in said.json["stations"]
        }

    def fault(self, station: str, *options: str) -> None:
        """Plant a fault at a station; `--clear` takes all of its faults back."""
        self.run("local", "fault", station, *options)

    def query(self, sql: str | Path, *options: str) -> list[dict[str, str]]:
        """The rows of a query, as CSV has them."""
        said = self.run("local", "query", "--pipeline", str(self.folder), str(sql), "--format", "csv", *options)
        return list(csv.DictReader(io.StringIO(said.out)))

    def client(self, service: str) -> Any:
        """A plain boto3 client of a service of the pipeline."""
        return service_client(service, self.endpoint_url, "us-east-1")


@contextmanager
def running_example(name: str, clickgen: CommandLine, *, speedup: int = 60) -> Iterator[RunningExample]:
    """The example `name`, started in the home of `clickgen` and stopped at the end, whatever happened."""
    up = clickgen.run("local", "up", str(EXAMPLES / name), "--speedup", str(speedup), "--json")
    assert up.code == ExitCode.OK, up.err
    try:
        yield RunningExample(name, clickgen, json.loads(up.out)["endpoint_url"])
    finally:
        clickgen.run("local", "down", name)


def handler_module(example: str, file: str) -> ModuleType:
    """A file of an example's `lambda/` folder, loaded as Lambda does: by its own name, those beside it too."""
    folder = EXAMPLES / example / "lambda"
    names = {path.stem for path in folder.glob("*.py")}
    hidden = {name: sys.modules.pop(name) for name in names & sys.modules.keys()}
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(Path(file).stem)
    finally:
        sys.path.remove(str(folder))
        for name in names & sys.modules.keys():  # another example's may have the same name
            del sys.modules[name]
        sys.modules.update(hidden)


def walk_through_readme(
    name: str, clickgen: CommandLine, checkout: Path, shorter: Mapping[str, str] = SHORT_WALK
) -> list[tuple[str, str]]:
    """Paste the blocks of an example's README in order, but for those in AWS; each command with what it printed.

    checkout: a folder that gets the examples and profiles, where the commands are run. shorter: what is replaced
    in commands, by regular expression. The last command of a block with a note of `_ENDS_WITH` has to end so, all
    others with 0. The pipeline is stopped at the end, should the README not have got there.
    """
    for kept in ("profiles", "examples"):
        shutil.copytree(ROOT / kept, checkout / kept, ignore=shutil.ignore_patterns("__pycache__"))
    environment = dict(clickgen.environment)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    said: list[tuple[str, str]] = []
    try:
        with chdir(checkout):
            for block in blocks_of(EXAMPLES / name / "README.md"):
                commands = [] if block.note == _IN_AWS else _commands(block.commands, shorter)
                codes = [ExitCode.OK for _ in commands]
                if block.note in _ENDS_WITH:
                    codes[-1] = _ENDS_WITH[block.note]
                for command, code in zip(commands, codes, strict=True):
                    said.append((command, _typed(command, clickgen, environment, code)))
    finally:
        clickgen.run("local", "down", name)
    return said


def _commands(text: str, shorter: Mapping[str, str]) -> list[str]:
    """The commands of a block, one a line but for those that a backslash continues."""
    for pattern, replacement in shorter.items():
        text = re.sub(pattern, replacement, text)
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]


def _typed(command: str, clickgen: CommandLine, environment: Mapping[str, str], code: int) -> str:
    """Run one command; one of clickgen's alone is forked, which takes a fifth of the time that a shell takes."""
    if not command.startswith("clickgen ") or _SHELL_SIGNS & set(command):
        return paste(command, Path.cwd(), environment, code)
    said = clickgen.run(*shlex.split(command, comments=True)[1:])
    assert said.code == code, f"{command}\n{said.out}{said.err}"
    return said.out + said.err
