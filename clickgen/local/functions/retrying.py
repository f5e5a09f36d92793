"""The actions that say how asynchronous calls of a function are retried."""

from typing import Annotated, Any

from pydantic import Field

from clickgen.local.functions.failures import failure_bucket
from clickgen.local.functions.functions import EmbeddedFunctions
from clickgen.local.functions.settings import AsyncSettings
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.rest import RestAnswer, RestCall
from clickgen.local.platform.shapes import Shape, parse


class EventInvoke(Shape):
    """PutFunctionEventInvokeConfig and UpdateFunctionEventInvokeConfig."""

    MaximumRetryAttempts: Annotated[int, Field(ge=0, le=2)] | None = None
    MaximumEventAgeInSeconds: Annotated[int, Field(ge=60, le=21_600)] | None = None
    DestinationConfig: dict[str, Any] | None = None


class AsyncControl:
    """How asynchronous calls of a function are retried."""

    def __init__(self, functions: EmbeddedFunctions) -> None:
        self._functions = functions

    def put(self, call: RestCall) -> dict[str, Any]:
        """PutFunctionEventInvokeConfig: what is not given takes its default."""
        return self._set(call, AsyncSettings())

    def update(self, call: RestCall) -> dict[str, Any]:
        """UpdateFunctionEventInvokeConfig: what is not given stays."""
        return self._set(call, self._functions.find(call.parts["name"]).settings.asynchronous)

    def get(self, call: RestCall) -> dict[str, Any]:
        """GetFunctionEventInvokeConfig."""
        settings = self._functions.find(call.parts["name"]).settings
        if not settings.asynchronous_set:
            raise ServiceError(
                "ResourceNotFoundException", f"The function {settings.arn} doesn't have an EventInvokeConfig", 404
            )
        kept = settings.asynchronous
        destination = {"OnFailure": {"Destination": kept.on_failure}} if kept.on_failure else {"OnFailure": {}}
        return {
            "FunctionArn": f"{settings.arn}:$LATEST",
            "MaximumRetryAttempts": kept.retries,
            "MaximumEventAgeInSeconds": kept.max_age,
            "DestinationConfig": {"OnSuccess": {}, **destination},
        }

    def delete(self, call: RestCall) -> RestAnswer:
        """DeleteFunctionEventInvokeConfig."""
        function = self._functions.find(call.parts["name"])
        self._functions.note(function, asynchronous=AsyncSettings(), asynchronous_set=False)
        return RestAnswer(status=204)

    def _set(self, call: RestCall, kept: AsyncSettings) -> dict[str, Any]:
        function, request = self._functions.find(call.parts["name"]), parse(EventInvoke, call.body())
        changes = {
            "retries": request.MaximumRetryAttempts,
            "max_age": request.MaximumEventAgeInSeconds,
        }
        settings = kept.model_copy(update={name: value for name, value in changes.items() if value is not None})
        if request.DestinationConfig is not None:
            settings = settings.model_copy(update={"on_failure": failure_bucket(request.DestinationConfig)})
        self._functions.note(function, asynchronous=settings, asynchronous_set=True)
        return self.get(call)
