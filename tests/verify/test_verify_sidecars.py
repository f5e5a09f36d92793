"""A second look reads only what is new or has changed, and believes nothing that was damaged meanwhile."""

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.model.disorder import Disorder
from clickgen.verify.landings.objects.object_landing import ObjectLanding, Reader
from clickgen.verify.landings.objects.place import FolderPlace, Stored
from clickgen.verify.landings.objects.scanner import GROUP_BYTES
from clickgen.verify.landings.objects.search_scope import SearchScope
from clickgen.verify.landings.objects.sidecars import Sidecars, SidecarsFailed
from clickgen.verify.proof.compare.planted_disorder import Planted as PlantedDisorder
from clickgen.verify.proof.compare.report import DeliveryReport
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.found.findings_store import to_bytes
from clickgen.verify.proof.found.landing import Gone, Reading
from tests.conftest import CommandLine
from tests.support.disordered import SEED, disordered_lane
from tests.support.planted import AFTER_DEADLINE_MS, BUFFER_S, CREATED_MS, FOREIGN, Planted, events, found, lines


class Looks:
    """Verifies a run, each time as a new process would, and says how many objects were read for it."""

    def __init__(self, run: Planted) -> None:
        self.run = run
        self.read: list[int] = []

    def __call__(self, *, ids_only: bool = False) -> DeliveryReport:
        told: list[int] = []
        report = self.run.verify(
            ids_only=ids_only,
            tell=lambda notice: told.append(notice.objects) if isinstance(notice, Reading) else None,
        )
        self.read.append(sum(told))
        return report


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    """300 events in three objects, a foreign one among them."""
    planted = Planted(tmp_path)
    planted.claim(0, 300)
    for first in (0, 100, 200):
        planted.put(f"{first}", lines(events(first, first + 100)), packed=first == 100)
    planted.put("300", lines([FOREIGN]))
    return planted


def kept_files(run: Planted) -> list[Path]:
    return sorted((run.run.path / "sidecars").glob("*.db"))


def test_a_second_look_reads_nothing_and_says_the_same(run: Planted) -> None:
    look = Looks(run)
    first, second = look(), look()
    assert look.read == [4, 0]
    assert second.to_json() == first.to_json()
    assert found(second) == {"delivered": 300, "foreign": 1}


def test_only_what_is_new_or_has_changed_is_read(run: Planted) -> None:
    look = Looks(run)
    look()
    run.put("new", lines(events(0, 10)))
    run.put("200", lines(events(200, 250)))
    (run.lake / "300").unlink()
    report = look()
    assert look.read == [4, 2]
    assert found(report) == {"delivered": 250, "missing": 50, "unexplained": 10}
    assert report.objects == 4


def test_a_file_that_is_no_database_is_begun_anew(run: Planted) -> None:
    look = Looks(run)
    look()
    [file] = kept_files(run)
    for path in file.parent.iterdir():
        path.unlink()
    file.write_bytes(b"no database at all, " * 1000)
    look()
    look()
    assert look.read == [4, 4, 0]


def test_findings_that_were_damaged_are_found_again(run: Planted) -> None:
    look = Looks(run)
    first = look()
    with closing(sqlite3.connect(kept_files(run)[0])) as database, database:
        changed = database.execute(
            "UPDATE objects SET findings = zeroblob(length(findings)) WHERE key = ?", (b"100",)
        )
        assert changed.rowcount == 1
    assert look().to_json() == first.to_json()


def test_damage_that_keeps_size_and_time_is_seen(run: Planted) -> None:
    look = Looks(run)
    look()
    path = run.lake / "0"
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[60] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    report = look()
    assert look.read == [4, 1]
    assert report.delivered < 300


def test_what_was_found_by_ids_is_not_taken_for_checked(run: Planted) -> None:
    changed = [part.replace(b'"ok":true', b'"ok":null') for part in events(0, 100)]
    run.put("0", lines(changed))
    look = Looks(run)
    assert look(ids_only=True).delivered == 300
    assert look().conflicting == 100
    assert look(ids_only=True).delivered == 300
    assert look.read == [4, 4, 4]


def test_what_was_found_of_a_planted_run_that_has_gone_on_is_not_believed(run: Planted) -> None:
    disorder = Disorder(malformed=0.1)
    run.plan = run.plan.model_copy(update={"seed": SEED})

    def look() -> int:
        planted = PlantedDisorder(run.plan, disorder, lambda _: disordered_lane(disorder, 400))
        told: list[Reading | Gone] = []
        where = SearchScope(FolderPlace(run.lake), None, BUFFER_S)
        objects = ObjectLanding(run.run, run.plan, where, Reader(planted=planted), told.append)
        assert len(list(objects.look(AFTER_DEADLINE_MS))) == 4
        return sum(notice.objects for notice in told if isinstance(notice, Reading))

    assert [look(), look()] == [4, 0]
    run.claim(300, 400)
    assert [look(), look()] == [4, 0]


