"""A home or a lake is used only where this user made it here or accepted it; ordinary use never notices."""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clickgen.ledger.folder import Home
from clickgen.ledger.registry import listing
from clickgen.ledger.trust import Untrusted, home_keep, lake_keep
from clickgen.model.errors import EnvironmentProblem
from tests.conftest import CommandLine
from tests.support.local_server import run_local, serving

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of this test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    return tmp_path / "state"


def made(path: Path, told: Callable[[str], None] = lambda _: None) -> Path:
    Home(path, told).prepare()
    return path


def refusal(path: Path) -> str:
    with pytest.raises(Untrusted) as caught:
        Home(path).all_runs()
    assert f"clickgen trust {path}" in str(caught.value.hint)
    return caught.value.message


def test_what_is_made_here_is_trusted_and_says_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    home = made(tmp_path / "new" / "home", told.append)
    (tmp_path / "empty").mkdir()
    for path in (home, made(tmp_path / "empty", told.append)):
        Home(path).prepare()
        assert Home(path).all_runs() == []
        assert (path / "token").stat().st_mode & 0o777 == 0o600
    assert told == []


def test_a_folder_that_is_not_there_or_empty_has_nothing_to_refuse(tmp_path: Path, state: Path) -> None:
    assert Home(tmp_path / "nowhere").all_runs() == []
    (tmp_path / "empty").mkdir()
    assert Home(tmp_path / "empty").all_runs() == []
    assert not state.exists()


def test_a_home_that_came_from_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home" / "runs").mkdir(parents=True)
    (tmp_path / "home" / "token").write_text("0" * 32 + "\n")
    assert "came from somebody else" in refusal(tmp_path / "home")
    with pytest.raises(Untrusted):
        made(tmp_path / "home")
    assert sorted(path.name for path in (tmp_path / "home").iterdir()) == ["runs", "token"]


def test_one_that_takes_the_place_of_a_trusted_one_is_refused(tmp_path: Path) -> None:
    home = made(tmp_path / "home")
    shutil.rmtree(home)
    (home / "runs").mkdir(parents=True)
    refusal(home)
    (home / "token").symlink_to("/dev/zero")
    refusal(home)


@pytest.mark.parametrize("how", [shutil.move, shutil.copytree])
def test_moved_or_copied_it_says_where_it_was(tmp_path: Path, how: Callable[[Path, Path], object]) -> None:
    home = made(tmp_path / "home")
    how(home, tmp_path / "other")
    assert f"was made as {home}, and moved or copied since" in refusal(tmp_path / "other")
    home_keep(tmp_path / "other").accept(lambda _: None)
    assert Home(tmp_path / "other").all_runs() == []


def test_a_link_is_not_followed_into_a_home(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "documents")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("home", "dangling"):
        with pytest.raises(Untrusted, match="symbolic link"):
            made(tmp_path / name)
    assert not any((tmp_path / "documents").iterdir())
    assert not (tmp_path / "nowhere").exists()


@AS_ROOT
def test_somebody_elses_folder_is_refused_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    os.chown(tmp_path / "home", 54_321, -1)
    with pytest.raises(Untrusted, match="belongs to the user with the id 54321"):
        made(tmp_path / "home")
    monkeypatch.setenv("SUDO_UID", "54321")  # who became root to do this
    made(tmp_path / "home")


def test_many_that_make_the_same_home_at_once_all_get_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        homes = set(pool.map(lambda _: made(tmp_path / "home"), range(32)))
    assert home_keep(homes.pop()).trusted
    assert len([path for path in (tmp_path / "home").iterdir() if path.name.startswith("token")]) == 1


def test_without_a_state_folder_it_is_kept_in_the_users_own_folder_of_tmpdir(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.write_text("no folder")
    told: list[str] = []
    home = made(tmp_path / "home", told.append)
    assert len(told) == 1
    assert str(tmp_path / "tmp") in told[0]
    assert "XDG_STATE_HOME" in told[0]
    assert home_keep(home).trusted
    (tmp_path / "tmp" / f"clickgen-{os.geteuid()}").chmod(0o777)  # anybody may have written there
    assert not home_keep(home).trusted


def test_with_nowhere_to_keep_it_nothing_is_made(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.write_text("no folder")
    monkeypatch.setenv("TMPDIR", str(state))
    with pytest.raises(EnvironmentProblem) as caught:
        made(tmp_path / "home")
    assert "XDG_STATE_HOME" in str(caught.value.hint)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("home", ["", ".", "relative"])
def test_the_working_directory_is_never_the_state_folder(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, home)
    monkeypatch.setattr("pwd.getpwuid", lambda _: (_ for _ in ()).throw(KeyError))
    with listing() as listed:
        assert listed.place == tmp_path / "tmp" / f"clickgen-{os.geteuid()}"


def test_a_lake_of_somebody_else_is_neither_served_nor_drained(tmp_path: Path) -> None:
    with serving(tmp_path / "lake", "--stream", "clicks") as server:
        server.stop()
    assert run_local("drain", "--dir", str(tmp_path / "lake")).returncode == 0
    shutil.copytree(tmp_path / "lake", tmp_path / "copy")
    before = sorted(tmp_path.glob("copy/**/*"))
    for command in ("drain", "serve"):
        done = run_local(command, "--dir", str(tmp_path / "copy"))
        assert done.returncode == 3
        assert f"the lake {tmp_path / 'copy'} is not trusted" in done.stderr
    assert sorted(tmp_path.glob("copy/**/*")) == before


def test_the_lake_of_a_home_is_trusted_with_it(tmp_path: Path) -> None:
    home = made(tmp_path / "home")
    (home / "lake" / ".firehose" / "streams").mkdir(parents=True)
    lake_keep(home / "lake").check()
    shutil.move(home / "lake", tmp_path / "lake")
    with pytest.raises(Untrusted):
        lake_keep(tmp_path / "lake").check()


def test_the_command_shows_what_it_holds_and_asks(clickgen: CommandLine, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "runs" / "0a1b2c3d4e5f").mkdir(parents=True)
    (home / "runs" / "0a1b2c3d4e5f" / "plan.json").write_text("{")
    (home / "lake").symlink_to(tmp_path)
    assert clickgen.run("runs", "list").code == 3
    asked = clickgen.run("trust")
    assert asked.code == 2
    assert "--yes" in asked.err
    for words in ("1 run", "0a1b2c3d4e5f  the plan", f"{home / 'lake'} leads to {tmp_path}"):
        assert words in asked.err
    assert clickgen.run("runs", "list").code == 3
    assert clickgen.run("trust", "--yes").code == 0
    assert clickgen.run("runs", "list").code == 0
    assert "already" in clickgen.run("trust", str(home)).err
    nothing = clickgen.run("trust", str(tmp_path / "nowhere"))
    assert (nothing.code, "no home and no lake" in nothing.err) == (2, True)
