"""Looking into sources before anything is sent: what they are written in, or why they are not read."""

import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest

from clickgen.model.errors import UsageProblem
from clickgen.traffic.replay_files import find_files
from clickgen.traffic.replay_look import Reading, look_into


def _png() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10


def _zipped(content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("clicks.json", content)
    return archive.getvalue()


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (b"", "no events in", "check"),
        (b" \n\n", "no events in", "check"),
        (_png(), "is a PNG image, not a recording", "JSON objects"),
        (gzip.compress(_png()), "is a PNG image, not a recording", "JSON objects"),
        (_zipped(_png()), "is a PNG image, not a recording", "JSON objects"),
        (b"PAR1" + bytes(100), "line 1: the Parquet file is damaged", "JSON objects"),
        (bytes(range(256)), "is binary data", "JSON objects"),
        (b"[1,2,3]\n", "holds a JSON array, but not of objects", "JSON objects"),
        (b"\x04\x22\x4d\x18" + bytes(100), "is lz4 data", "lz4 -dc"),
        (b"hello\n", r"line 1: not JSON\): 'hello'", "JSON objects"),
    ],
)
def test_a_file_without_events_is_refused_by_what_it_is(
    tmp_path: Path, content: bytes, message: str, hint: str
) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(UsageProblem, match=message) as refused:
        look_into([str(file)])
    assert str(file) in refused.value.message
    assert hint in (refused.value.hint or "")


def test_paths_are_checked_before_anything_is_sent(tmp_path: Path) -> None:
    good, empty = tmp_path / "good", tmp_path / "empty"
    good.write_bytes(b'junk\n{"a":1}\n')
    empty.write_bytes(b"")
    assert list(look_into([str(good), str(empty)]).unread) == [str(empty)]
    assert find_files(["-"], lambda _: []) == ["-"]
    (tmp_path / "none").mkdir()
    for paths, message in (
        ([str(tmp_path / "gone")], "no such file"),
        ([str(tmp_path / "*.csv")], "there are no files|no such file"),
        ([str(tmp_path / "none")], "there are no files"),
        (["-", str(good)], "standard input"),
        ([], "no file"),
    ):
        with pytest.raises(UsageProblem, match=message) as refused:
            find_files(paths, lambda _: [])
        assert refused.value.hint


def test_folders_are_read_in_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b/2", "b/1", "a/_SUCCESS", "a/x.gz", "a/.part", "c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"{}")
    (tmp_path / "empty").write_bytes(b"")
    found = find_files([str(tmp_path)], lambda _: [])
    assert [Path(name).relative_to(tmp_path).as_posix() for name in found] == ["a/x.gz", "b/1", "b/2", "c"]
    assert find_files([str(tmp_path / "b" / "*")], lambda _: []) == found[1:3]


def test_columns_are_numbers_only_where_they_are_in_every_file(tmp_path: Path) -> None:
    one, other = tmp_path / "1.csv", tmp_path / "2.csv"
    one.write_text("sku,price\n17,1.50\n18,2\n")
    other.write_text("sku,price\nA7,3\nA8,4\n")
    looked = look_into([str(one), str(other)])
    assert [form.numeric for form in looked.forms] == [frozenset({"price"})] * 2


def test_known_wrappers_are_unwrapped_and_others_are_told(tmp_path: Path) -> None:
    trail = tmp_path / "trail.json"
    trail.write_text('{"Records":[{"eventVersion":"1","eventName":"Get","userIdentity":{},"n":1},{"n":2}]}')
    looked = look_into([str(trail)])
    assert (looked.forms[0].each, len(looked.events)) == ("Records", 2)
    assert look_into([str(trail)], Reading(each=".")).forms[0].each is None
    visits = tmp_path / "visits.jsonl"
    visits.write_text('{"session":1,"events":[{"n":1},{"n":2}]}\n')
    looked = look_into([str(visits)])
    assert looked.forms[0].each is None
    assert looked.wrapper is not None
    assert looked.wrapper.each == "events"
    with pytest.raises(UsageProblem, match="no object has an event at clicks"):
        look_into([str(visits)], Reading(each="clicks"))


def test_what_cannot_be_read_of_a_folder_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "clicks").write_text('{"n":1}\n')
    (tmp_path / "note.txt").write_text("hello\n")
    names = find_files([str(tmp_path)], lambda _: [])
    assert list(look_into(names, found=names).unread) == [str(tmp_path / "note.txt")]
    with pytest.raises(UsageProblem, match="hello"):
        look_into(names)


def test_what_is_not_a_file_in_a_folder_is_named_and_links_are_followed_once(tmp_path: Path) -> None:
    folder, other = tmp_path / "folder", tmp_path / "other"
    for place in (folder, other):
        place.mkdir()
        (place / "clicks").write_text('{"n":1}\n')
    (folder / "again").symlink_to(".")
    (folder / "linked").symlink_to(other)
    (folder / "gone").symlink_to("nowhere")
    (folder / "x").symlink_to("y")
    (folder / "y").symlink_to("x")
    os.mkfifo(folder / "pipe")
    names = find_files([str(folder)], lambda _: [])
    looked = look_into(names, found=names)
    assert {Path(name).name: why.partition(" is ")[2] for name, why in looked.unread.items()} == {
        "gone": "a link to nothing",
        "pipe": "a pipe or a device, not a file",
        "x": "a link to nothing",
        "y": "a link to nothing",
    }
    assert looked.leave_out_unread(names) == [str(folder / "clicks"), str(folder / "linked" / "clicks")]
