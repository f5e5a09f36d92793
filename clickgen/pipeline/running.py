"""Pipelines that run on this machine: starting their server, finding it again, and asking it things.

A pipeline's folder is HOME/pipelines/NAME: `running.json` (process, endpoint, lake, pipeline file), `server.log`
(what the server has said) and `lake/`.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import urllib3

from clickgen.model.amounts import seconds_of
from clickgen.model.errors import ClickgenError, EnvironmentProblem, UsageProblem
from clickgen.model.mistakes import did_you_mean
from clickgen.pipeline.creation import create
from clickgen.pipeline.description import PipelineDescription
from clickgen.pipeline.resources import Faults
from clickgen.sink.aws import Access, make_client

_FOLDER = "pipelines"
_STATE = "running.json"
_LOG = "server.log"
_START_S = 60.0  # it takes a second; on a machine with ten times too much to do, ten
_STOP_S = 120.0  # to deliver what is buffered; only a very slow disk needs longer
_POLL_S = 0.05
_ANSWER_S = 10.0
_ADMIN = {"x-clickgen-admin": "1", "Content-Type": "application/json"}


@dataclass(frozen=True)
class RunningPipeline:
    """A pipeline whose server is alive, or was when this was read."""

    name: str
    pid: int
    endpoint_url: str
    lake: str
    file: str  # the pipeline file, absolute

    def client(self, service: str) -> Any:
        """A boto3 client for a service of this pipeline."""
        return make_client(service, Access(embedded=True, endpoint_url=self.endpoint_url))

    def status(self) -> dict[str, Any]:
        """Every station with counts, lag, faults and its last error. EnvironmentProblem if there is no answer."""
        return self._call("GET", "status")

    def logs(self, function: str, after: int = 0) -> tuple[list[str], int]:
        """Lines that a function has printed behind the first `after`, and the number of the last."""
        answer = self._call("GET", f"logs/{function}?after={after}")
        return answer["lines"], answer["last"]

    def set_faults(self, station: str, faults: Mapping[str, Any], *, to_come: bool = False) -> dict[str, Any]:
        """Change what goes wrong at a station; no faults at all lift those that it has. What holds then.

        to_come: the station may still be to be created.
        """
        wanted = {"station": station, "faults": dict(faults), "to_come": to_come}
        faults_now: dict[str, Any] = self._call("POST", "faults", wanted)["faults"]
        return faults_now

    def alive(self) -> bool:
        """Whether the server still answers, and is the one that was started."""
        try:
            return bool(self.status().get("pid") == self.pid)
        except EnvironmentProblem:
            return False

    def stop(self) -> None:
        """Flush and stop, and wait for the end of the process. EnvironmentProblem after two minutes."""
        self._call("POST", "stop")
        deadline = time.monotonic() + _STOP_S
        while _is_there(self.pid):
            if time.monotonic() > deadline:
                raise EnvironmentProblem(
                    f"{self.name} still delivers what it holds after {_STOP_S:.0f} s",
                    f"wait, or end process {self.pid}: what it acknowledged is delivered by the next start",
                )
            time.sleep(_POLL_S)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        url = f"{self.endpoint_url}/_clickgen/{path}"
        content = json.dumps(body).encode() if body is not None else None
        headers = _ADMIN if method == "POST" else {}
        try:
            answer = urllib3.request(method, url, body=content, headers=headers, timeout=_ANSWER_S, retries=False)
            document: dict[str, Any] = answer.json()
        except (urllib3.exceptions.HTTPError, ValueError) as problem:
            raise EnvironmentProblem(
                f"the pipeline {self.name} does not answer at {self.endpoint_url}",
                f"start it again: clickgen local up {self.file}",
            ) from problem
        if answer.status >= 400:
            raise UsageProblem(
                str(document.get("message", answer.status)), "clickgen local status lists the stations"
            )
        return document


def start(
    description: PipelineDescription,
    file: Path,
    home: Path,
    *,
    port: int,
    speedup: float,
    parent: int | None = None,
) -> tuple[RunningPipeline, bool]:
    """Start a pipeline's server unless it runs already, and create what is not there; whether it was started.

    parent: the process with which the server is to end, or None if it is to outlive all of them. Raises
    EnvironmentProblem if the server cannot start or a resource cannot be created.
    """
    found = _read(_folder(home, description.name))
    started = found is None or not found.alive()
    running = _launch(description.name, file, home, port, speedup, parent) if started else found
    assert running is not None  # noqa: S101  # launched where there was none
    try:
        if started:  # before anything is created, so that the first record already meets them
            for address, resource in description.resources.items():
                if resource.faults != Faults():
                    running.set_faults(address, _settings(resource.faults), to_come=True)
        create(description, running.client)
    except ClickgenError:
        if started:
            running.stop()
        raise
    return running, started


def lake_of(home: Path, name: str) -> Path:
    """The lake of a pipeline, whether it runs or not."""
    return _folder(home, name) / "lake"


def find_running(home: Path, name: str | None) -> RunningPipeline:
    """The running pipeline of this name, file or folder, or the only one. UsageProblem if there is none."""
    alive = {one.name: one for one in _all(home) if one.alive()}
    if name is None and len(alive) == 1:
        return next(iter(alive.values()))
    if name is not None:
        wanted = Path(name).absolute()
        for one in alive.values():
            if name == one.name or Path(one.file) == wanted or Path(one.file).parent == wanted:
                return one
    known = ", ".join(sorted(alive))
    if name is None and alive:
        raise UsageProblem(f"several pipelines are running: {known}", "name one of them")
    if name is None:
        raise UsageProblem("no pipeline is running", "start one: clickgen local up FOLDER")
    kept = [one.file for one in _all(home) if name == one.name]
    if kept or Path(name).exists():
        hint = f"start it: clickgen local up {next(iter(kept), name)}"
    else:
        hint = f"running: {known}{did_you_mean(name, alive)}" if alive else "start one: clickgen local up FOLDER"
    raise UsageProblem(f"the pipeline {name} is not running", hint)


def some_run(home: Path) -> bool:
    """Whether any pipeline of this home runs."""
    return any(one.alive() for one in _all(home))


def _settings(faults: Faults) -> dict[str, Any]:
    settings = {name: value for name, value in faults.model_dump().items() if value != getattr(Faults(), name)}
    if faults.latency is not None:
        settings["latency"] = seconds_of(faults.latency)
    return settings


def _folder(home: Path, name: str) -> Path:
    return home / _FOLDER / name


def _all(home: Path) -> list[RunningPipeline]:
    folders = sorted((home / _FOLDER).iterdir()) if (home / _FOLDER).is_dir() else []
    return [one for folder in folders if (one := _read(folder)) is not None]


def _read(folder: Path) -> RunningPipeline | None:
    try:
        return RunningPipeline(**json.loads((folder / _STATE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _launch(name: str, file: Path, home: Path, port: int, speedup: float, parent: int | None) -> RunningPipeline:
    folder = _folder(home, name)
    lake = lake_of(home, name)
    lake.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "clickgen", "local", "serve", "--dir", str(lake.absolute()), "--wait", "5s"]
    command += ["--port", str(port), "--speedup", f"{speedup:g}", "--home", str(home)]
    command += [] if parent is None else ["--parent", str(parent)]
    with (folder / _LOG).open("wb") as log, (folder / "ready").open("w+b") as ready:
        # a session of its own: it outlives this command and the terminal
        server = subprocess.Popen(  # noqa: S603  # our own command
            command, stdin=subprocess.DEVNULL, stdout=ready, stderr=log, start_new_session=True
        )
        endpoint = _wait_until_ready(server, folder)
    (folder / "ready").unlink()
    running = RunningPipeline(name, server.pid, endpoint, str(lake.absolute()), str(file.absolute()))
    draft = folder / f"{_STATE}.{os.getpid()}"
    draft.write_text(json.dumps(asdict(running)))
    draft.replace(folder / _STATE)
    return running


def _wait_until_ready(server: "subprocess.Popen[bytes]", folder: Path) -> str:
    deadline = time.monotonic() + _START_S
    while server.poll() is None and time.monotonic() < deadline:
        with suppress(ValueError, KeyError):
            return str(json.loads((folder / "ready").read_text())["endpoint_url"])
        time.sleep(_POLL_S)
    server.kill()
    server.wait()
    said = [line for line in (folder / _LOG).read_text(errors="replace").splitlines() if line.strip()]
    raise EnvironmentProblem(
        f"the embedded pipeline did not start: {(said or ['it said nothing'])[0].removeprefix('clickgen: ')}",
        f"what it said is in {folder / _LOG}",
    )


def _is_there(pid: int) -> bool:
    """Whether a process is alive; one that has ended and waits for its parent to ask is not."""
    with suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
