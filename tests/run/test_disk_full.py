"""A disk that fills up under --home: nothing is sent that cannot be noted, and with room the run is finished."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CREDENTIALS, CommandLine, Said

LIMIT = 135_000  # bytes: the drawn tables of a run still fit, the ledger's log soon does not
STATES = ("accepted", "rejected", "unknown", "unsent")
# as a disk with no room: no file grows past the limit (setrlimit(2)); Python ignores the signal, writing fails
_WITHIN = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.argv = ["clickgen", *sys.argv[2:]]
from clickgen.cli.main import main
main()
"""


def within(clickgen: CommandLine, limit: int, *arguments: str) -> Said:
    """Run a command, with all its processes, that can write no file larger than the limit."""
    done = subprocess.run(
        [sys.executable, "-c", _WITHIN, str(limit), *arguments],
        # Python would leave half a compiled module behind, which every later process would stumble over
        env={**clickgen.environment, **CREDENTIALS, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=100,
        check=False,
    )
    said = Said(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in said.err, said.err
    return said


@pytest.mark.parametrize(
    ("pace", "events"), [("8000", 40_000), pytest.param("max", 600_000, marks=pytest.mark.slow)]
)
def test_a_run_ends_before_it_sends_what_cannot_be_noted(clickgen: CommandLine, pace: str, events: int) -> None:
    with clickgen.serving("--stream", "clicks") as endpoint:
        there = ["--stream", "clicks", "--endpoint-url", endpoint]
        options = [
            "--profile",
            "minimal",
            "--rate",
            pace,
            "--events",
            str(events),
            "--lanes",
            "16",
            "--workers",
            "1",
            "--json",
        ]
        full = within(clickgen, LIMIT, "send", *there, *options)
        assert full.code == 3, full.err
        assert "the ledger cannot be written" in full.err
        assert "make room on that disk" in full.err
        before = json.loads(full.out)
        assert before["planned"] == events == sum(before[state] for state in STATES)
        assert before["unsent"] > 0
        shown = clickgen.run("runs", "show", "--json").json
        assert {state: shown[state] for state in STATES} == {state: before[state] for state in STATES}
        resumed = clickgen.run("runs", "resume", "--unknown", "--json", env=CREDENTIALS)
        assert resumed.code == 0, resumed.err
        assert resumed.json["accepted"] == events
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    assert proof.code == 0, proof.out
    assert proof.json["delivered"] == events
    assert proof.json["duplicates"]["unexplained"] == 0
    # only what was unknown may have been sent twice
    assert proof.json["duplicates"]["explained"] <= before["unknown"]


def test_without_room_for_the_ledger_nothing_leaves(clickgen: CommandLine, tmp_path: Path) -> None:
    with clickgen.serving("--stream", "clicks", "--dir", str(tmp_path / "lake")) as endpoint:
        there = ["--stream", "clicks", "--endpoint-url", endpoint]
        full = within(clickgen, 4_000, "send", *there, "--rate", "100", "--events", "100", "--json")
    assert full.code == 3, full.err
    assert "cannot" in full.err
    assert "hint:" in full.err
    assert not [path for path in (tmp_path / "lake" / "clickgen-lake").rglob("*") if path.is_file()]