def test_an_object_that_cannot_be_read_is_tried_each_time(run: Planted) -> None:
    path = run.lake / "0"
    aside = path.rename(run.lake.parent / "aside")
    path.symlink_to(path)  # opening it fails, whoever opens it
    look = Looks(run)
    report = look()
    assert (report.verdict.value, report.unread, report.delivered, report.pending) == ("incomplete", 1, 200, 100)
    assert [(witness.object, "symbolic" in witness.detail) for witness in report.witnesses["unread"]] == [
        ("0", True)
    ]
    assert look().unread == 1
    path.unlink()
    aside.rename(path)
    assert found(look()) == {"delivered": 300, "foreign": 1}
    assert look.read == [4, 1, 1]


def test_a_name_that_is_no_text_is_a_name(run: Planted) -> None:
    name = os.fsdecode(b"\xff\xfe")
    (run.lake / "0").rename(run.lake / name)
    look = Looks(run)
    assert look().delivered == look().delivered == 300
    assert look.read == [4, 0]


@settings(max_examples=15)
@given(st.randoms(use_true_random=False), st.sampled_from(["flip", "cut", "garbage", "empty", "folder"]))
def test_whatever_becomes_of_the_file_the_verdict_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, draw: random.Random, what: str
) -> None:
    run = Planted(tmp_path_factory.mktemp("run"))
    run.claim(0, 60)
    for first in (0, 20, 40):
        run.put(f"{first}", lines(events(first, first + 20)))
    look = Looks(run)
    expected = look().to_json()
    [file] = kept_files(run)
    data = bytearray(file.read_bytes())
    if what == "flip":
        for _ in range(draw.choice([1, 3, 300])):
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    elif what == "cut":
        del data[draw.randrange(len(data)) :]
    elif what == "garbage":
        data = bytearray(draw.randbytes(len(data)))
    elif what == "empty":
        data.clear()
    file.unlink()
    if what == "folder":
        file.mkdir()
    else:
        file.write_bytes(data)
    assert look().to_json() == expected
    assert look().to_json() == expected


def listed(*keys: str) -> list[Stored]:
    return [
        Stored(key, GROUP_BYTES - 1 + number, CREATED_MS - number, f"tag {key}") for number, key in enumerate(keys)
    ]


def findings_of(stored: Stored) -> bytes:
    return to_bytes(ObjectFindings(stored.key, stored.landed_ms, stored.size, foreign=1))


def test_findings_come_in_the_order_in_which_objects_landed(tmp_path: Path) -> None:
    kept = Sidecars(tmp_path / "kept.db", "settings")
    one, two, three = objects = listed("b", "a", "c")
    assert kept.take_listing(objects) == (3, 3 * GROUP_BYTES, 0)
    assert list(kept.to_read()) == [three, two, one]  # the largest first
    few = listed("z", "b")
    kept.take_listing(few)
    assert list(kept.to_read()) == few[::-1]  # small ones by key
    kept.take_listing(objects)
    kept.keep([(one, findings_of(one))], [(two, "no permission", True)])
    assert [
        (stored.key, seen and (seen.foreign, seen.unread, seen.lasting)) for stored, seen in kept.landed()
    ] == [
        ("c", None),
        ("a", (0, "no permission", True)),
        ("b", (1, "", False)),
    ]


def test_two_processes_may_use_one_file_and_neither_believes_the_others_settings(tmp_path: Path) -> None:
    [stored] = listed("a")
    mine = Sidecars(tmp_path / "kept.db", "mine")
    theirs = Sidecars(tmp_path / "kept.db", "theirs")
    mine.take_listing([stored])
    mine.keep([(stored, findings_of(stored))])
    assert theirs.take_listing([stored]).known == 0
    theirs.keep([(stored, findings_of(stored))])
    assert [seen for _, seen in mine.landed()] == [None]
    assert [seen is not None for _, seen in theirs.landed()] == [True]
    assert mine.take_listing([stored]).known == 0


def test_findings_that_stand_in_anothers_row_are_not_believed(tmp_path: Path) -> None:
    one, two = objects = listed("a", "b")
    kept = Sidecars(tmp_path / "kept.db", "settings")
    kept.take_listing(objects)
    kept.keep([(one, findings_of(two)), (two, findings_of(two)[:-1])])
    assert [seen for _, seen in kept.landed()] == [None, None]


def test_a_file_of_another_form_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    database = sqlite3.connect(file)
    database.execute("CREATE TABLE objects (something TEXT)")
    database.close()
    [stored] = listed("a")
    for known in (0, 1):
        kept = Sidecars(file, "settings")
        assert kept.take_listing([stored]).known == known
        kept.keep([(stored, findings_of(stored))])


def test_where_findings_could_not_be_kept_is_said(tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    kept = Sidecars(file, "settings")
    with closing(sqlite3.connect(file)) as database:
        database.execute("DROP TABLE objects")
    with pytest.raises(SidecarsFailed, match=f"cannot be kept in {file}: no such table"):
        kept.take_listing(listed("a"))


def test_fresh_reads_all_from_the_command_line(run: Planted, clickgen: CommandLine) -> None:
    look = Looks(run)
    look()
    arguments = ("verify", "s3", "delivery", "--at", str(run.lake))
    assert "reading 0 objects" in clickgen.run(*arguments).err
    again = clickgen.run(*arguments, "--fresh")
    assert "reading 4 objects" in again.err
    assert again.code == 0
    assert [file.stat().st_mode & 0o777 for file in kept_files(run)] == [0o600]
