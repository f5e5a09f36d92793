"""Running clients against the stub, which must confirm what they claim to have sent."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from clickgen.bench.client import Spent, run_client
from clickgen.bench.stub_process import Stub
from clickgen.model.errors import EnvironmentProblem

_NOT_OURS = ("AWS_", "CLICKGEN_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@dataclass(frozen=True, slots=True)
class SendSample:
    """One client's run."""

    events: int
    cpu: float  # seconds
    parent_cpu: float | None  # seconds of its first process alone, or None if there is no /proc
    wall: float  # seconds
    event_bytes: float  # the mean size of its events, as they were received
    arrivals: Sequence[tuple[float, int]]  # for each call, when the stub had it on its own clock, and its events
    said: dict[str, object]  # what the client printed


class AgainstStub:
    """Runs clients one after another, each to a stream of its own."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._runs = 0

    def new_stream(self) -> str:
        """A new stream for every run, so that the stub counts each separately."""
        self._runs += 1
        return f"bench-{self._runs}"

    def run(self, words: Sequence[str]) -> Spent:
        """Run a module of Python with its arguments. Raises EnvironmentProblem if it fails."""
        return run_client([sys.executable, "-m", *words], self._environment())

    def sample(self, stream: str, events: int, spent: Spent, cpu: float) -> SendSample:
        """The sample of a run, if the stub confirms it; EnvironmentProblem if not."""
        said, seen = json.loads(spent.out), self._stub.tally(stream)
        confirm(events, said, seen.events, "the stub received")
        size = seen.bytes / seen.events
        return SendSample(events, cpu, spent.parent_cpu, spent.wall, size, seen.arrivals, said)

    def _environment(self) -> dict[str, str]:
        """The user's, without what would send the clients elsewhere or change what they do."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_NOT_OURS) and name.lower() not in _PROXIES
        }
        ours = {
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",  # the stub checks no signature
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        trusted = {"AWS_CA_BUNDLE": str(self._stub.certificate)} if self._stub.certificate else {}
        return {**kept, **ours, **trusted}


def confirm(events: int, said: dict[str, object], seen: int, seen_by: str) -> None:
    """EnvironmentProblem unless the client claims that many events, and as many were seen."""
    claimed = said.get("accepted", said.get("events"))
    if not claimed == seen == events:
        raise EnvironmentProblem(
            f"of {events:,} events the client claims {claimed:,} and {seen_by} {seen:,}",
            "run the benchmark again; if it happens again, it is a bug in clickgen",
        )
