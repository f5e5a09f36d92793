"""Terraform's own core, with providers that need no cloud: what it says of a folder, and its plan."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.terraform.plan import Plan

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("firehose-athena", "parquet-lake", "firehose-parquet", "dynamodb-redshift", "prime-day")
REGION = "eu-west-3"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:alarms"
PREFIX = "under-check"
"""What `name` is planned with, and another region than the default, so that what is typed by hand shows."""

_PARTS = ("terraform", "lambda", "sql")
_PLAN_FILE = "checked.plan"
_INIT = ["init", "-input=false", "-no-color"]
_VALIDATE = ["validate", "-json"]
_PLAN = [
    "plan", "-input=false", "-no-color", f"-out={_PLAN_FILE}", f"-var=region={REGION}", f"-var=name={PREFIX}",
    f"-var=alarm_topic_arn={TOPIC}",
]  # fmt: skip
_SHOW = ["show", "-json", _PLAN_FILE]


@dataclass(frozen=True)
class Checked:
    """What Terraform found in a folder."""

    problems: list[str]
    """Each with its file and line."""

    plan: Plan | None
    """None if there are problems."""


class Core:
    """A process with Terraform's core, which takes a folder after the other."""

    def __init__(self, requests: IO[str], answers: IO[str]) -> None:
        self._requests = requests
        self._answers = answers

    def unformatted(self, folder: Path) -> list[str]:
        """The files of this folder that `terraform fmt` would change, and what it would do."""
        (done,) = self._run(folder, ["fmt", "-check", "-diff", "-recursive", "-no-color"])
        return [line for line in (done["output"] + done["error"]).splitlines() if line]

    def check(self, folder: Path) -> Checked:
        """Initialise, validate and plan the configuration in this folder."""
        init, validated = self._run(folder, _INIT, _VALIDATE)
        if init["exit"]:
            return Checked([init["error"] or init["output"]], None)
        problems = [_in_words(problem) for problem in json.loads(validated["output"])["diagnostics"]]
        if problems:
            return Checked(problems, None)
        planned, shown = self._run(folder, _PLAN, _SHOW)
        if planned["exit"]:
            return Checked([planned["error"] or planned["output"]], None)
        return Checked([], Plan(json.loads(shown["output"])))

    def enter(self, folder: Path) -> None:
        """Be in a folder, for a Terraform elsewhere whose providers are here: paths are from it."""
        self._run(folder)

    def _run(self, folder: Path, *commands: list[str]) -> list[dict[str, Any]]:
        self._requests.write(json.dumps({"folder": str(folder), "commands": commands}) + "\n")
        self._requests.flush()
        answers: list[dict[str, Any]] = json.loads(self._answers.readline())
        return answers


def _in_words(problem: dict[str, Any]) -> str:
    place = problem.get("range") or {}
    line = place.get("start", {}).get("line", "?")
    return f"{place.get('filename', '?')}:{line}: {problem['summary']}: {problem.get('detail', '')}"


def reattach(*providers: str, folder: Path, host: str = "registry.terraform.io") -> str:
    """What TF_REATTACH_PROVIDERS says for these providers of a registry, served by sockets in this folder."""
    return json.dumps(
        {
            f"{host}/hashicorp/{name}": {
                "Protocol": "grpc",
                "ProtocolVersion": 6,
                "Pid": os.getpid(),
                "Test": True,  # Terraform leaves the process running
                "Addr": {"Network": "unix", "String": str(folder / name)},
            }
            for name in providers
        }
    )


@contextmanager
def running_core(providers: str) -> Iterator[Core]:
    """A core with the providers that `reattach` names."""
    environment = {
        **os.environ,
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_CONFIG_FILE": os.devnull,
        "TF_REATTACH_PROVIDERS": providers,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.terraform.core_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=EXAMPLES.parent,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        process.stdout.readline()
        yield Core(process.stdin, process.stdout)
        process.stdin.close()


def copied(name: str, to: Path) -> Path:
    """A copy of what an example's Terraform reads, so that the checkout stays clean; the folder to run it in."""
    shutil.copytree(EXAMPLES / "modules", to / "modules")
    for part in _PARTS:
        if (EXAMPLES / name / part).is_dir():
            ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", ".build", "__pycache__")
            shutil.copytree(EXAMPLES / name / part, to / name / part, ignore=ignored)
    return to / name / "terraform"
