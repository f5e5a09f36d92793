"""What an action gets to work with."""

from dataclasses import dataclass
from typing import Any

from clickgen.local.faults import Faults
from clickgen.local.pipeline import EmbeddedPipeline


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its body as parsed, the region it was signed for, and the server's state."""

    body: dict[str, Any]
    region: str
    pipeline: EmbeddedPipeline
    faults: Faults
