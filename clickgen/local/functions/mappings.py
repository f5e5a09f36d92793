"""All event source mappings of one lake, and the actions that create, describe, change and delete them."""

import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from clickgen.local.functions.failures import Failures, failure_bucket
from clickgen.local.functions.functions import EmbeddedFunctions
from clickgen.local.functions.mapping import FunctionTarget, MappingSettings
from clickgen.local.functions.requests import refused
from clickgen.local.functions.settings import name_of
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.consumer import Positions, StreamConsumer
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.faults import FaultBoard, ServiceFaults
from clickgen.local.platform.links import RecordStreams
from clickgen.local.platform.notices import say
from clickgen.local.platform.patterns import Filters, WrongPattern
from clickgen.local.platform.rest import RestAnswer, RestCall
from clickgen.local.platform.service import StationReport
from clickgen.local.platform.shapes import Shape, parse

_KIND = "mapping"


class Filter(Shape):
    """One pattern."""

    Pattern: Annotated[str, Field(max_length=4096)]


class FilterList(Shape):
    """`FilterCriteria`."""

    Filters: Annotated[list[Filter], Field(max_length=10)] = Field(default_factory=list)


class UpdateMapping(Shape):
    """UpdateEventSourceMapping, and what CreateEventSourceMapping has in common with it."""

    FunctionName: str | None = None
    Enabled: bool | None = None
    BatchSize: Annotated[int, Field(ge=1, le=10_000)] | None = None
    FilterCriteria: FilterList | None = None
    MaximumBatchingWindowInSeconds: Annotated[int, Field(ge=0, le=300)] | None = None
    MaximumRecordAgeInSeconds: Annotated[int, Field(ge=-1, le=604_800)] | None = None
    MaximumRetryAttempts: Annotated[int, Field(ge=-1, le=10_000)] | None = None
    BisectBatchOnFunctionError: bool | None = None
    DestinationConfig: dict[str, Any] | None = None
    FunctionResponseTypes: list[Literal["ReportBatchItemFailures"]] | None = None
    ParallelizationFactor: int | None = None
    TumblingWindowInSeconds: int | None = None

    def changes(self) -> dict[str, Any]:
        """The members of MappingSettings that this request sets; ServiceError for what cannot be."""
        if self.ParallelizationFactor not in {None, 1}:
            raise refused("The embedded pipeline reads each shard once: ParallelizationFactor must be 1.")
        if self.TumblingWindowInSeconds not in {None, 0}:
            raise refused("The embedded pipeline has no tumbling windows: TumblingWindowInSeconds must be 0.")
        if extra := sorted(
            name for name, value in (self.model_extra or {}).items() if value not in (None, {}, [])
        ):
            raise refused(f"The embedded pipeline reads Kinesis and DynamoDB streams and does not have {extra}.")
        given: dict[str, Any] = {
            "enabled": self.Enabled,
            "batch_size": self.BatchSize,
            "window": self.MaximumBatchingWindowInSeconds,
            "retries": self.MaximumRetryAttempts,
            "max_age": self.MaximumRecordAgeInSeconds,
            "bisect": self.BisectBatchOnFunctionError,
        }
        if self.FunctionResponseTypes is not None:
            given["partial"] = bool(self.FunctionResponseTypes)
        changes = {name: value for name, value in given.items() if value is not None}
        if self.DestinationConfig is not None:
            changes["on_failure"] = failure_bucket(self.DestinationConfig)
        if self.FilterCriteria is not None:
            changes["patterns"] = [one.Pattern for one in self.FilterCriteria.Filters]
            try:
                Filters(changes["patterns"])
            except WrongPattern as error:
                raise refused(f"Invalid filter pattern definition. ({error})") from None
        return changes


class CreateMapping(UpdateMapping):
    """CreateEventSourceMapping."""

    FunctionName: str
    EventSourceArn: str | None = None
    StartingPosition: Literal["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"] | None = None
    Tags: dict[str, str] | None = None


