"""What the streams of a server work with beside their lake: the clock, faults, and the services they may ask."""

from dataclasses import dataclass, field

from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.faults import FaultBoard, ServiceFaults
from clickgen.local.platform.links import Catalogue, Functions, Metrics, Objects, RecordStreams, Warehouse


@dataclass(frozen=True)
class Surroundings:
    """The clock, what goes wrong on request, and each service that is there; None for one that is not."""

    clock: ServiceClock = field(default_factory=ServiceClock)
    faults: ServiceFaults = field(default_factory=lambda: ServiceFaults(FaultBoard(), "firehose"))
    functions: Functions | None = None  # transform records
    streams: RecordStreams | None = None  # Kinesis, as a source
    catalogue: Catalogue | None = None  # has the schemas of format conversion
    warehouse: Warehouse | None = None  # Redshift, as a destination
    objects: Objects | None = None  # learns of the objects that are delivered
    metrics: Metrics | None = None  # learns of the counts
