"""`clickgen clean`: what holds the run alone goes, and nothing else; a dry run tells all of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pytest

from clickgen.sink.aws import Access
from clickgen.verify.landings.objects.cleaning import Cleaned, clean
from clickgen.verify.landings.objects.object_landing import ObjectLanding, Reader
from clickgen.verify.landings.objects.place import Fate, FolderPlace, Removal, Stored
from clickgen.verify.landings.objects.search_scope import find_place
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.view.clean import clean_lines, exclusion
from tests.conftest import CommandLine
from tests.support.planted import AFTER_DEADLINE_MS, FOREIGN, OTHER_RUN, RUN, Planted, event, events, lines


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    """A run of 50 events: alone in two objects, beside others in two, in one that is cut; and what others have."""
    planted = Planted(tmp_path)
    planted.claim(0, 50)
    planted.put("alone/1", lines(events(0, 10)))
    planted.put("alone/2", lines([*events(10, 20), event(10)]), packed=True)
    planted.put("shared/foreign", lines([*events(20, 30), FOREIGN]))
    planted.put("shared/run", lines([*events(30, 35), *events(0, 2, run=OTHER_RUN)]))
    planted.put("shared/cut", lines(events(35, 40)) + event(40)[:50])
    planted.put("theirs/run", lines(events(0, 5, run=OTHER_RUN)))
    planted.put("theirs/foreign", lines([FOREIGN]))
    return planted


def keys(run: Planted) -> set[str]:
    return {path.relative_to(run.lake).as_posix() for path in run.lake.rglob("*") if path.is_file()}


def cleaned(run: Planted, *, removing: bool) -> Cleaned:
    where = find_place(run.plan, str(run.lake), Access())
    objects = ObjectLanding(run.run, run.plan, where, Reader(), lambda _: None)
    return clean("lake", objects.look_at_each(AFTER_DEADLINE_MS), objects.remove if removing else None)


def test_a_dry_run_names_everything_and_removes_nothing(run: Planted) -> None:
    before = keys(run)
    found = cleaned(run, removing=False)
    assert keys(run) == before
    assert found.alone.first == ["alone/1", "alone/2"]
    assert {(share.key, share.events, share.others, share.undecided) for share in found.shared.first} == {
        ("shared/foreign", 10, 1, 0),
        ("shared/run", 5, 2, 0),
        ("shared/cut", 5, 0, 1),
    }
    assert set(found.fates.values()) == {0}


def test_what_holds_the_run_alone_is_removed(run: Planted, clickgen: CommandLine) -> None:
    said = clickgen.run("clean", "--at", str(run.lake), "--yes", "--json")
    assert said.code == 0, said.err
    assert (said.json["dry_run"], said.json["removed"], said.json["alone"]["objects"]) == (False, 2, 2)
    assert said.json["run"] == RUN
    assert keys(run) == {"shared/foreign", "shared/run", "shared/cut", "theirs/run", "theirs/foreign"}
    assert run.verify().missing == 30


def test_the_words_for_people(run: Planted, clickgen: CommandLine) -> None:
    said = clickgen.run("clean", "--at", str(run.lake))
    assert said.code == 0
    assert said.out.startswith(f"run {RUN}: 2 objects, ")
    assert "  shared/run: 5 events of this run, 2 of others\n" in said.out
    assert f"  WHERE (event_id IS NULL OR event_id NOT LIKE '{RUN[:8]}-{RUN[8:]}-8%')\n" in said.out
    assert "--yes removes" in said.err
    assert len(keys(run)) == 7


def test_a_run_that_goes_on_is_not_cleaned(run: Planted, clickgen: CommandLine) -> None:
    with run.run.held():
        said = clickgen.run("clean", "--at", str(run.lake), "--yes")
    assert said.code == 3
    assert f"run {RUN} is going on" in said.err
    assert len(keys(run)) == 7


def test_an_object_that_has_changed_since_it_was_read_stays(run: Planted) -> None:
    where = find_place(run.plan, str(run.lake), Access())
    objects = ObjectLanding(run.run, run.plan, where, Reader(), lambda _: None)
    looked = list(objects.look_at_each(AFTER_DEADLINE_MS))
    run.put("alone/1", lines([FOREIGN]))
    (run.lake / "alone/2").unlink()
    found = clean("lake", looked, objects.remove)
    assert found.fates[Fate.CHANGED] == 2
    assert not found.whole
    assert "alone/1" in keys(run)
    assert any("2 changed meanwhile" in line for line in clean_lines(found, RUN, "", removing=True))


def test_what_could_not_be_read_is_left_and_named(run: Planted) -> None:
    path = run.lake / "alone/1"
    path.unlink()
    path.symlink_to(path)
    found = cleaned(run, removing=True)
    assert [key for key, _ in found.unread.first] == ["alone/1"]
    assert found.fates[Fate.REMOVED] == 1
    assert not found.whole
    assert path.is_symlink()


def test_many_objects_are_counted_and_the_first_are_named() -> None:
    def all_of_them() -> Iterator[tuple[Stored, ObjectFindings]]:
        for number in range(2500):
            found = ObjectFindings(f"{number}", 0, 1)
            found.fail(0, number)
            yield Stored(f"{number}", 1, 0, ""), found

    removed: list[int] = []

    def remove(doomed: Sequence[Stored]) -> Iterator[Removal]:
        removed.append(len(doomed))
        return iter([])

    found = clean("lake", all_of_them(), remove)
    assert (found.alone.count, len(found.alone.first), removed) == (2500, 1000, [1000, 1000, 500])


def test_what_became_of_each_object_is_counted_and_a_refusal_has_its_reason() -> None:
    def objects() -> Iterator[tuple[Stored, ObjectFindings]]:
        for name in Fate:
            found = ObjectFindings(name, 0, 1)
            found.fail(0, 1)
            yield Stored(name, 1, 0, ""), found

    found = clean("lake", objects(), lambda doomed: (Removal(one, Fate(one.key), "so it says") for one in doomed))
    assert found.fates == dict.fromkeys(Fate, 1)
    assert found.refused.first == [("refused", "so it says")]
    assert not found.whole


def test_a_file_that_cannot_be_removed_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    status = folder.stat()
    tag = f"{status.st_ino}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_size}"
    [removal] = FolderPlace(tmp_path).remove([Stored("folder", status.st_size, 0, tag)])
    assert removal.fate is Fate.REFUSED
    assert removal.reason


@pytest.mark.parametrize(
    ("id_path", "row"),
    [
        (("event_id",), "{{'event_id': {id}}}"),
        (("properties", "Event Id"), "{{'properties': {{'Event Id': {id}}}}}"),
        ((), "{{'line': 'GET /?id=' || {id} || ' 200'}}"),
    ],
)
def test_the_condition_leaves_out_the_run_and_nobody_else(id_path: tuple[str, ...], row: str) -> None:
    ids = [event(1)[13:49].decode(), event(1, run=OTHER_RUN)[13:49].decode(), None]
    database = duckdb.connect()
    kept = []
    for number, one in enumerate(ids):
        quoted = "NULL" if one is None else f"'{one}'"
        rows = f"FROM (SELECT unnest({row.format(id=quoted)}))"
        found = database.execute(f"SELECT 1 {rows} WHERE {exclusion(RUN, id_path)}").fetchall()
        kept += [number] * len(found)
    assert kept == [1, 2]
