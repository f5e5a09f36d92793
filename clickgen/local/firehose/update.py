"""UpdateDestination: what is given is merged with what there is, and the result has to be valid as a whole.

Members that are not given stay. Structures are merged member by member, except those that are one choice among
several or, like the processors, replaced whole by the service. Another kind of destination is not merged at all.
"""

from typing import Any

from clickgen.local.firehose.requests import UpdateRequest
from clickgen.local.firehose.state import StreamState
from clickgen.local.platform.errors import ServiceError, invalid_argument

Members = dict[str, Any]

_KINDS = {
    "S3DestinationUpdate": "ExtendedS3DestinationConfiguration",
    "ExtendedS3DestinationUpdate": "ExtendedS3DestinationConfiguration",
    "RedshiftDestinationUpdate": "RedshiftDestinationConfiguration",
    "HttpEndpointDestinationUpdate": "HttpEndpointDestinationConfiguration",
}
_RENAMED = {"S3BackupUpdate": "S3BackupConfiguration", "S3Update": "S3Configuration"}
_REPLACED_WHOLE = {
    *("ProcessingConfiguration", "EncryptionConfiguration", "Deserializer", "Serializer"),
    *("ColumnToJsonKeyMappings", "CloudWatchLoggingOptions"),
}


def updated_settings(state: StreamState, request: UpdateRequest) -> Members:
    """The settings of the stream after the update; the service's errors if it cannot be."""
    updates = [(kind, getattr(request, member)) for member, kind in _KINDS.items()]
    given = {kind: update for kind, update in updates if update is not None}
    if len(given) != 1:
        raise invalid_argument("Exactly one destination update is supported for a Firehose.")
    ((kind, update),) = given.items()
    for unknown in request.model_extra or {}:
        raise invalid_argument(f"The embedded pipeline does not support {unknown}.")
    destinations = set(_KINDS.values()) | {"S3DestinationConfiguration"}
    others = {member: value for member, value in state.settings.items() if member not in destinations}
    present = _present(state.settings, kind)
    merged = _merged(present, update)
    _check_what_stays(present, merged)
    return others | {kind: merged}


def check_version(state: StreamState, version: str) -> None:
    """ConcurrentModificationException unless the client has seen the latest version."""
    if version != str(state.version):
        raise ServiceError(
            "ConcurrentModificationException",
            "Another modification has already been made. "
            "Fetch VersionId again and use it to update the destination.",
        )


def _present(settings: Members, kind: str) -> Members:
    """The settings of that kind of destination, empty if the stream has another one."""
    if kind == "ExtendedS3DestinationConfiguration" and "S3DestinationConfiguration" in settings:
        kind = "S3DestinationConfiguration"
    present: Members = settings.get(kind, {})
    return present


def _merged(present: Members, update: Members) -> Members:
    merged = dict(present)
    for given, value in update.items():
        member = _RENAMED.get(given, given)
        before = merged.get(member)
        both = isinstance(value, dict) and isinstance(before, dict) and member not in _REPLACED_WHOLE
        merged[member] = _merged(before, value) if both and before is not None else value
    return merged


def _check_what_stays(before: Members, after: Members) -> None:
    if before.get("S3BackupMode") == "Enabled" and after.get("S3BackupMode") != "Enabled":
        raise invalid_argument("S3 backup cannot be disabled once it is enabled.")
    if _partitions(before) != _partitions(after):
        raise invalid_argument("Dynamic Partitioning can be neither enabled nor disabled after the creation.")


def _partitions(settings: Members) -> bool:
    return bool(settings.get("DynamicPartitioningConfiguration", {}).get("Enabled"))
