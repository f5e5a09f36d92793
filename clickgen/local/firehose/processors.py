"""What a `ProcessingConfiguration` asks for, settled: which processors there are, and their parameters."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from clickgen.local.firehose.destination import DeAggregation, LambdaTransform
from clickgen.local.firehose.destination_shapes import Processing, Processor
from clickgen.local.platform.errors import invalid_argument

DEFAULT_RETRIES = 3
"""Retries of an invocation that failed if none are given [API documentation of ProcessorParameter]."""
MAX_RETRIES = 300
"""[CloudFormation's documentation of the processor; the API names no limit.]"""

DEFAULT_LAMBDA_MB = 1.0
MIN_LAMBDA_MB = 0.2
MAX_LAMBDA_MB = 3.0
"""Records of one invocation [API documentation of ProcessorParameter]."""

DEFAULT_LAMBDA_SECONDS = 60
MAX_LAMBDA_SECONDS = 900
"""How long records are gathered for one invocation [the same]."""

_PARAMETERS = {
    "Lambda": {"LambdaArn", "NumberOfRetries", "RoleArn", "BufferSizeInMBs", "BufferIntervalInSeconds"},
    "MetadataExtraction": {"MetadataExtractionQuery", "JsonParsingEngine"},
    "RecordDeAggregation": {"SubRecordType", "Delimiter"},
    "AppendDelimiterToRecord": {"Delimiter"},
    "Decompression": {"CompressionFormat"},
    "CloudWatchLogProcessing": {"DataMessageExtraction"},
}
_FUNCTION = re.compile(r"arn:[^:]+:lambda:[^:]+:[0-9]{12}:function:[a-zA-Z0-9_-]{1,140}(:[a-zA-Z0-9$_-]+)?")

Parameters = Mapping[str, str]


@dataclass(frozen=True)
class Steps:
    """What the processors do to records; every field is empty if processing is disabled."""

    decompress: bool = False
    extract_messages: bool = False  # of CloudWatch Logs
    deaggregation: DeAggregation | None = None
    transform: LambdaTransform | None = None
    append_delimiter: bool = False
    query: str | None = None  # of partition keys


def settle_processors(processing: Processing | None) -> Steps:
    """The steps that are enabled; InvalidArgumentException if a processor or parameter cannot be used."""
    if processing is None or not processing.Enabled:
        return Steps()
    found: dict[str, Parameters] = {}
    for processor in processing.Processors or []:
        if processor.Type in found:
            raise invalid_argument(f"There can be only one processor of the type {processor.Type}.")
        found[processor.Type] = _parameters(processor)
    if "CloudWatchLogProcessing" in found and "Decompression" not in found:
        raise invalid_argument("CloudWatchLogProcessing can only be enabled with Decompression.")
    transform, query = found.get("Lambda"), found.get("MetadataExtraction")
    splitting, delimiter = found.get("RecordDeAggregation"), found.get("AppendDelimiterToRecord")
    if delimiter is not None and delimiter.get("Delimiter", "\n") not in {"\n", "\\n"}:
        raise invalid_argument("AppendDelimiterToRecord: the only Delimiter is \\n.")
    return Steps(
        decompress="Decompression" in found and _decompresses(found["Decompression"]),
        extract_messages="CloudWatchLogProcessing" in found and _extracts(found["CloudWatchLogProcessing"]),
        deaggregation=None if splitting is None else _deaggregation(splitting),
        transform=None if transform is None else _transform(transform),
        append_delimiter=delimiter is not None,
        query=None if query is None else _query(query),
    )


def _parameters(processor: Processor) -> Parameters:
    known = _PARAMETERS[processor.Type]
    parameters: dict[str, str] = {}
    for parameter in processor.Parameters or []:
        if parameter.ParameterName not in known:
            raise invalid_argument(f"{parameter.ParameterName} is not a parameter of {processor.Type}.")
        if parameter.ParameterName in parameters:
            raise invalid_argument(f"{processor.Type} has the parameter {parameter.ParameterName} twice.")
        parameters[parameter.ParameterName] = parameter.ParameterValue
    return parameters


def _required(processor: str, parameters: Parameters, name: str) -> str:
    if name not in parameters:
        raise invalid_argument(f"{processor} needs the parameter {name}.")
    return parameters[name]


def _decompresses(parameters: Parameters) -> bool:
    if parameters.get("CompressionFormat", "GZIP") != "GZIP":
        raise invalid_argument("Decompression: the only CompressionFormat is GZIP.")
    return True


def _extracts(parameters: Parameters) -> bool:
    value = parameters.get("DataMessageExtraction", "true").lower()
    if value not in {"true", "false"}:
        raise invalid_argument("CloudWatchLogProcessing: DataMessageExtraction is true or false.")
    return value == "true"


def _deaggregation(parameters: Parameters) -> DeAggregation:
    kind = _required("RecordDeAggregation", parameters, "SubRecordType")
    if kind == "JSON":
        return DeAggregation(None)
    if kind != "DELIMITED":
        raise invalid_argument("RecordDeAggregation: SubRecordType is JSON or DELIMITED.")
    encoded = _required("RecordDeAggregation of the type DELIMITED", parameters, "Delimiter")
    try:
        delimiter = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        delimiter = b""
    if not delimiter:
        raise invalid_argument(f"RecordDeAggregation: the Delimiter {encoded!r} is not base64.")
    return DeAggregation(delimiter)


def _transform(parameters: Parameters) -> LambdaTransform:
    function = _required("Lambda", parameters, "LambdaArn")
    if not _FUNCTION.fullmatch(function):
        raise invalid_argument(f"Lambda: {function!r} is not the ARN of a function.")
    retries = _number("NumberOfRetries", parameters, DEFAULT_RETRIES, 0, MAX_RETRIES)
    megabytes = _number("BufferSizeInMBs", parameters, DEFAULT_LAMBDA_MB, MIN_LAMBDA_MB, MAX_LAMBDA_MB)
    seconds = _number("BufferIntervalInSeconds", parameters, DEFAULT_LAMBDA_SECONDS, 0, MAX_LAMBDA_SECONDS)
    return LambdaTransform(function, int(retries), megabytes, int(seconds))


def _number(name: str, parameters: Parameters, default: float, least: float, most: float) -> float:
    text = parameters.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not least <= value <= most or (isinstance(default, int) and value != int(value)):
        raise invalid_argument(f"Lambda: {name} must be a number from {least:g} to {most:g}, not {text!r}.")
    return value


def _query(parameters: Parameters) -> str:
    if _required("MetadataExtraction", parameters, "JsonParsingEngine") != "JQ-1.6":
        raise invalid_argument("MetadataExtraction: the only JsonParsingEngine is JQ-1.6.")
    return _required("MetadataExtraction", parameters, "MetadataExtractionQuery")
