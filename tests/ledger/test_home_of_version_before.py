"""A home that the version before wrote is accepted once, and then read, verified and resumed.

The archive holds what it left: a run of 40 events that ended, and one of 800 that was killed after some seconds.
"""

import shutil
import tarfile
from pathlib import Path

import pytest

from tests.conftest import CommandLine

ARCHIVE = Path(__file__).with_name("home_of_version_before.tar.gz")
ENDED, KILLED = "0a1b2c3d4e5f", "0a1b2c3d4e60"


def unpack(clickgen: CommandLine) -> None:
    """Put the home where the command line looks for it."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(clickgen.home.parent / "unpacked", filter="data")
    shutil.move(clickgen.home.parent / "unpacked" / "home", clickgen.home)


def test_runs_of_the_version_before_are_verified_and_resumed(clickgen: CommandLine) -> None:
    unpack(clickgen)
    refused = clickgen.run("runs", "list")
    assert refused.code == 3
    assert f"clickgen trust {clickgen.home}" in refused.err
    assert clickgen.run("trust", str(clickgen.home), "--yes").code == 0
    listed = clickgen.run("runs", "list", "--json")
    assert {run["run"]: run["state"] for run in listed.json["runs"]} == {ENDED: "finished", KILLED: "crashed"}

    ended = clickgen.run("verify", "s3", "delivery", ENDED, "--json")
    assert (ended.code, ended.json["verdict"], ended.json["delivered"]) == (0, "verified", 40), ended.err

    killed = clickgen.run("verify", "s3", "delivery", KILLED, "--json", "--wait", "0s")
    assert (killed.code, killed.json["verdict"]) == (4, "incomplete"), killed.err
    assert (killed.json["accepted"], killed.json["unknown"], killed.json["unsent"]) == (46, 111, 643)
    assert f"clickgen runs resume {KILLED}" in killed.err


@pytest.mark.walks
def test_a_run_that_the_version_before_left_behind_goes_on(clickgen: CommandLine) -> None:
    unpack(clickgen)
    assert clickgen.run("trust", str(clickgen.home), "--yes").code == 0
    resumed = clickgen.run("runs", "resume", KILLED, "--unknown", "--json")
    assert resumed.code == 0, resumed.err
    assert (resumed.json["planned"], resumed.json["accepted"]) == (800, 800)
    proved = clickgen.run("verify", "s3", "delivery", KILLED, "--json")
    assert (proved.code, proved.json["verdict"], proved.json["delivered"]) == (0, "verified", 800), proved.err
    assert proved.json["duplicates"]["unexplained"] == 0
