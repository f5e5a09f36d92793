"""What of a stream's configuration affects its bill: buffers, compression, conversion, partitions, Lambda.

Read from the JSON of CreateDeliveryStream or of DescribeDeliveryStream. Defaults are those of the API
documentation (firehose 2015-08-04): 5 MiB or 300 s; 128 MiB with format conversion or dynamic partitioning; for
a Lambda 1 MiB or 60 s. Left out, `Enabled` of format conversion means on, of all else off (as observed).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from clickgen.cost.prices import checked
from clickgen.model.errors import UsageProblem
from clickgen.model.mistakes import Place, did_you_mean, place_name, read_json_object

_EXTENDED = ("ExtendedS3DestinationConfiguration", "ExtendedS3DestinationDescription")
_S3 = (*_EXTENDED, "S3DestinationConfiguration", "S3DestinationDescription")
_OUTER = ("DeliveryStreamDescription", "DeliveryStreamName", "DeliveryStreamType", "Destinations", *_S3)
_ROUNDED_SOURCES = ("DirectPut", "KinesisStreamAsSource")
_CLOSE = 0.9  # of difflib: "BufferingHint" is close to "BufferingHints", other members of the API are not


Compression = Literal["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"]


@dataclass(frozen=True, slots=True)
class BufferHints:
    """Delivered when it holds `mb` MiB before compression or after `seconds`, whichever comes first."""

    mb: float = 5
    seconds: float = 300


LARGE = BufferHints(mb=128)
LAMBDA = BufferHints(mb=1, seconds=60)


@dataclass(frozen=True, slots=True)
class StreamConfiguration:
    """A stream as far as it is billed."""

    region: str | None = None
    buffer: BufferHints = BufferHints()
    compression: Compression = "UNCOMPRESSED"
    conversion: bool = False  # to Parquet or ORC
    partitioning: bool = False
    jq: bool = False  # partition keys are found by jq
    transform: BufferHints | None = None  # the buffer of its Lambda
    backup: BufferHints | None = None  # the buffer of its source records
    backup_compression: Compression = "UNCOMPRESSED"
    packing_forbidden_because: str | None = None  # why packed records would break it


class _Shape(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, strict=True)


class _Hints(_Shape):
    SizeInMBs: Annotated[int, Field(ge=1, le=128)] | None = None
    IntervalInSeconds: Annotated[int, Field(ge=0, le=900)] | None = None

    def buffer(self, default: BufferHints) -> BufferHints:
        size, seconds = self.SizeInMBs, self.IntervalInSeconds
        return BufferHints(default.mb if size is None else size, default.seconds if seconds is None else seconds)


class _Parameter(_Shape):
    ParameterName: str
    ParameterValue: str


class _Processor(_Shape):
    Type: str
    Parameters: list[_Parameter] = []


class _Processing(_Shape):
    Enabled: bool = False
    Processors: list[_Processor] = []


class _Switch(_Shape):
    Enabled: bool | None = None


class _S3Destination(_Shape):
    BufferingHints: _Hints = _Hints()
    CompressionFormat: Compression = "UNCOMPRESSED"
    ProcessingConfiguration: _Processing = _Processing()
    DataFormatConversionConfiguration: _Switch | None = None
    DynamicPartitioningConfiguration: _Switch = _Switch()
    S3BackupMode: str = "Disabled"
    S3BackupConfiguration: "_S3Destination | None" = None
    S3BackupDescription: "_S3Destination | None" = None


def load_stream(path: Path) -> StreamConfiguration:
    """The stream that the file describes.

    Raises UsageProblem if the file cannot be read, is not such a configuration, or describes a stream that is
    billed differently: one that does not deliver to S3, or whose source is not billed by the record.
    """
    return stream_from(read_json_object(path, "the stream's configuration"), path)


def stream_from(outer: dict[str, Any], path: Path) -> StreamConfiguration:
    """The stream of such an object, which `path` holds, for errors. Raises as `load_stream` does."""
    described: Place = ()
    _check_names(outer, _OUTER, path, described)
    if isinstance(outer.get("DeliveryStreamDescription"), dict):
        outer, described = outer["DeliveryStreamDescription"], ("DeliveryStreamDescription",)
        _check_names(outer, _OUTER, path, described)
    source = outer.get("DeliveryStreamType") or "DirectPut"
    if source not in _ROUNDED_SOURCES:
        raise UsageProblem(
            f"{path}: DeliveryStreamType: {source!r} is not billed by the record",
            f"clickgen knows the bill of {' and '.join(_ROUNDED_SOURCES)}",
        )
    members, place = _s3_destination(outer, path, described)
    members = {name: value for name, value in members.items() if value is not None}
    _check_names(members, tuple(_S3Destination.model_fields), path, place)
    destination = checked(_S3Destination, members, path, place)
    hints = destination.BufferingHints.model_extra or {}
    _check_names(hints, tuple(_Hints.model_fields), path, (*place, "BufferingHints"))
    return _stream(outer, destination, path, place)


def _s3_destination(outer: dict[str, Any], path: Path, at: Place) -> tuple[dict[str, Any], Place]:
    """The destination in S3, the extended form if there are both, and its place in the file."""
    destinations = outer.get("Destinations")
    holders: list[tuple[Any, Place]] = [(outer, at)]
    if isinstance(destinations, list):
        holders += [(one, (*at, "Destinations", number)) for number, one in enumerate(destinations)]
    for holder, place in holders:
        for name in _S3:
            if isinstance(holder, dict) and isinstance(holder.get(name), dict):
                return holder[name], (*place, name)
    raise UsageProblem(
        f"{path}: it has no destination in S3",
        "give what CreateDeliveryStream takes, with ExtendedS3DestinationConfiguration, "
        "or what DescribeDeliveryStream answers",
    )


def _check_names(members: dict[str, Any], known: tuple[str, ...], path: Path, at: Place) -> None:
    """Refuse a name that is close to one that matters; the API has many more, which do not change the bill."""
    for name in members:
        meant = "" if name in known else did_you_mean(name, known, _CLOSE)
        if meant:
            raise UsageProblem(f"{path}: {place_name((*at, name))}: unknown key{meant}", "fix the name of the key")


def _stream(outer: dict[str, Any], destination: _S3Destination, path: Path, at: Place) -> StreamConfiguration:
    conversion = destination.DataFormatConversionConfiguration
    converts = conversion is not None and conversion.Enabled is not False
    partitions = bool(destination.DynamicPartitioningConfiguration.Enabled)
    processing = destination.ProcessingConfiguration
    kinds = {one.Type: one for one in processing.Processors} if processing.Enabled else {}
    backup = destination.S3BackupConfiguration or destination.S3BackupDescription or _S3Destination()
    arn = str(outer.get("DeliveryStreamARN") or "").split(":")
    return StreamConfiguration(
        region=arn[3] if len(arn) > 3 and arn[3] else None,
        buffer=destination.BufferingHints.buffer(LARGE if converts or partitions else BufferHints()),
        compression=destination.CompressionFormat,
        conversion=converts,
        partitioning=partitions,
        jq="MetadataExtraction" in kinds and partitions,
        transform=_lambda_buffer(kinds["Lambda"], path, at) if "Lambda" in kinds else None,
        backup=backup.BufferingHints.buffer(BufferHints()) if destination.S3BackupMode == "Enabled" else None,
        backup_compression=backup.CompressionFormat,
        packing_forbidden_because=_unpackable(set(kinds), partitions),
    )


def _lambda_buffer(processor: _Processor, path: Path, at: Place) -> BufferHints:
    """The buffer of a Lambda: its parameters are text, from 0.2 to 3 MiB and from 0 to 900 s."""
    given = {parameter.ParameterName: parameter.ParameterValue for parameter in processor.Parameters}
    found = {}
    for name, least, most in (("BufferSizeInMBs", 0.2, 3.0), ("BufferIntervalInSeconds", 0.0, 900.0)):
        if name not in given:
            continue
        try:
            found[name] = float(given[name])
        except ValueError:
            found[name] = -1.0
        if not least <= found[name] <= most:
            place = place_name((*at, "ProcessingConfiguration", "Processors"))
            raise UsageProblem(
                f"{path}: {place}: {name} of the Lambda is {given[name]!r}, "
                f"not a number from {least:g} to {most:g}",
                "fix the value",
            )
    return BufferHints(
        found.get("BufferSizeInMBs", LAMBDA.mb), found.get("BufferIntervalInSeconds", LAMBDA.seconds)
    )


def _unpackable(kinds: set[str], partitions: bool) -> str | None:
    if "RecordDeAggregation" in kinds:
        return None
    if "Lambda" in kinds:
        return "its transform Lambda gets records, and the usual one parses one event a record"
    return "it partitions dynamically without de-aggregation" if partitions else None
