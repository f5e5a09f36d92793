"""What people get wrong, over all commands: the exit code, what is wrong, a hint, and never a traceback."""

import shlex
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

import clickgen.cli.main as command_line
from tests.conftest import CREDENTIALS
from tests.support.bad_inputs import TABLE
from tests.support.planted import RUN, Planted, events, lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run, and with files that nothing can be made of."""
    path = tmp_path_factory.mktemp("bad")
    run = Planted(path)
    run.claim(0, 5)
    run.put("1", lines(events(0, 5)))
    for name, text in {
        "empty.jsonl": "",
        "file": "",
        "text.txt": "hello\n",
        "clicks.jsonl": '{"t":"2026-01-01T00:00:00Z"}\n',
        "picture.png": "\x89PNG\r\n\x1a\n",
        "bad.toml": "[[[\n",
        "profile.toml": "name = 1\n",
        "station.toml": '[[station]]\nname = "x"\nplace = "moon"\n',
        "types.toml": '[kinesis.clicks]\nshards = "many"\n',
        "stream.json": '{"x": 1}',
        "broken.json": "{",
    }.items():
        (path / name).write_text(text, encoding="latin-1")
    return path


@pytest.fixture
def _at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command line in this process: as in a new one, but for leaving it."""

    def leave(code: int) -> NoReturn:
        raise SystemExit(code)

    monkeypatch.chdir(folder)
    monkeypatch.setattr(command_line, "_leave", leave)
    for name, value in (CREDENTIALS | {"CLICKGEN_HOME": "home", "COLUMNS": "400"}).items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "none")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_at_home")
@pytest.mark.parametrize(("words", "code", "message", "hint"), TABLE, ids=[words for words, *_ in TABLE])
def test_a_bad_input_ends_with_a_message_a_hint_and_its_code(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    words: str,
    code: int,
    message: str,
    hint: str,
) -> None:
    monkeypatch.setattr("sys.argv", ["clickgen", *shlex.split(words)])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    said = capsys.readouterr()
    assert ended.value.code == code, said.err
    assert said.out == ""
    assert "Traceback" not in said.err
    head, separator, told = said.err.partition("  hint: ")
    assert separator, said.err
    assert hint in told or hint == "hint"
    assert "clickgen: " in head
    assert message in head
    assert [path.name for path in (folder / "home" / "runs").iterdir()] == [RUN]


def test_the_table_is_about_every_command() -> None:
    assert len(TABLE) >= 60
    assert {words.split()[0] for words, *_ in TABLE} >= set(command_line.Commands.table)
