"""Extras that are not there are told before any work, with a command that installs them for this clickgen."""

import json
import sys
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from clickgen import __version__
from clickgen.model import installation
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.installation import require, version_line
from tests.conftest import CommandLine
from tests.support.planted import RUN, Planted, events, lines

CHECKOUT = Path(__file__).resolve().parents[2]


class Installed(Distribution):
    """A distribution with this direct_url.json, None for one from an index."""

    def __init__(self, origin: object) -> None:
        self._origin = origin

    def read_text(self, filename: str) -> str | None:
        return None if self._origin is None else json.dumps(self._origin)

    def locate_file(self, path: Any) -> Any:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("origin", "command", "said"),
    [
        (None, "pip install 'clickgen-aws[parquet]'", "installed in "),
        (
            {"url": "file:///w/clickgen_aws-0.1.0-py3-none-any.whl", "archive_info": {}},
            "pip install 'clickgen-aws[parquet]'",
            "installed from file:///w/clickgen_aws-0.1.0-py3-none-any.whl",
        ),
        (
            {"url": "https://example.com/clickgen.git", "vcs_info": {"vcs": "git"}},
            "pip install 'clickgen-aws[parquet]'",
            "installed from https://example.com/clickgen.git",
        ),
        ({"url": "file:///a%20b/c", "dir_info": {}}, "pip install '/a b/c[parquet]'", "installed from /a b/c"),
        (
            {"url": "file:///a/c", "dir_info": {"editable": True}},
            "pip install -e '/a/c[parquet]'",
            "run from /a/c",
        ),
        ("damaged", "pip install 'clickgen-aws[parquet]'", "installed in "),
    ],
)
def test_the_hint_fits_how_it_was_installed(
    monkeypatch: pytest.MonkeyPatch, origin: object, command: str, said: str
) -> None:
    monkeypatch.setattr(installation, "distribution", lambda _: Installed(origin))
    monkeypatch.setattr(installation, "_pip", lambda: "pip")
    assert installation.hint_for("duckdb") == command
    assert version_line().startswith(f"clickgen {__version__} (clickgen-aws, {said}")


def test_without_metadata_a_checkout_is_where_its_code_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Distribution:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(installation, "distribution", absent)
    assert installation.hint_for("psycopg").endswith(f"install -e '{CHECKOUT}[redshift]'")
    assert f"run from {CHECKOUT}" in version_line()


def test_a_package_that_cannot_be_loaded_is_not_called_absent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mimesis.py").write_text("raise ImportError('libm is gone', name='mimesis')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mimesis", raising=False)
    with pytest.raises(EnvironmentProblem, match="needs the package mimesis, which is not usable: libm is gone"):
        require("a loop", "mimesis")


def test_the_version_names_the_distribution(clickgen: CommandLine) -> None:
    said = clickgen.run("--version")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"clickgen {__version__} (clickgen-aws, ")


@pytest.mark.parametrize(
    ("arguments", "package", "extra"),
    [
        (["report"], "matplotlib", "report"),
        (["report"], "jinja2", "report"),
        (["send", "--events", "5", "--metrics", "prometheus:0"], "prometheus_client", "prometheus"),
        (["send", "--events", "5", "--metrics", "otlp:http://127.0.0.1:9"], "opentelemetry", "otlp"),
        (["generate", "--format", "parquet"], "pyarrow", "parquet"),
        (["generate", "--to", "x.parquet"], "pyarrow", "parquet"),
        (["verify", "parquet", "delivery"], "duckdb", "parquet"),
        (["verify", "parquet", "totals"], "duckdb", "parquet"),
        (["verify", "redshift", "delivery", "--table", "t", "--dsn", "postgresql://h/d"], "psycopg", "redshift"),
        (["verify", "all", "delivery"], "duckdb", "parquet"),
        (["bench", "verify"], "duckdb", "parquet"),
    ],
)
def test_a_missing_extra_is_told_before_any_work(
    clickgen: CommandLine, tmp_path: Path, arguments: list[str], package: str, extra: str
) -> None:
    run = Planted(tmp_path)
    run.claim(0, 5)
    run.put("1", lines(events(0, 5)))
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / f"{package}.py").write_text(f"raise ModuleNotFoundError('no', name='{package}')\n")
    if "all" in arguments:
        file = tmp_path / "pipeline.toml"
        stations = (
            f'[[station]]\nname = "{place}"\nplace = "{place}"\nat = "lake"\n' for place in ("s3", "parquet")
        )
        file.write_text("\n".join(stations))
        arguments = [*arguments, "--pipeline", str(file)]
    said = clickgen.run(*arguments, env={"PYTHONPATH": f"{blocked}:{CHECKOUT}"})
    assert (said.code, said.out) == (3, ""), said.err
    message, hint = said.err.splitlines()
    assert f"needs the package {package}, which is not installed" in message
    assert hint.startswith("  hint: ")
    assert f"[{extra}]'" in hint
    assert [path.name for path in (clickgen.home / "runs").iterdir()] == [RUN]


def test_rivals_that_are_not_installed_are_told_first(clickgen: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "mimesis.py").write_text("raise ModuleNotFoundError('no', name='mimesis')\n")
    quick = ["--profile", "minimal", "--schema", "flat", "--events", "500", "--rounds", "1"]
    said = clickgen.run("bench", "generate", *quick, env={"PYTHONPATH": f"{tmp_path}:{CHECKOUT}"})
    assert said.code == 0
    assert "mimesis is not installed, so nothing is compared with it" in said.err.splitlines()[0]
    assert "[dev]'" in said.err.splitlines()[0]
