"""The commands of a README: its blocks as a user pastes them, one after the other."""

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from clickgen.model.errors import ExitCode

SHELL_KINDS = ("sh", "bash")


class Pasted(NamedTuple):
    """The commands of one block, with the heading above it and the note just before it: `<!-- in AWS -->`."""

    heading: str
    note: str
    commands: str


def blocks_of(readme: Path) -> list[Pasted]:
    """The blocks of commands, in order."""
    found = []
    heading = note = ""
    for match in re.finditer(
        r"^#+ (?P<heading>[^\n]+)$|^<!-- (?P<note>[^\n]+) -->$|^```(?P<kind>\w*)\n(?P<body>.*?)^```$",
        readme.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    ):
        if match["heading"]:
            heading = match["heading"]
        elif match["note"]:
            note = match["note"]
        else:
            if match["kind"] in SHELL_KINDS:
                found.append(Pasted(heading, note, match["body"]))
            note = ""
    return found


def paste(
    commands: str, folder: Path, environment: Mapping[str, str], code: int = ExitCode.OK, seconds: float = 90
) -> str:
    """Run the commands in bash as if pasted, in that folder; what they print. They must end with `code`."""
    with tempfile.TemporaryFile("w+") as said:  # not a pipe, which what is left in the background would hold open
        shell = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            shell.wait(timeout=seconds)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)  # what it left in the background too
            shell.wait()
        said.seek(0)
        out = said.read()
    assert shell.returncode == code, out
    assert "Traceback" not in out
    return out
