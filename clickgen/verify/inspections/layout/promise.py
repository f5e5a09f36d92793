"""What a stream's configuration promises of the objects that it writes."""

import re
from dataclasses import dataclass
from typing import Any

from clickgen.model.plan import Place as PlannedPlace
from clickgen.model.plan import Plan

MIB = 1 << 20

_EXTENSIONS = {
    "UNCOMPRESSED": ("",),
    "GZIP": (".gz",),
    "ZIP": (".zip",),
    "Snappy": (".snappy",),
    "HADOOP_SNAPPY": (".hsnappy", ".snappy"),  # the guide says the first, the service was seen to write the other
}
_CUSTOM_EXTENSION = re.compile(r"(?:\.[0-9a-z!\-_.*'()]+)?")
_CONVERTED = {"ParquetSerDe": "parquet", "OrcSerDe": "orc"}


@dataclass(frozen=True, slots=True)
class LayoutPromise:
    """A stream's promises."""

    place: PlannedPlace  # bucket, prefixes, compression, buffer hints
    stream: str | None  # its name in the keys, or None if no stream wrote the objects
    prefixed: bool = True  # whether keys begin as `place` says; a copy elsewhere has prefixes of its own
    extension: str | None = None  # of the keys, or None if it is not known
    converted: str | None = None  # "parquet" or "orc" if the stream converts

    @property
    def buffer_bytes(self) -> int:
        """Bytes before compression at which an object is closed."""
        return self.place.buffer_mb * MIB

    def takes_extension(self, extension: str) -> bool:
        """Whether a key may have this extension."""
        if self.extension is not None:
            return extension == self.extension
        if self.converted is not None:
            return extension == f".{self.converted}"
        own = _EXTENSIONS.get(self.place.compression, ("",))
        # the configured extension is not known, and may be the user's own
        return extension in own or _CUSTOM_EXTENSION.fullmatch(extension) is not None

    @property
    def extension_words(self) -> str:
        """How keys are promised to end."""
        if self.extension is not None or self.converted is not None:
            return self.extension or f".{self.converted}"
        return " or ".join(_EXTENSIONS.get(self.place.compression, ("",))) or "no extension"


def promise_of(plan: Plan, stream: PlannedPlace | None) -> LayoutPromise:
    """What the run's plan knows. stream: where it delivers, or None if objects are looked for elsewhere."""
    name = plan.destination.stream if plan.destination.kind == "firehose" else None
    place = stream or plan.place
    if place is None:
        return LayoutPromise(PlannedPlace(bucket=""), None, prefixed=False)
    return LayoutPromise(place, name, prefixed=stream is not None)


def described_promise(plan: Plan, place: PlannedPlace, description: dict[str, Any]) -> LayoutPromise:
    """What the stream is configured for now. description: DeliveryStreamDescription of DescribeDeliveryStream.

    place: where it delivers.
    """
    destination: dict[str, Any] = next(iter(description.get("Destinations", [])), {})
    s3: dict[str, Any] = destination.get("ExtendedS3DestinationDescription") or {}
    conversion: dict[str, Any] = s3.get("DataFormatConversionConfiguration") or {}
    converted = None
    if conversion and conversion.get("Enabled") is not False:  # without it conversion is on, as observed
        serializer = (conversion.get("OutputFormatConfiguration") or {}).get("Serializer") or {}
        converted = next(
            (form for name, form in _CONVERTED.items() if serializer.get(name) is not None), "parquet"
        )
    extension = s3.get("FileExtension") or None
    return LayoutPromise(place, plan.destination.stream, extension=extension, converted=converted)