class Mappings:
    """The mappings that this process carries out. Belongs to the running event loop."""

    def __init__(
        self, functions: EmbeddedFunctions, failures: Failures, clock: ServiceClock, board: FaultBoard
    ) -> None:
        self._faults = ServiceFaults(board, _KIND)
        self._functions = functions
        self._failures = failures
        self._clock = clock
        self._sources: Sequence[RecordStreams] = ()
        self._settings: dict[str, MappingSettings] = {
            key: MappingSettings.model_validate(kept) for key, kept in functions.documents.all(_KIND)
        }
        self._consumers: dict[str, StreamConsumer] = {}

    def read(self, sources: Sequence[RecordStreams]) -> None:
        """The services whose streams can be read; the mappings of an earlier server go on."""
        self._sources = sources
        for settings in self._settings.values():
            try:
                self._start(settings)
            except ServiceError as error:
                say(f"the event source mapping of {settings.source} is not carried out: {error.message}")

    def create(self, call: RestCall) -> RestAnswer:
        """CreateEventSourceMapping."""
        request = parse(CreateMapping, call.body())
        function = self._functions.find(request.FunctionName, call.region).settings.name
        if request.EventSourceArn is None or not any(
            source.owns(request.EventSourceArn) for source in self._sources
        ):
            raise refused(
                f"Unrecognized event source: there is no Kinesis or DynamoDB stream {request.EventSourceArn}."
            )
        if request.StartingPosition is None:
            raise refused("1 validation error detected: StartingPosition is required for streams.")
        if request.StartingPosition == "AT_TIMESTAMP":
            raise refused("The embedded pipeline starts at TRIM_HORIZON or LATEST, not at a time.")
        for other in self._settings.values():
            if (other.source, other.function) == (request.EventSourceArn, function):
                raise ServiceError(
                    "ResourceConflictException",
                    f'The event source arn (" {other.source} ") and function (" {function} ") provided mapping'
                    f" already exists. Please update or delete the existing mapping with UUID {other.id}",
                    409,
                )
        settings = MappingSettings(
            source=request.EventSourceArn,
            function=function,
            region=call.region,
            start=request.StartingPosition,
            tags=request.Tags or {},
            **request.changes(),
        )
        self._start(settings)
        self._keep(settings)
        return RestAnswer(settings.describe("Creating"), 202)

    def get(self, call: RestCall) -> dict[str, Any]:
        """GetEventSourceMapping."""
        return self._describe(self._find(call))

    def list(self, call: RestCall) -> dict[str, Any]:
        """ListEventSourceMappings, all of them on one page."""
        source, function = call.query.get("EventSourceArn"), call.query.get("FunctionName")
        found = [
            self._describe(settings)
            for settings in self._settings.values()
            if source in {None, settings.source} and (function is None or name_of(function) == settings.function)
        ]
        return {"EventSourceMappings": found}

    async def update(self, call: RestCall) -> RestAnswer:
        """UpdateEventSourceMapping: what is not given stays. Reading goes on where it was."""
        settings, request = self._find(call), parse(UpdateMapping, call.body())
        changes = request.changes()
        if request.FunctionName is not None:
            changes["function"] = self._functions.find(request.FunctionName, call.region).settings.name
        changed = settings.model_copy(update={**changes, "modified": time.time()})
        await self._stop(settings)
        self._keep(changed)
        self._start(changed)
        return RestAnswer(changed.describe("Updating"), 202)

    async def delete(self, call: RestCall) -> RestAnswer:
        """DeleteEventSourceMapping."""
        settings = self._find(call)
        await self._stop(settings)
        self._functions.documents.delete(_KIND, "", settings.id)
        Positions(self._functions.documents, settings.id).forget()
        del self._settings[settings.id]
        for source in self._sources:
            source.forget(f"{_KIND}:{settings.function}")
        return RestAnswer(settings.describe("Deleting"), 202)

    def reports(self) -> Sequence[StationReport]:
        """Each mapping."""
        reports = []
        for settings in self._settings.values():
            consumer = self._consumers.get(settings.id)
            station = f"mapping:{settings.function}"
            if consumer is None:
                reports.append(StationReport(station, "Disabled", 0, 0, 0, 0))
                continue
            seen = consumer.progress
            reports.append(
                StationReport(
                    station,
                    "Enabled",
                    seen.arrived,
                    seen.done,
                    seen.waiting,
                    seen.given_up,
                    lag_s=seen.lag,
                    last_error=seen.last_error,
                )
            )
        return reports

    async def close(self) -> None:
        """Stop reading."""
        for settings in self._settings.values():
            await self._stop(settings)

    def _find(self, call: RestCall) -> MappingSettings:
        settings = self._settings.get(call.parts["id"])
        if settings is None:
            raise ServiceError("ResourceNotFoundException", "The resource you requested does not exist.", 404)
        return settings

    def _describe(self, settings: MappingSettings) -> dict[str, Any]:
        consumer = self._consumers.get(settings.id)
        if consumer is None:
            return settings.describe("Disabled")
        return settings.describe("Enabled", consumer.progress.last_result)

    def _keep(self, settings: MappingSettings) -> None:
        self._settings[settings.id] = settings
        self._functions.documents.put(_KIND, "", settings.id, settings.model_dump())

    def _start(self, settings: MappingSettings) -> None:
        source = next((source for source in self._sources if source.owns(settings.source)), None)
        if source is None:
            raise ServiceError("ResourceNotFoundException", f"there is no stream {settings.source}.", 404)
        if settings.enabled:
            self._consumers[settings.id] = StreamConsumer(
                settings.consumer(),
                source,
                FunctionTarget(settings, self._functions, self._failures, self._faults),
                Positions(self._functions.documents, settings.id),
                self._clock,
            )

    async def _stop(self, settings: MappingSettings) -> None:
        consumer = self._consumers.pop(settings.id, None)
        if consumer is not None:
            await consumer.stop()
