"""What `clickgen bench send`, `replay`, `verify` and `learn` measure, by name, and what each is compared to."""

from collections.abc import Collection
from dataclasses import dataclass

GZIP_IDS = "gzip_ids"
GZIP_CONTENT = "gzip_content"
PARQUET = "parquet"
AGAIN = "again_with_sidecars"
UNION = "union"
VERIFY_NAMES = (GZIP_IDS, GZIP_CONTENT, PARQUET, AGAIN, UNION)
COMPARED_TO = {AGAIN: GZIP_CONTENT}


@dataclass(frozen=True, slots=True)
class Way:
    """One client that sends."""

    share: float  # its events as a share of --events, so that all take a similar time
    tls: bool = False
    pack: bool = False
    workers: int = 1
    ordinary: bool = False  # the loop over boto3 rather than clickgen
    http: bool = False  # a JSON array posted to a collector rather than a call of Firehose


WAYS = {
    "baseline": Way(0.1, ordinary=True),
    "baseline_tls": Way(0.1, ordinary=True, tls=True),
    "unpacked": Way(0.5),
    "packed": Way(1.0, pack=True),
    "unpacked_tls": Way(0.5, tls=True),
    "packed_tls": Way(1.0, tls=True, pack=True),
    "http": Way(1.0, http=True),
    # twice one worker's, so that each worker sends as many
    "two_workers": Way(2.0, pack=True, workers=2),
}
HELD_RATE = "held_rate"
STAGES = "stages"
NAMES = (*WAYS, HELD_RATE, STAGES)


def with_needed(chosen: Collection[str]) -> tuple[str, ...]:
    """The chosen names with those that they are compared to, in the order in which they run."""
    needed = set(chosen)
    if needed & {"two_workers", STAGES, "http"}:
        needed.add("packed")
    return tuple(name for name in NAMES if name in needed)


def needs_tls(chosen: Collection[str]) -> bool:
    """Whether any of them speaks TLS."""
    return any(WAYS[name].tls for name in chosen if name in WAYS)


@dataclass(frozen=True, slots=True)
class ReplayWay:
    """One client that sends a recording."""

    share: float = 1.0  # of the recording, so that all take a similar time
    pack: bool = False
    workers: int = 1
    to_file: bool = False
    ordinary: bool = False  # a loop over boto3 rather than clickgen


LOOP, LOOP_WITH_IDS = "loop", "loop_with_ids"
REPLAY_WAYS = {
    LOOP: ReplayWay(share=0.2, ordinary=True),
    LOOP_WITH_IDS: ReplayWay(share=0.2, ordinary=True),
    "unpacked": ReplayWay(),
    "packed": ReplayWay(pack=True),
    "two_workers": ReplayWay(pack=True, workers=2),
    "file": ReplayWay(to_file=True),
}


@dataclass(frozen=True, slots=True)
class LearnWay:
    """One reading of a recording."""

    words: str  # for people
    file: str = "json.jsonl"  # what is read, by its ending
    schema: str = "flat"


JSON_LOOP, LEARN_WHOLE = "loop", "whole"
LEARN_WAYS = {
    JSON_LOOP: LearnWay("json.loads"),
    "json": LearnWay("JSON lines"),
    "gzip": LearnWay("the same, gzip", file="gzip.jsonl.gz"),
    "csv": LearnWay("CSV", file="csv.csv"),
    "log": LearnWay("access log", file="log.jsonl", schema="combined"),
    LEARN_WHOLE: LearnWay("whole learn"),
}
