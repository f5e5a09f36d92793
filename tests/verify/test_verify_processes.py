"""Objects read in several processes: the same findings, clear ends, and nothing believed of one that died."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from clickgen.model.errors import EnvironmentProblem
from clickgen.verify.landings.objects.place import FolderPlace, Removal, Stored
from clickgen.verify.landings.objects.scanner import ObjectScanner, Scanned, grouped, scan_in_processes
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern
from tests.conftest import CommandLine
from tests.run.test_worker_death import workers_of
from tests.support.planted import FOREIGN, RUN, Planted, events, lines

MARKS = RunIdPattern(RUN, "event_id")


class DeadlyPlace:
    """A folder of which one object is the death of whoever reads it."""

    connections = 1
    identity = name = "deadly"

    def __init__(self, folder: FolderPlace, deadly: str) -> None:
        self._folder = folder
        self._deadly = deadly

    def objects(self, prefixes: Iterable[str]) -> Iterator[Stored]:
        return self._folder.objects(prefixes)

    def read(self, stored: Stored) -> Iterator[bytes]:
        blocks = self._folder.read(stored)
        if stored.key == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return blocks

    def remove(self, objects: Sequence[Stored]) -> Iterator[Removal]:
        return self._folder.remove(objects)


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    planted = Planted(tmp_path)
    for first in range(0, 600, 100):
        planted.put(f"{first}", lines([*events(first, first + 100), b'{"cut":', FOREIGN]), packed=first % 200 == 0)
    return planted


def by_key(scanned: Iterable[Scanned]) -> dict[str, bytes | None]:
    return {one.stored.key: one.findings for one in scanned}


def test_several_processes_find_what_one_finds_and_name_what_changed(run: Planted) -> None:
    place = FolderPlace(run.lake)
    listed = sorted(place.objects([""]), key=lambda stored: stored.key)
    scanner = ObjectScanner(place, MARKS, ids_only=False)
    expected = by_key(scanner.scan_group(listed))
    (run.lake / "500").unlink()
    pairs = [listed[at : at + 2] for at in range(0, len(listed), 2)]
    scanned = by_key(one for group in scan_in_processes(scanner, pairs, 2) for one in group)
    assert None not in expected.values()
    assert scanned == {**expected, "500": None}


def test_a_process_that_is_killed_is_said_and_what_it_read_is_not_believed(run: Planted) -> None:
    place = DeadlyPlace(FolderPlace(run.lake), "300")
    listed = sorted(place.objects([""]), key=lambda stored: stored.key)
    scanning = scan_in_processes(ObjectScanner(place, MARKS, ids_only=False), [listed[:3], listed[3:]], 1)
    seen: list[Scanned] = []
    with pytest.raises(EnvironmentProblem, match="a process that was reading objects died"):
        seen.extend(one for group in scanning for one in group)
    assert {one.stored.key for one in seen} <= {"0", "100", "200"}


def test_small_objects_are_handed_over_in_groups_and_large_ones_alone() -> None:
    small = [Stored(f"{number}", 1000, 0, "") for number in range(600)]
    large = [Stored("large", 50 << 20, 0, ""), Stored("larger", 60 << 20, 0, "")]
    groups = list(grouped([*large, *small]))
    assert [one for group in groups for one in group] == [*large, *small]
    assert [len(group) for group in groups] == [1, 1, 256, 256, 88]


@pytest.mark.parametrize(("size", "groups"), [(8 << 20, 2), ((8 << 20) - 1, 1)])
def test_eight_megabytes_are_a_group(size: int, groups: int) -> None:
    assert len(list(grouped([Stored("a", size, 0, ""), Stored("b", 1, 0, "")]))) == groups


def test_ctrl_c_ends_all_processes(run: Planted, clickgen: CommandLine) -> None:
    run.claim(0, 600)
    for name in ("a", "b"):
        run.put(name, lines([FOREIGN]) * 1_200_000)
    command = clickgen.start("verify", "s3", "delivery", "--at", str(run.lake), "--workers", "2")
    assert command.stderr is not None
    assert b"reading 8 objects" in command.stderr.readline()
    readers = _readers(command)
    os.killpg(command.pid, signal.SIGINT)
    _, said = command.communicate(timeout=30)
    assert (command.returncode, b"Traceback" in said) == (130, False)
    assert not [reader for reader in readers if _is_there(reader)]


def _readers(command: "subprocess.Popen[bytes]") -> list[int]:
    """The processes that a command has started to read, as soon as both are there."""
    while command.poll() is None:
        readers = workers_of(command.pid)
        if len(readers) == 2:
            return readers
        time.sleep(0.01)
    raise AssertionError("it ended before it was interrupted")


def _is_there(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "Z (zombie)" not in status.read_text()
