"""What every part of a running stream works with."""

from dataclasses import dataclass
from pathlib import Path

from clickgen.local.firehose.counts import StreamCounts
from clickgen.local.firehose.patience import Patience
from clickgen.local.firehose.surroundings import Surroundings
from clickgen.local.platform.lake import Lake


@dataclass(frozen=True)
class StreamIdentity:
    """What objects, events and requests say of a stream."""

    name: str
    arn: str
    region: str


@dataclass(frozen=True)
class StreamContext:
    """One running stream."""

    stream: StreamIdentity
    folder: Path  # its state and spools
    lake: Lake
    surroundings: Surroundings
    patience: Patience
    counts: StreamCounts
