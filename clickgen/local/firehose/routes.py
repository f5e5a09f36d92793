"""Where the records of a stream gather under one version of its settings, and where the objects go."""

from datetime import datetime

from clickgen.local.firehose.conversion.tables import FORMAT_CONVERSION_FAILED
from clickgen.local.firehose.destination import S3Place, StreamDestination
from clickgen.local.firehose.failures import HTTP_ENDPOINT_FAILED
from clickgen.local.firehose.journal import Content, SpoolPlace
from clickgen.local.firehose.limits import ZERO_BUFFER_SECONDS
from clickgen.local.firehose.objects import object_key
from clickgen.local.firehose.outgoing import Gathering, PlaceAt
from clickgen.local.firehose.prefix import PartitionKeys, compile_error_prefix, compile_prefix
from clickgen.local.platform.limits import MEBIBYTE


class Routes:
    """What gathers, for a stream of that name in that version of its settings."""

    def __init__(self, stream: str, version: str, destination: StreamDestination) -> None:
        self._stream = stream
        self._version = version
        self._destination = destination
        partitioned = destination.partitioning is not None
        self.prefix = compile_prefix(destination.prefix, partitioned=partitioned)
        self._errors = compile_error_prefix(destination.error_prefix, prefix=destination.prefix)
        self._fails_as = _failure_on_delivery(destination)
        self._limit = destination.buffer_mb * MEBIBYTE
        self._seconds = destination.buffer_seconds or ZERO_BUFFER_SECONDS
        self.records = self._gathering("records", (), lambda at: self._records_place(at, None))
        self.backup = self._backup(destination.backup) if destination.backup is not None else None

    def partition(self, keys: PartitionKeys) -> Gathering:
        """What gathers for the partition of these keys; PrefixProblem if no object can be named after them."""
        self.prefix.evaluate(self._local(0), keys=keys)
        values = (*keys.from_query.values(), *keys.from_lambda.values())
        return self._gathering("records", values, lambda at: self._records_place(at, keys))

    def errors(self, error_type: str) -> Gathering:
        """What gathers as lines about records with that kind of failure."""
        return self._gathering("errors", (error_type,), lambda at: self._error_place(error_type, at))

    def _gathering(self, content: Content, which: tuple[str, ...], place: PlaceAt) -> Gathering:
        return Gathering((self._version, content, *which), content, self._limit, self._seconds, place)

    def _records_place(self, arrived: int, keys: PartitionKeys | None) -> SpoolPlace:
        destination, at = self._destination, self._local(arrived)
        key = self._key(self.prefix.evaluate(at, keys=keys), destination.extension, at)
        failed_key = self._error_place(self._fails_as, arrived).key if self._fails_as is not None else None
        if destination.redshift is not None:
            failed_key = self._key(f"{destination.prefix or ''}errors/manifests/{at:%Y/%m/%d/%H/}", "", at)
        return SpoolPlace(destination.bucket, key, destination.compression, "records", failed_key)

    def _error_place(self, error_type: str, arrived: int) -> SpoolPlace:
        at = self._local(arrived)
        key = self._key(self._errors.evaluate(at, error_type=error_type), "", at)
        return SpoolPlace(self._destination.bucket, key, content="errors")

    def _backup(self, place: S3Place) -> Gathering:
        prefix = compile_prefix(place.prefix)

        def backup_place(arrived: int) -> SpoolPlace:
            at = place.local_time(arrived / 1000)
            key = self._key(prefix.evaluate(at), place.extension, at)
            return SpoolPlace(place.bucket, key, place.compression, "backup")

        seconds = place.buffer_seconds or ZERO_BUFFER_SECONDS
        return Gathering((self._version, "backup"), "backup", place.buffer_mb * MEBIBYTE, seconds, backup_place)

    def _key(self, prefix: str, extension: str, at: datetime) -> str:
        return object_key(prefix, self._stream, self._version, extension, at)

    def _local(self, arrived: int) -> datetime:
        return self._destination.local_time(arrived / 1000)


def _failure_on_delivery(destination: StreamDestination) -> str | None:
    """The kind of failure that records may have when they are delivered, or None if they have none."""
    if destination.http is not None:
        return HTTP_ENDPOINT_FAILED
    return FORMAT_CONVERSION_FAILED if destination.conversion is not None else None
