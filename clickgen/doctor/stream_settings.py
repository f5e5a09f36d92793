"""What of a described Firehose stream an examination looks at."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clickgen.verify.landings.objects.prefix import static_prefix

_DEFAULT_TRANSFORM = (1.0, 60.0)  # MiB and seconds [Firehose API reference, Processor]
_DEFAULT_BUFFER = (5, 300)  # the same of BufferingHints
_PROCESSING_FAILED = "processing-failed/"


@dataclass(frozen=True)
class StreamSettings:
    """A stream's settings."""

    direct: bool  # its source is direct puts
    bucket: str  # where objects go; of a warehouse, its staging
    prefix: str
    error_prefix: str
    mb: int  # the size of a delivery
    seconds: float  # and how long it is gathered
    compression: str
    transform: str | None  # the name of its function
    transform_mb: float
    transform_s: float
    converts: tuple[str, str] | None  # the database and table whose format objects get
    partitions: bool
    delimiter: bool
    warehouse: bool

    @property
    def words(self) -> str:
        """Its buffer and what it does, for people."""
        does = ["transforms"] * (self.transform is not None) + ["converts"] * (self.converts is not None)
        does += ["partitions"] * self.partitions
        return ", ".join([f"buffers {self.mb} MiB or {self.seconds:g} s", *does])

    @cached_property
    def compared(self) -> Mapping[str, Any]:
        """What has to be as in the pipeline file, whatever the names of the resources."""
        return {
            "Prefix": self.prefix,
            "ErrorOutputPrefix": self.error_prefix,
            "SizeInMBs": self.mb,
            "IntervalInSeconds": self.seconds,
            "CompressionFormat": self.compression,
            "a Lambda": self.transform is not None,
            "format conversion": self.converts is not None,
            "dynamic partitioning": self.partitions,
            "AppendDelimiterToRecord": self.delimiter,
        }

    @property
    def failed_below(self) -> str:
        """What the keys of records that failed begin with."""
        if self.error_prefix:
            return static_prefix(self.error_prefix)
        return "errors/" if self.warehouse else f"{static_prefix(self.prefix)}{_PROCESSING_FAILED}"


def settings_of(description: Mapping[str, Any]) -> StreamSettings:
    """The settings of a DeliveryStreamDescription."""
    destination: Mapping[str, Any] = next(iter(description.get("Destinations", [])), {})
    redshift = destination.get("RedshiftDestinationDescription")
    outer: Mapping[str, Any] = redshift or destination.get("ExtendedS3DestinationDescription") or {}
    s3 = _inner(redshift) if redshift else outer or destination.get("S3DestinationDescription", {})
    hints = s3.get("BufferingHints", {})
    processors = _processors(outer)
    values = processors.get("Lambda", {})
    conversion = outer.get("DataFormatConversionConfiguration") or {}
    schema = conversion.get("SchemaConfiguration", {})
    arn = values.get("LambdaArn")
    return StreamSettings(
        direct=description.get("DeliveryStreamType", "DirectPut") == "DirectPut",
        bucket=str(s3.get("BucketARN", "")).rpartition(":")[2],
        prefix=s3.get("Prefix") or "",
        error_prefix=s3.get("ErrorOutputPrefix") or "",
        mb=int(hints.get("SizeInMBs", _DEFAULT_BUFFER[0])),
        seconds=float(hints.get("IntervalInSeconds", _DEFAULT_BUFFER[1])),
        compression=s3.get("CompressionFormat") or "UNCOMPRESSED",
        transform=None if arn is None else arn.partition(":function:")[2].partition(":")[0],
        transform_mb=float(values.get("BufferSizeInMBs", _DEFAULT_TRANSFORM[0])),
        transform_s=0.0 if arn is None else float(values.get("BufferIntervalInSeconds", _DEFAULT_TRANSFORM[1])),
        converts=(schema.get("DatabaseName", ""), schema.get("TableName", ""))
        if conversion.get("Enabled")
        else None,
        partitions=bool((outer.get("DynamicPartitioningConfiguration") or {}).get("Enabled")),
        delimiter="AppendDelimiterToRecord" in processors,
        warehouse=redshift is not None,
    )


def _inner(redshift: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where a stream to a warehouse stages: the two forms of the API have different names for it."""
    found: Mapping[str, Any] = redshift.get("S3DestinationDescription") or redshift.get("S3Configuration") or {}
    return found


def _processors(outer: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The values of each processor, by its type."""
    processing = outer.get("ProcessingConfiguration") or {}
    return {
        processor["Type"]: {one["ParameterName"]: one["ParameterValue"] for one in processor.get("Parameters", [])}
        for processor in (processing.get("Processors", []) if processing.get("Enabled") else [])
    }
