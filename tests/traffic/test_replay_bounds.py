"""Sources of a replay that have no end, or expand without measure: told soon, with the bound."""

import os
import zipfile
from pathlib import Path

import pytest

from clickgen.model.errors import UsageProblem
from clickgen.read.pieces import JsonObject
from clickgen.traffic.replay_files import check_readable
from clickgen.traffic.silence import MAX_SILENT_BYTES, Silence
from tests.conftest import CommandLine

MIB = bytes(1 << 20)


def test_a_device_without_an_end_ends_by_the_bound(clickgen: CommandLine) -> None:
    said = clickgen.run("replay", "/dev/zero", "--rate", "100")
    assert said.code == 2, said.err
    assert "/dev/zero: 16 MiB without an event: this is not a recording of events" in said.err
    assert "Traceback" not in said.err


def test_a_zip_bomb_is_refused_before_anything_is_sent(tmp_path: Path, clickgen: CommandLine) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("clicks.json", "w") as file:
        for _ in range(64):
            file.write(b" " * len(MIB))
    said = clickgen.run("replay", str(bomb))
    assert said.code == 2
    assert f"no events in the first 8 MiB of {bomb}" in said.err
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("clicks.json", "w") as file:
        file.write(b'{"a":1}\n')
        for _ in range(64):
            file.write(b" " * len(MIB))
    said = clickgen.run("replay", str(bomb), "--rate", "100", "--json")
    assert said.json["accepted"] == 1
    (skipped,) = list(tmp_path.rglob("skipped.jsonl"))
    assert "expand to more than 200 times as many: not read on" in skipped.read_text()


def test_a_socket_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    os.mknod(path, 0o140600)
    with pytest.raises(UsageProblem, match="is a socket, not a file"):
        check_readable(str(path))


@pytest.fixture
def pipe(tmp_path: Path) -> Silence:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return Silence(str(path))


def _listened(silence: Silence, *chunks: bytes) -> None:
    for _ in silence.listen(chunks):
        pass


def test_of_a_pipe_one_line_is_bounded_and_of_a_device_all(pipe: Silence) -> None:
    event = JsonObject(b"{}", 0, 1, {})
    device = Silence("/dev/zero")
    as_much = [MIB] * (MAX_SILENT_BYTES // len(MIB))
    _listened(pipe, *[b"log line\n" + MIB[9:]] * 2 * len(as_much))
    for silence in (pipe, device):
        for _ in range(2):
            silence.hear([event])
            _listened(silence, *as_much)
    with pytest.raises(UsageProblem, match="16 MiB without an event or the end of a line"):
        _listened(pipe, b"x")
    with pytest.raises(UsageProblem, match="/dev/zero: 16 MiB without an event:"):
        _listened(device, b"\n")
