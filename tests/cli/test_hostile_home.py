"""A home that somebody planted changes nothing outside of itself: not before it is trusted, and not after."""

import asyncio
from contextlib import nullcontext
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from clickgen.cli.commands.clean import clean
from clickgen.cli.commands.expect import expect
from clickgen.cli.commands.local import local
from clickgen.cli.commands.report import report
from clickgen.cli.commands.runs import runs
from clickgen.cli.commands.verify.s3 import s3
from clickgen.ledger.trust import home_keep
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.platform.errors import LocalProblem
from clickgen.local.platform.lake import Lake
from clickgen.model.errors import ClickgenError
from tests.conftest import CommandLine
from tests.support.hostile_home import PAYLOAD, RUNS, SPOOLS, STATES, Hostile

COMMANDS = {
    "local drain": ["local", "drain"],
    "local serve": ["local", "serve"],
    "send": ["send", "--events", "10"],
    "generate": ["generate", "--duration", "1m", "--to", "lake"],
    "verify": ["verify", "s3", "delivery"],
    "clean": ["clean"],
    "runs list": ["runs", "list"],
    "runs show": ["runs", "show"],
    "runs resume": ["runs", "resume"],
    "report": ["report", "--markdown"],
    "expect": ["expect"],
}


@pytest.fixture
def planted(tmp_path: Path) -> Hostile:
    hostile = Hostile(tmp_path / "repository" / ".clickgen", tmp_path / "victim")
    hostile.lay()
    return hostile


@pytest.fixture
def trusted(planted: Hostile) -> Hostile:
    home_keep(planted.home).accept(lambda _: None)
    return planted


def invoked(command: click.Command, *arguments: str) -> str:
    """What a command says, which ends by an exit code or a problem in words, whatever it is given."""
    result = CliRunner().invoke(command, [*arguments])
    problem = result.exception
    assert problem is None or isinstance(problem, ClickgenError | SystemExit), problem
    return problem.message if isinstance(problem, ClickgenError) else result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_a_home_from_a_repository_is_refused_before_anything_happens(
    command: str, planted: Hostile, clickgen: CommandLine
) -> None:
    for tricks, name in ((SPOOLS, "key climbs"), (STATES, "lock is a link"), (RUNS, "lock of the run is a link")):
        tricks[name](planted)
    planted.link(planted.home / ".gitignore", planted.victim / "new")
    outside, inside = planted.outside(), sorted(planted.home.rglob("*"))
    said = clickgen.run(*COMMANDS[command], env={"CLICKGEN_HOME": str(planted.home)})
    assert said.code == 3
    assert f"the home {planted.home} is not trusted" in said.err
    assert f"clickgen trust {planted.home}" in said.err
    assert planted.outside() == outside
    assert sorted(planted.home.rglob("*")) == inside


@pytest.mark.parametrize("command", ["drain", "clean", "verify"])
def test_what_a_trusted_lake_holds_back_lands_in_it_and_is_said(command: str, trusted: Hostile) -> None:
    home = ("--home", str(trusted.home))
    match command:
        case "drain":
            said = invoked(local, "drain", *home)
            assert '{"objects": 1, "records": 1}' in said
        case "clean":
            said = invoked(clean, *home)
        case _:
            said = invoked(s3, "delivery", "--wait", "0s", *home)
    if command != "drain":
        assert f"delivered 1 record in 1 object, which an embedded pipeline had left in {trusted.lake}" in said
    assert (trusted.lake / "clickgen-lake" / "2026" / "x").read_bytes() == PAYLOAD


@pytest.mark.parametrize("trick", [*SPOOLS, *STATES])
def test_a_drain_of_a_trusted_lake_stays_inside(trick: str, trusted: Hostile) -> None:
    (SPOOLS | STATES)[trick](trusted)
    before = trusted.outside()
    said = invoked(local, "drain", "--home", str(trusted.home))
    assert trusted.outside() == before
    if trick in SPOOLS or "link" in trick.replace("settings are a link", ""):
        assert "lost records" in said or "link" in said or "not say where" in said


@pytest.mark.parametrize("trick", [*SPOOLS, *STATES])
def test_a_server_of_a_trusted_lake_stays_inside(trick: str, trusted: Hostile) -> None:
    (SPOOLS | STATES)[trick](trusted)
    before = trusted.outside()
    lake = Lake(trusted.lake)

    async def served() -> int:
        return await EmbeddedPipeline(lake).close()

    refused = trick in STATES or trick == "journal is a link"  # what a server left is read before it serves
    with pytest.raises(LocalProblem) if refused else nullcontext() as caught:
        lake.hold()
        asyncio.run(served())
    lake.release()
    assert caught is None or str(trusted.lake) in caught.value.message
    assert trusted.outside() == before


@pytest.mark.parametrize("trick", RUNS)
def test_looking_at_a_trusted_run_stays_inside(trick: str, trusted: Hostile) -> None:
    RUNS[trick](trusted)
    before = trusted.outside()
    home = ("--home", str(trusted.home))
    looks: list[tuple[click.Command, list[str]]] = [
        (runs, ["show"]),
        (runs, ["resume"]),
        (s3, ["delivery", "--wait", "0s"]),
        (clean, []),
        (report, ["--markdown"]),
        (expect, []),
    ]
    for command, arguments in looks:
        said = invoked(command, *arguments, *home)
        assert "symbolic link" in said or "the plan of run" in said, (command, said)
    assert "damaged" in invoked(runs, "list", *home)
    assert trusted.outside() == before


@pytest.mark.parametrize("trick", ["prefix climbs", "aside is a link"])
def test_sending_into_a_trusted_home_says_what_its_lake_has(
    trick: str, trusted: Hostile, clickgen: CommandLine
) -> None:
    STATES[trick](trusted)
    before = trusted.outside()
    said = clickgen.run("send", "--events", "10", env={"CLICKGEN_HOME": str(trusted.home)})
    assert said.code == 3
    assert "the embedded pipeline did not start" in said.err
    assert trusted.outside() == before


def test_generating_into_a_trusted_home_follows_no_link(trusted: Hostile, clickgen: CommandLine) -> None:
    trusted.link(trusted.lake / "clickgen-lake", trusted.victim)
    before = trusted.outside()
    arguments = ("generate", "--duration", "1m", "--to", "lake")
    said = clickgen.run(*arguments, env={"CLICKGEN_HOME": str(trusted.home)})
    assert said.code == 3
    assert f"{trusted.lake / 'clickgen-lake'} is a symbolic link" in said.err
    assert trusted.outside() == before
