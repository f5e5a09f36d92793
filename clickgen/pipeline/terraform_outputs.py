"""Outputs of Terraform or OpenTofu: asked of the tool, or read from a state file or from saved `output -json`."""

import json
import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.outside_text import one_line
from clickgen.pipeline.outputs import Output, Outputs

_TOOLS = ("terraform", "tofu")
_LOCK_FILE = ".terraform.lock.hcl"
_TOFU_REGISTRY = "registry.opentofu.org"
_STATE = "terraform.tfstate"
_STATE_VERSION = 4  # of Terraform from 0.12 on, and of OpenTofu
_TOOL_S = 60.0  # `output` reads one state, over a network at most; a minute of silence is a tool that hangs
_MOST_BYTES = 256 << 20  # a state of ten thousand resources has some tens of megabytes
_MOST_WORDS = 300  # of what the tool says is wrong, which may be a page
_DECLARE = 'declare it, output "NAME" { value = ... }, and run: terraform apply'
_ACCEPTED = "name the folder that `terraform apply` ran in, a state file, or a file with `terraform output -json`"
_TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def terraform_outputs(place: Path) -> Outputs:
    """The outputs of a folder of Terraform, of a state file, or of a file with `terraform output -json`.

    Nothing is changed there. Raises UsageProblem if there is no such place or the file is neither; else
    EnvironmentProblem if there are no outputs yet or the tool cannot say them.
    """
    if place.is_file():
        return _of_file(place)
    if not place.is_dir():
        raise UsageProblem(
            f"--from-terraform {place}: there is no such folder or file",
            _ACCEPTED,
        )
    tool, state = _tool(place), _state_file(place)
    if tool is not None:
        try:
            return _asked(tool, place)
        except EnvironmentProblem:
            if state is None:
                raise  # else `terraform init` has not run since the folder was copied, for example
    if state is None:
        raise _no_state(place)
    return _of_file(state)


def _asked(tool: Path, folder: Path) -> Outputs:
    name = tool.name
    answer = _run([str(tool), "output", "-json", "-no-color"], folder, name)
    try:
        document = json.loads(answer)
    except ValueError as problem:
        raise EnvironmentProblem(
            f"{name} output -json in {folder} did not print JSON", f"try it there: {name} output -json"
        ) from problem
    return _outputs(document.items() if isinstance(document, dict) else (), str(folder), name)


def _run(command: list[str], folder: Path, name: str) -> bytes:
    """Standard output of the tool. EnvironmentProblem with its own words if it fails or says nothing for long."""
    quiet = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    try:
        process = subprocess.Popen(  # noqa: S603  # an absolute path and fixed words, without a shell
            command,
            cwd=folder,
            env={**os.environ, **quiet},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # the tool may be a script that starts another
        )
    except OSError as problem:
        raise EnvironmentProblem(
            f"{command[0]} cannot be run: {problem.strerror}", "install it again"
        ) from problem
    with process:
        try:
            out, err = process.communicate(timeout=_TOOL_S)
        except BaseException as problem:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(problem, subprocess.TimeoutExpired):
                raise
            raise EnvironmentProblem(
                f"{name} output in {folder} took longer than {_TOOL_S:.0f} s",
                f"try it there, or save its answer and name that file: {name} output -json > outputs.json",
            ) from problem
    if process.returncode != 0:
        raise EnvironmentProblem(
            f"{name} output in {folder} failed: {_first_words(err)}",
            f"try it there: {name} output -json; a new folder wants {name} init and {name} apply first",
        )
    return out


def _first_words(said: bytes) -> str:
    """What the tool says is wrong: the line that begins with `Error:`, else its first."""
    text = _TERMINAL_COLOURS.sub("", said.decode(errors="replace"))
    lines = [line.strip(" │╷╵") for line in text.splitlines()]
    complaints = [line for line in lines if line.startswith("Error:")] or [line for line in lines if line]
    return (
        one_line(complaints[0].removeprefix("Error:").strip())[:_MOST_WORDS] if complaints else "it said nothing"
    )


def _tool(folder: Path) -> Path | None:
    """Terraform, or OpenTofu where that is what the folder was set up with or the only one there is."""
    tools = _TOOLS[::-1] if _made_by_tofu(folder) else _TOOLS
    found = next((path for tool in tools if (path := shutil.which(tool))), None)
    return Path(found).absolute() if found else None


