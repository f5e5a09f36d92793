"""Homes as an attacker would plant them in a repository: each trick makes clickgen write outside of the home."""

import json
import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xxhash import xxh3_64_intdigest

from clickgen.ledger.folder import RunFolder
from clickgen.ledger.store import LedgerWriter
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.model.plan import Place, Plan
from tests.support.snapshots import RUN, a_plan

PAYLOAD = b'{"command": "curl attacker"}\n'
_STREAM = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Hostile:
    """A planted home, and the folder of whoever clones it. precious: a file that is there already."""

    home: Path
    victim: Path

    @property
    def precious(self) -> Path:
        return self.victim / "precious"

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    @property
    def state(self) -> Path:
        return self.lake / ".firehose"

    @property
    def stream(self) -> Path:
        return self.state / "streams" / _STREAM

    @property
    def run(self) -> Path:
        return self.home / "runs" / RUN

    def plan(self, **changes: Any) -> None:
        """Replace the plan of the run, which has 100 of its 200 events left to send."""
        (self.run / "plan.json").write_text(self._plan(**changes).model_dump_json())

    def settings(self, name: str = "clicks", **changes: Any) -> None:
        """Replace the settings of the lake's stream."""
        destination = {
            "role_arn": "arn:aws:iam::000000000000:role/clickgen-local",
            "bucket_arn": "arn:aws:s3:::clickgen-lake",
            "prefix": None,
            "error_prefix": None,
            "buffer_mb": 1,
            "buffer_seconds": 60,
            "gzip": False,
            "file_extension": None,
            "time_zone": None,
            "append_delimiter": False,
            "logging": None,
        }
        state = {"name": name, "region": "us-east-1", "created": 1.0, "status": "ACTIVE"}
        state["destination"] = destination | changes
        (self.stream / "stream.json").write_text(json.dumps(state))

    def spool(self, bucket: str = "clickgen-lake", key: str = "2026/x", *, packed: bool = False) -> None:
        """Leave records behind that are to be delivered there."""
        place = json.dumps({"bucket": bucket, "key": key, "gzip": packed}).encode() + b"\n"
        entry = struct.pack("<IIQ", len(PAYLOAD), 1, xxh3_64_intdigest(PAYLOAD))
        (self.stream / "000000000001.journal").write_bytes(place + entry)
        (self.stream / "000000000001.data").write_bytes(PAYLOAD)

    def link(self, path: Path, target: Path) -> None:
        """A symbolic link in place of what is at that path."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def outside(self) -> dict[str, bytes]:
        """Everything in the victim's folder."""
        found = sorted(path for path in self.victim.rglob("*") if path.is_file())
        return {str(path.relative_to(self.victim)): path.read_bytes() for path in found}

    def lay(self) -> None:
        """A home that is as clickgen would make it, without a trick."""
        self.victim.mkdir(parents=True)
        self.precious.write_bytes(b"precious\n")
        (self.victim / "folder").mkdir()
        self.run.mkdir(parents=True, mode=0o700)
        self.stream.mkdir(parents=True, mode=0o700)
        self.plan()
        ledger = LedgerWriter(RunFolder(self.run).ledger_file)
        ledger.lease([Lease(0, 0, 100)])
        ledger.note([Outcome(0, 0, 100, State.ACCEPTED, 1, 1, 2)])
        ledger.close()
        self.settings()
        self.spool()

    def _plan(self, **changes: Any) -> Plan:
        plan = a_plan(rate=None, planned=200, duration_s=None, command="send")
        place = (
            None
            if plan.place is None
            else plan.place.model_copy(update={"lake": str(self.lake.resolve()), "bucket": "clickgen-lake"})
        )
        return plan.model_copy(update={"place": place, **changes})


Trick = Callable[[Hostile], None]


def _bucket_is_a_link(h: Hostile) -> None:
    h.spool()
    h.link(h.lake / "clickgen-lake", h.victim)


def _folder_is_a_link(h: Hostile) -> None:
    h.spool()
    h.link(h.lake / "clickgen-lake" / "2026", h.victim)


def _elsewhere(name: str) -> Trick:
    """What is of that name in the run is a link to itself in the victim's folder."""

    def trick(h: Hostile) -> None:
        path = h.run / name
        shutil.move(path, h.victim / path.name)
        h.link(path, h.victim / path.name)

    return trick


SPOOLS: dict[str, Trick] = {
    "key climbs": lambda h: h.spool(key="../../../../victim/new"),
    "key is absolute": lambda h: h.spool(key=str(h.victim / "new")),
    "bucket climbs": lambda h: h.spool(bucket="../../..", key="victim/new"),
    "bucket is absolute": lambda h: h.spool(bucket=str(h.victim), key="new"),
    "packed key climbs": lambda h: h.spool(key="../../../../victim/new.gz", packed=True),
    "key into the state": lambda h: h.spool(bucket=".firehose", key="streams/new"),
    "bucket is a link": _bucket_is_a_link,
    "folder of the key is a link": _folder_is_a_link,
    "data is a link": lambda h: h.link(h.stream / "000000000001.data", h.precious),
    "journal is a link": lambda h: h.link(h.stream / "000000000001.journal", h.precious),
}
"""What a drain or a server would deliver."""

STATES: dict[str, Trick] = {
    "prefix climbs": lambda h: h.settings(prefix="../../../victim/!{timestamp:yyyy}/"),
    "prefix is absolute": lambda h: h.settings(prefix=f"{h.victim}/!{{timestamp:yyyy}}/"),
    "bucket of the stream climbs": lambda h: h.settings(bucket_arn="arn:aws:s3:::../../../victim"),
    "name of the stream climbs": lambda h: h.settings(name="../../../../../../victim/new"),
    "extension climbs": lambda h: h.settings(file_extension="/../../../../../../victim/new"),
    "settings are a link": lambda h: h.link(h.stream / "stream.json", h.precious),
    "lock is a link": lambda h: h.link(h.state / "lock", h.precious),
    "aside is a link": lambda h: h.link(h.state / "aside", h.victim),
    "streams is a link": lambda h: h.link(h.state / "streams", h.victim),
    "stream is a link": lambda h: h.link(h.stream, h.victim),
    "state is a link": lambda h: h.link(h.state, h.victim),
}
"""What a server would act upon."""

RUNS: dict[str, Trick] = {
    "run is a link": _elsewhere("."),
    "lock of the run is a link": lambda h: h.link(h.run / "lock", h.precious),
    "ledger is a link": _elsewhere("ledger.db"),
    "plan is a link": _elsewhere("plan.json"),
    "timeline is a link": lambda h: h.link(h.run / "timeline.jsonl", h.precious),
    "skipped is a link": lambda h: h.link(h.run / "skipped.jsonl", h.precious),
    "kept verifications are a link": lambda h: h.link(h.run / "verifications", h.victim),
    "what was found is a link": lambda h: h.link(h.run / "sidecars", h.victim),
    "plan is of another run": lambda h: h.plan(run="../../../victim"),
    "bucket of the plan climbs": lambda h: h.plan(place=Place(bucket="../../../victim", lake=str(h.lake))),
    "lake of the plan climbs": lambda h: h.plan(place=Place(bucket="lake", lake=f"{h.lake}/../../../victim")),
    "prefix of the plan climbs": lambda h: h.plan(place=Place(bucket="lake", prefix="../../", lake=str(h.lake))),
}
"""What looking at a run, or resuming it, would write to."""
