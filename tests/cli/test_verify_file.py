"""`clickgen verify file`: the file a run appended to, whole, with its elder parts, and no other of the folder."""

import gzip
from pathlib import Path

import pytest

from clickgen.model.destination import FileDestination
from clickgen.sink.local_file import rotated
from clickgen.verify.landings.objects.place import RotatedFile
from tests.conftest import CommandLine
from tests.support.planted import RUN, Planted, events, lines


@pytest.mark.parametrize("name", ["clicks.jsonl", "clicks.jsonl.gz", "clicks"])
def test_the_file_and_its_elder_parts_are_read_and_no_other(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    strangers = ["other.jsonl", "clicks-01.jsonl", "clicks-0001.jsonl.bak", "xclicks.jsonl", "clicks-abcd.jsonl"]
    for file in (path, rotated(path, 1), rotated(path, 2), *map(tmp_path.joinpath, strangers)):
        file.write_bytes(file.name.encode())
    place = RotatedFile(path)
    found = list(place.objects([""]))
    assert [stored.key for stored in found] == [rotated(path, 1).name, rotated(path, 2).name, name]
    assert [b"".join(place.read(stored)).decode() for stored in found] == [stored.key for stored in found]


@pytest.mark.parametrize("folder", ["", "gone"])
def test_a_file_that_is_gone_holds_nothing(tmp_path: Path, folder: str) -> None:
    place = RotatedFile(tmp_path / folder / "gone.jsonl")
    assert (list(place.objects([""])), place.gone) == ([], True)


def test_a_run_into_a_file_is_verified_and_its_losses_found(tmp_path: Path, clickgen: CommandLine) -> None:
    run = Planted(tmp_path)
    run.claim(0, 300)
    path = tmp_path / "clicks.jsonl.gz"
    run.run.write_plan(run.plan.model_copy(update={"destination": FileDestination(stream=str(path))}))
    rotated(path, 1).write_bytes(gzip.compress(lines(events(0, 200))))
    path.write_bytes(gzip.compress(lines(events(200, 300))))
    (tmp_path / "stranger.jsonl").write_bytes(lines(events(0, 200)))
    said = clickgen.run("verify", "file", "delivery", "--json")
    assert said.code == 0, said.err
    assert [said.json[name] for name in ("verdict", "delivered", "objects")] == ["verified", 300, 2]
    path.write_bytes(path.read_bytes()[:-30])
    said = clickgen.run("verify", "file", "delivery")
    assert said.code == 1
    assert "truncated" in said.out.splitlines()[0]


def test_any_file_can_be_named_and_else_the_run_must_have_one(tmp_path: Path, clickgen: CommandLine) -> None:
    run = Planted(tmp_path)
    run.claim(0, 20)
    copy = run.put("copy.jsonl", lines(events(0, 20)))
    assert clickgen.run("verify", "file", "delivery", "--at", str(copy)).code == 0
    said = clickgen.run("verify", "file", "delivery")
    assert said.code == 2
    assert f"run {RUN} went to firehose:clicks, not to a file" in said.err
