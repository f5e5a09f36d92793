"""The wire breaks while `send` runs: the account closes, nothing accepted is missing, every copy is explained."""

import json
import os
import signal
import subprocess
import time
from typing import Any

import pytest

from tests.conftest import CREDENTIALS, CommandLine
from tests.support.fault_proxy import CALM, Break, Weather, fault_proxy
from tests.support.under_way import sending

EVENTS = 12_000
STATES = ("accepted", "rejected", "unknown", "unsent")


@pytest.fixture(autouse=True)
def credentials(clickgen: CommandLine) -> None:
    """Any will do on loopback."""
    clickgen.environment.update(CREDENTIALS)


def to(endpoint: str, *options: str) -> list[str]:
    """`send` through that endpoint."""
    return ["send", "--stream", "clicks", "--endpoint-url", endpoint, "--workers", "1", "--json", *options]


def closes(account: dict[str, Any]) -> bool:
    """Whether every planned event is in one state."""
    return bool(account["planned"] == sum(account[state] for state in STATES))


def ended(running: "subprocess.Popen[bytes]", code: int) -> dict[str, Any]:
    """The account of a run that ends with that code."""
    out, err = running.communicate(timeout=60)
    assert running.returncode == code, err
    assert b"Traceback" not in err, err
    account: dict[str, Any] = json.loads(out)
    assert closes(account)
    return account


def witnessed(clickgen: CommandLine, account: dict[str, Any]) -> dict[str, Any]:
    """What verification says once the server has flushed: accepted ⊆ stored ⊆ attempted."""
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    found: dict[str, Any] = proof.json
    # a run of which nothing was accepted proves nothing, whatever of it arrived
    expected = (0, "verified") if account["accepted"] else (4, "incomplete")
    assert (proof.code, found["verdict"]) == expected, proof.out + proof.err
    assert found["delivered"] == account["accepted"]
    assert found["recovered"] <= account["unknown"] + account["rejected"]
    assert found["missing"] == found["conflicting"] == found["duplicates"]["unexplained"] == 0
    return found


@pytest.mark.parametrize(
    ("weather", "may_double"),
    [
        pytest.param(Weather(Break.RESET_REQUEST, share=0.6, seed=1), False, marks=pytest.mark.slow),
        (Weather(Break.RESET_ANSWER, share=0.8, within=40_000, seed=2), True),
        pytest.param(Weather(Break.STALL_REQUEST, share=0.5, seconds=1.0, seed=3), False, marks=pytest.mark.slow),
        (Weather(Break.STALL_ANSWER, share=0.5, within=40_000, seconds=1.0, seed=4), False),
        (Weather(Break.HALF_CLOSE, share=0.5, seed=5), True),
        pytest.param(
            Weather(Break.SLOW, share=0.5, bytes_a_second=1_000_000, seed=6), False, marks=pytest.mark.slow
        ),
    ],
    ids=lambda value: value.kind.value if isinstance(value, Weather) else "",
)
def test_a_broken_line_loses_nothing(clickgen: CommandLine, weather: Weather, may_double: bool) -> None:
    with clickgen.serving("--stream", "clicks") as endpoint, fault_proxy(endpoint, weather) as proxy:
        sent = clickgen.run(*to(proxy.url, "--rate", "max", "--events", str(EVENTS)))
    assert proxy.injected > 0
    account = sent.json
    assert sent.code == (4 if account["unknown"] else 0), sent.err
    assert closes(account)
    assert account["planned"] == EVENTS
    assert account["rejected"] == account["unsent"] == 0
    copies = witnessed(clickgen, account)["duplicates"]["explained"]
    assert (copies > 0) is may_double
    if may_double:
        assert account["attempts"] > account["batches"]


def test_an_endpoint_that_goes_and_comes_back_costs_no_event(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "clicks") as endpoint, fault_proxy(endpoint, CALM) as proxy:
        running = sending(clickgen, *to(proxy.url, "--rate", "3000", "--events", "12000"))
        time.sleep(0.5)
        proxy.go()
        time.sleep(2.0)
        proxy.come()
        account = ended(running, 0)
    assert account["accepted"] == EVENTS
    assert account["latency_ms"]["max"] >= 1_500  # open loop: what was due meanwhile counts from then
    witnessed(clickgen, account)


def test_an_endpoint_that_stays_away_leaves_the_rest_unsent(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "clicks") as endpoint, fault_proxy(endpoint, CALM) as proxy:
        options = ("--rate", "4000", "--events", "16000", "--give-up-after", "1s")
        running = sending(clickgen, *to(proxy.url, *options))
        time.sleep(0.5)
        proxy.go()
        account = ended(running, 3)
        assert account["unsent"] > 0
        assert account["rejected"] == 0
        proxy.come()
        again = clickgen.run("runs", "resume", "--unknown", "--json")
    assert again.code == 0, again.err
    assert again.json["accepted"] == 16_000
    witnessed(clickgen, again.json)


@pytest.mark.parametrize("twice", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_line_that_is_silent_for_ever_does_not_hold_up_a_stop(clickgen: CommandLine, twice: bool) -> None:
    with clickgen.serving("--stream", "clicks") as endpoint, fault_proxy(endpoint, CALM) as proxy:
        options = ("--rate", "2000", "--events", "60000", "--grace", "20s" if twice else "1s")
        running = sending(clickgen, *to(proxy.url, *options))
        proxy.weather = Weather(Break.STALL_ANSWER, within=2)
        proxy.go()
        proxy.come()
        while not proxy.injected:
            assert running.poll() is None
            time.sleep(0.05)
        began = time.monotonic()
        for _ in range(1 + twice):
            os.killpg(running.pid, signal.SIGINT)
            time.sleep(0.2)
        account = ended(running, 130)
        assert time.monotonic() - began < 10
    assert account["unknown"] > 0
    assert witnessed(clickgen, account)["recovered"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Break.STALL_REQUEST, Break.STALL_ANSWER])
def test_a_call_that_is_silent_for_ever_is_tried_again(clickgen: CommandLine, kind: Break) -> None:
    """The client's read timeout is 30 s (clickgen/sink/aws.py); a minute is the server's patience at most."""
    weather = Weather(kind, share=0.5, within=40_000, seed=8)
    with clickgen.serving("--stream", "clicks") as endpoint, fault_proxy(endpoint, weather) as proxy:
        sent = clickgen.run(*to(proxy.url, "--rate", "max", "--events", "4000"), timeout=200)
        assert proxy.injected > 0
    assert sent.code == (4 if sent.json["unknown"] else 0), sent.err
    assert closes(sent.json)
    assert sent.json["seconds"] < 130
    witnessed(clickgen, sent.json)
