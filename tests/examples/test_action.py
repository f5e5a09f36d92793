"""The GitHub action: its file has the form that GitHub wants, and its steps run in bash as a runner runs them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from clickgen.model.errors import ExitCode
from tests.conftest import CommandLine

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ACTION: dict[str, Any] = yaml.safe_load((EXAMPLES / "action" / "action.yml").read_text())
JOB: dict[str, Any] = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text())["jobs"]["delivery"]
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
# what the syntax of metadata files and of workflows knows
_OF_INPUTS = {"description", "required", "default", "deprecationMessage"}
_OF_STEPS = {"name", "id", "if", "run", "shell", "uses", "with", "env", "working-directory", "continue-on-error"}
_EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")


def test_the_file_has_the_form_of_a_composite_action() -> None:
    assert ACTION.keys() == {"name", "description", "inputs", "outputs", "runs"}
    assert ACTION["runs"]["using"] == "composite"
    for name, settings in ACTION["inputs"].items():
        assert settings.keys() <= _OF_INPUTS, name
        assert isinstance(settings["default"], str), f"{name}: YAML would make another value of it"
        assert settings["description"].endswith("."), name
    for step in STEPS:
        assert step.keys() <= _OF_STEPS
        assert ("run" in step) != ("uses" in step)
        assert ("run" in step) == ("shell" in step)
        assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step.get("uses", "a/b@v1"))
    assert not [step["run"] for step in STEPS if "${{" in step.get("run", "")], (
        "values belong in env, never in code"
    )


def test_every_name_in_an_expression_is_there() -> None:
    text = (EXAMPLES / "action" / "action.yml").read_text()
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == ACTION["inputs"].keys()
    ids = {step["id"] for step in STEPS if "id" in step}
    assert set(re.findall(r"steps\.(\w+)\.outputs\.\w+", text)) == ids
    for step, output in re.findall(r"steps\.(\w+)\.outputs\.(\w+)", text):
        assert f'print("{output}="' in next(one["run"] for one in STEPS if one.get("id") == step)


def test_the_workflow_gives_what_the_action_takes() -> None:
    (step,) = (step for step in JOB["steps"] if step.get("uses", "").endswith("/examples/action"))
    assert step["with"].keys() <= ACTION["inputs"].keys()
    last = JOB["steps"][-1]["run"]
    assert set(re.findall(r"steps\.delivery\.outputs\.(\w+)", last)) == ACTION["outputs"].keys()


@dataclass
class Runner:
    """Runs the steps of the action that have a `run`, but for the installation."""

    clickgen: CommandLine
    folder: Path
    inputs: Mapping[str, str]
    outputs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "clickgen").mkdir()

    def go(self) -> int:
        """Run them in order; 0 if none failed."""
        worst = 0
        for step in STEPS:
            if "run" not in step or step["name"] == "Install" or not self._meant(step, failed=bool(worst)):
                continue
            worst = self._run(step) or worst
        return worst

    def _meant(self, step: Mapping[str, Any], *, failed: bool) -> bool:
        parts = str(step.get("if", "")).split(" && ")
        if failed and "always()" not in parts:
            return False
        compared = (part.split() for part in parts if part not in ("", "always()"))
        return all((self._value(name) == "") is (sign == "==") for name, sign, _ in compared)

    def _value(self, name: str) -> str:
        if name == "runner.temp":
            return str(self.folder)
        if name.startswith("inputs."):
            name = name.removeprefix("inputs.")
            return self.inputs.get(name, ACTION["inputs"][name]["default"])
        return self.outputs.get(name, "")

    def _run(self, step: Mapping[str, Any]) -> int:
        values = {
            name: _EXPRESSION.sub(lambda inner: self._value(inner[1]), value)
            for name, value in step.get("env", {}).items()
        }
        output = self.folder / "output"
        output.write_text("")
        environment = {**self.clickgen.environment, **values}
        environment |= {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
        }
        # as the documentation of `shell: bash` has it
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            words, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, timeout=120, check=False
        )
        for line in output.read_text().splitlines():
            name, _, value = line.partition("=")
            self.outputs[f"steps.{step['id']}.outputs.{name}"] = value
        return done.returncode


@pytest.mark.walks
def test_a_run_into_the_embedded_pipeline_is_sent_verified_and_reported(
    clickgen: CommandLine, tmp_path: Path
) -> None:
    inputs = {"rate": "max", "events": "300", "thresholds": "accepted>=100%\nrejected<1\n"}
    runner = Runner(clickgen, tmp_path, inputs)
    assert runner.go() == 0
    made = tmp_path / "clickgen"
    sent = json.loads((made / "send.json").read_text())
    assert (sent["accepted"], [one["passed"] for one in sent["thresholds"]]) == (300, [True, True])
    assert runner.outputs == {"steps.send.outputs.run": sent["run"], "steps.verify.outputs.verdict": "verified"}
    assert 'failures="0"' in (made / "junit.xml").read_text()
    assert sent["run"] in (tmp_path / "summary.md").read_text()
    assert sent["run"] in (made / "report.html").read_text()


def test_inputs_are_never_commands_and_a_wrong_one_fails_the_job(clickgen: CommandLine, tmp_path: Path) -> None:
    runner = Runner(clickgen, tmp_path, {"rate": "fast", "thresholds": "$(touch spilled)"})
    assert runner.go() == ExitCode.USAGE
    assert runner.outputs == {}
    assert not (tmp_path / "spilled").exists()


@pytest.mark.walks
def test_every_station_of_a_pipeline_is_verified_although_a_threshold_failed(
    clickgen: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "orders"
    folder.mkdir()
    (folder / "pipeline.toml").write_text('[s3.lake]\n[firehose.orders]\nto = "s3:lake"\nbuffer = "1s"\n')
    inputs = {"rate": "max", "events": "50", "pipeline": str(folder), "thresholds": "accepted>50"}
    runner = Runner(clickgen, tmp_path, inputs)
    try:
        assert runner.go() == ExitCode.LOST, "the threshold fails the job"
    finally:
        clickgen.run("local", "down", "--home", str(tmp_path / "clickgen" / "home"))
    verified = json.loads((tmp_path / "clickgen" / "verify.json").read_text())
    assert [station["verdict"] for station in verified["stations"]] == ["verified"]