def _made_by_tofu(folder: Path) -> bool:
    try:
        return _TOFU_REGISTRY in (folder / _LOCK_FILE).read_text(errors="replace")
    except OSError:
        return False


def _state_file(folder: Path) -> Path | None:
    """The local state of the folder's workspace; None if it has none, or one that a backend has taken over."""
    if _backend(folder) not in {None, "local"}:
        return None
    workspace = os.environ.get("TF_WORKSPACE", "")
    if not workspace:
        with suppress(OSError):
            workspace = (folder / ".terraform" / "environment").read_text(errors="replace").strip()
    inside = workspace not in {"", "default"} and "/" not in workspace and workspace != ".."
    file = folder / "terraform.tfstate.d" / workspace / _STATE if inside else folder / _STATE
    return file if file.is_file() and file.stat().st_size else None


def _no_state(folder: Path) -> EnvironmentProblem:
    backend = _backend(folder)
    if backend not in {None, "local"}:
        return EnvironmentProblem(
            f"the state of {folder} is in its backend ({one_line(str(backend))[:40]}), which only the tool can "
            "read, and there is neither terraform nor tofu on the PATH",
            "install one, or where there is one save `terraform output -json` and name that file instead",
        )
    return EnvironmentProblem(
        f"there is no Terraform state in {folder}", f"terraform apply first: {_apply(folder)}"
    )


def _apply(folder: Path) -> str:
    return f"terraform -chdir={folder} init && terraform -chdir={folder} apply"


def _backend(folder: Path) -> str | None:
    """The kind of the backend that the folder was set up with."""
    try:
        document = json.loads((folder / ".terraform" / _STATE).read_bytes())
        return str(document["backend"]["type"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _of_file(file: Path) -> Outputs:
    document = _document(file)
    origin = str(file)
    if "encrypted_data" in document:
        raise EnvironmentProblem(
            f"{file} is a state that OpenTofu has encrypted",
            "name its folder where tofu is installed, or a file with `tofu output -json`",
        )
    if "version" in document and (
        "terraform_version" in document or "lineage" in document or "serial" in document
    ):
        if document["version"] != _STATE_VERSION:
            raise UsageProblem(
                f"{file} is a state of version {one_line(str(document['version']))[:20]}; "
                f"clickgen reads version {_STATE_VERSION}, of Terraform from 0.12 on",
                "name a file with `terraform output -json` instead",
            )
        return _outputs(_pairs(document.get("outputs"), file), origin)
    if "format_version" in document:  # of `terraform show -json`
        values = document.get("values")
        return _outputs(_pairs(values.get("outputs") if isinstance(values, dict) else None, file), origin)
    return _outputs(_pairs(document, file), origin)


def _document(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
    except OSError as problem:
        raise EnvironmentProblem(f"{file} cannot be read: {problem.strerror or problem}", _ACCEPTED) from problem
    if len(content) > _MOST_BYTES:
        raise UsageProblem(f"{file} has more than {_MOST_BYTES >> 20} MiB, and is not read", _ACCEPTED)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise UsageProblem(f"{file} is not JSON", _ACCEPTED) from problem
    if not isinstance(document, dict):
        raise _of_something_else(file)
    return document


def _of_something_else(file: Path) -> UsageProblem:
    return UsageProblem(f"{file} is JSON, but neither a state nor what `terraform output -json` prints", _ACCEPTED)


def _pairs(outputs: object, file: Path) -> Any:
    """The outputs with their names; UsageProblem if that is not what they are."""
    if outputs is None:
        return ()
    if not (
        isinstance(outputs, dict) and all(isinstance(one, dict) and "value" in one for one in outputs.values())
    ):
        raise _of_something_else(file)
    return outputs.items()


def _outputs(pairs: Any, origin: str, tool: str = "terraform") -> Outputs:
    found = {str(name): Output(one.get("value"), one.get("sensitive") is True) for name, one in pairs}
    if not found:
        raise EnvironmentProblem(
            f"{origin} has no outputs yet",
            f"{tool} apply first; the outputs of a destroyed deployment are gone too",
        )
    return Outputs(origin, found, _DECLARE)
