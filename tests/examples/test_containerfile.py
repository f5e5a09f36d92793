"""The container file: what it copies is in the checkout, and what it runs makes a clickgen that works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CommandLine

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "examples" / "Containerfile").read_text()
LINES = re.sub(r"\\\n *", " ", TEXT).splitlines()
KNOWN = {"FROM", "RUN", "COPY", "USER", "WORKDIR", "ENV", "VOLUME", "ENTRYPOINT", "CMD"}


def arguments(instruction: str) -> list[str]:
    """What each line of this kind says."""
    return [line.partition(" ")[2] for line in LINES if line.startswith(f"{instruction} ")]


def test_it_ends_as_a_user_of_its_own_on_a_small_image() -> None:
    assert {line.split()[0] for line in LINES if line and not line.startswith("#")} <= KNOWN
    assert all(re.fullmatch(r"python:3\.\d+-slim( AS \w+)?", image) for image in arguments("FROM"))
    assert arguments("USER") == ["clickgen"]
    assert LINES.index("USER clickgen") < LINES.index('ENTRYPOINT ["clickgen"]')
    assert arguments("ENTRYPOINT") == ['["clickgen"]']
    (volume,) = arguments("VOLUME")
    assert f"CLICKGEN_HOME={volume}/home" in arguments("ENV")[0]
    assert arguments("WORKDIR") == [volume]


def copied() -> list[str]:
    """What is copied from the checkout."""
    return [name for words in arguments("COPY") if "--from" not in words for name in words.split()[:-1]]


def test_what_is_copied_is_in_the_checkout_and_is_all_that_a_build_reads() -> None:
    assert all((ROOT / name).exists() for name in copied())
    built = (ROOT / "pyproject.toml").read_text()
    read = re.findall(r'^(?:readme|license-files) = .*?"([^"]+)"', built, re.MULTILINE)
    assert {"pyproject.toml", "clickgen", "profiles", *read} == set(copied())


@pytest.mark.slow
def test_its_commands_make_a_clickgen_that_sends_and_verifies(clickgen: CommandLine, tmp_path: Path) -> None:
    """Its RUN lines but for the one that needs root, with its folders moved into the test's own."""
    for words in arguments("COPY"):
        *names, to = words.split()
        for name in names if "--from" not in words else ():
            target = tmp_path / to.lstrip("/")
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                target.mkdir(exist_ok=True)
                shutil.copy(ROOT / name, target)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in arguments("RUN"):
        if "useradd" not in command:
            moved = re.sub(r"(?<![\w.])/(opt|src)\b", rf"{tmp_path}/\1", command)
            subprocess.run(["bash", "-euc", moved], env={**os.environ, "PATH": path}, check=True, timeout=200)
    program = tmp_path / "opt" / "clickgen" / "bin" / "clickgen"
    environment = {name: value for name, value in clickgen.environment.items() if name != "PYTHONPATH"}
    for command_line in (
        ["--version"],
        ["send", "--rate", "max", "--events", "50"],
        ["verify"],
        ["profiles", "list"],
    ):
        subprocess.run([program, *command_line], env=environment, cwd=tmp_path, check=True, timeout=60)
