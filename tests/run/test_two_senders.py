"""Two processes that want to finish the same run: one does, and no event leaves twice because of the other."""

import json
import os
import signal
import subprocess
import time

import pytest

from clickgen.cost.bill import load_prices
from clickgen.ledger.folder import Home
from clickgen.ledger.reader import read_claims
from clickgen.model.errors import EnvironmentProblem
from clickgen.run.leases import what_is_left
from clickgen.run.run import Run
from clickgen.run.stop import RunTerms
from clickgen.run.targets.registry import tariff_of
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.under_way import sending

EVENTS = 16_000


def left_in_the_middle(clickgen: CommandLine, endpoint: str) -> None:
    """A run that was killed when about a third of it was sent."""
    clickgen.environment.update(CREDENTIALS)
    there = ["--stream", "clicks", "--endpoint-url", endpoint]
    running = sending(clickgen, "send", *there, "--rate", "4000", "--events", str(EVENTS), "--lanes", "2")
    time.sleep(1.5)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()


def is_verified(clickgen: CommandLine, copies: int) -> None:
    """Everything is there, and no more was sent again than was unknown."""
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    assert proof.code == 0, proof.out + proof.err
    assert proof.json["delivered"] == EVENTS
    assert proof.json["duplicates"]["unexplained"] == 0
    assert proof.json["duplicates"]["explained"] <= copies


@pytest.mark.slow
def test_of_two_that_resume_at_the_same_moment_one_goes_on(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "clicks") as endpoint:
        left_in_the_middle(clickgen, endpoint)
        unknown = clickgen.run("runs", "show", "--json").json["unknown"]
        both: list[subprocess.Popen[bytes]] = [
            clickgen.start("runs", "resume", "--unknown", "--json") for _ in range(2)
        ]
        said = [(running.communicate(timeout=60), running.returncode) for running in both]
    assert sorted(code for _, code in said) == [0, 3], said
    for (out, err), code in said:
        assert b"Traceback" not in err, err
        if code == 0:
            assert json.loads(out)["accepted"] == EVENTS
        else:
            assert b"is held by another process" in err
    is_verified(clickgen, unknown)


@pytest.mark.slow
def test_one_that_hesitated_does_not_send_what_another_has_sent_meanwhile(clickgen: CommandLine) -> None:
    """As after a question that is answered an hour later: what was left then is not left now."""
    with clickgen.serving("--stream", "clicks") as endpoint:
        left_in_the_middle(clickgen, endpoint)
        unknown = clickgen.run("runs", "show", "--json").json["unknown"]
        folder = Home(clickgen.home).find_run(None)
        plan = folder.read_plan()
        left = what_is_left(read_claims(folder, plan), plan, rejected=False, unknown=True)
        assert clickgen.run("runs", "resume", "--unknown").code == 0
        tariff = tariff_of(plan.destination, load_prices())
        late = Run(folder, plan, RunTerms(1.0, tariff), left=left)
        with pytest.raises(EnvironmentProblem, match="went on meanwhile"):
            late.go()
    is_verified(clickgen, unknown)
