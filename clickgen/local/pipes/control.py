"""The actions that create, describe, change, start, stop and delete pipes."""

import time
import uuid
from typing import Any

from clickgen.local.pipes.paths import refused
from clickgen.local.pipes.pipe import PipeState
from clickgen.local.pipes.pipes import EmbeddedPipes
from clickgen.local.pipes.shapes import CreateRequest, UpdateRequest
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.rest import RestCall
from clickgen.local.platform.shapes import Shape, parse

_MAX_PAGE = 100


class PipeControl:
    """The control plane of one lake's pipes."""

    def __init__(self, pipes: EmbeddedPipes) -> None:
        self._pipes = pipes

    def create(self, call: RestCall) -> dict[str, Any]:
        """CreatePipe."""
        request = parse(CreateRequest, call.body())
        _refuse_others(request)
        state = PipeState(
            name=_name(call),
            region=call.region,
            id=uuid.uuid4().hex,
            source=request.Source,
            target=request.Target,
            role=request.RoleArn,
            tags=request.Tags or {},
        )
        if ":kinesis:" not in state.source and ":dynamodb:" not in state.source:
            raise refused(
                f"The source {state.source} is not supported: pipes of the embedded pipeline lead from Kinesis and"
                " DynamoDB streams."
            )
        _apply(request, state)
        if state.source_parameters.get(state.source_member, {}).get("StartingPosition") is None:
            raise refused(f"SourceParameters.{state.source_member}.StartingPosition is required for this source.")
        self._pipes.create(state)
        return state.summary()

    def update(self, call: RestCall) -> dict[str, Any]:
        """UpdatePipe: what is not given stays, but for the parameters of source and target as a whole."""
        request = parse(UpdateRequest, call.body())
        _refuse_others(request)
        state = self._pipes.settled(call.parts["name"]).model_copy(deep=True)
        if request.Target is not None:
            state.target = request.Target
        state.role = request.RoleArn
        start = state.source_parameters[state.source_member]["StartingPosition"]
        _apply(request, state)
        state.source_parameters.setdefault(state.source_member, {})["StartingPosition"] = start
        self._pipes.update(state)
        return state.summary()

    def describe(self, call: RestCall) -> dict[str, Any]:
        """DescribePipe."""
        return self._pipes.find(call.parts["name"]).described()

    def list(self, call: RestCall) -> dict[str, Any]:
        """ListPipes: a page of those that the request's prefixes and states let through."""
        query = call.query
        found = [
            state
            for state in map(self._pipes.find, self._pipes.names)
            if state.name.startswith(query.get("NamePrefix", ""))
            and state.source.startswith(query.get("SourcePrefix", ""))
            and state.target.startswith(query.get("TargetPrefix", ""))
            and query.get("DesiredState", state.desired) == state.desired
            and query.get("CurrentState", state.state) == state.state
            and state.name > query.get("NextToken", "")
        ]
        limit = query.get("Limit", str(_MAX_PAGE))
        if not limit.isdecimal() or not 1 <= int(limit) <= _MAX_PAGE:
            raise refused(f"Limit must be from 1 to {_MAX_PAGE}.")
        page = found[: int(limit)]
        answer: dict[str, Any] = {
            "Pipes": [{**state.summary(), "Source": state.source, "Target": state.target} for state in page]
        }
        return answer | ({"NextToken": page[-1].name} if len(page) < len(found) else {})

    def start(self, call: RestCall) -> dict[str, Any]:
        """StartPipe."""
        state = self._pipes.settled(call.parts["name"])
        if state.state == "RUNNING":
            raise ServiceError("ConflictException", f"Pipe {state.name} is RUNNING.", 409)
        self._pipes.start(state)
        return state.summary()

    def stop(self, call: RestCall) -> dict[str, Any]:
        """StopPipe."""
        state = self._pipes.settled(call.parts["name"])
        if state.state == "STOPPED":
            raise ServiceError("ConflictException", f"Pipe {state.name} is STOPPED.", 409)
        self._pipes.stop(state)
        return state.summary()

    def delete(self, call: RestCall) -> dict[str, Any]:
        """DeletePipe."""
        state = self._pipes.settled(call.parts["name"])
        self._pipes.delete(state)
        return state.summary()

    def tag(self, call: RestCall) -> dict[str, Any]:
        """TagResource."""
        state = self._of_arn(call)
        tags = call.body().get("tags", {})
        if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
            raise refused("tags must be a map of texts.")
        state.tags = state.tags | tags
        self._pipes.save(state)
        return {}

    def untag(self, call: RestCall) -> dict[str, Any]:
        """UntagResource."""
        state = self._of_arn(call)
        gone = set(call.query.getall("tagKeys", []))
        state.tags = {key: value for key, value in state.tags.items() if key not in gone}
        self._pipes.save(state)
        return {}

    def tags(self, call: RestCall) -> dict[str, Any]:
        """ListTagsForResource."""
        return {"tags": self._of_arn(call).tags}

    def _of_arn(self, call: RestCall) -> PipeState:
        return self._pipes.find(call.parts["arn"].rpartition(":pipe/")[2])


def _apply(request: UpdateRequest, state: PipeState) -> None:
    """The settings of a request; what it does not give stays."""
    if request.SourceParameters is not None:
        state.source_parameters = request.SourceParameters.model_dump(exclude_none=True)
        if state.source_parameters.get(state.source_member, {}).get("ParallelizationFactor", 1) != 1:
            raise refused("The embedded pipeline reads each shard once: ParallelizationFactor must be 1.")
        others = state.source_parameters.keys() - {state.source_member, "FilterCriteria"}
        if others:
            raise refused(f"SourceParameters.{min(others)} does not fit the source {state.source}.")
    if request.TargetParameters is not None:
        state.target_parameters = request.TargetParameters.model_dump(exclude_none=True)
    state.desired = request.DesiredState or state.desired
    state.description = request.Description if request.Description is not None else state.description
    state.log = request.LogConfiguration if request.LogConfiguration is not None else state.log
    state.key = request.KmsKeyIdentifier if request.KmsKeyIdentifier is not None else state.key
    state.modified = time.time()


def _name(call: RestCall) -> str:
    name = call.parts["name"]
    if len(name) > 64 or not all(sign.isascii() and (sign.isalnum() or sign in ".-_") for sign in name):
        raise refused("Value at 'name' failed to satisfy constraint: Member must satisfy [.\\-_A-Za-z0-9]{1,64}")
    return name


def _refuse_others(shape: Shape, where: str = "") -> None:
    """ValidationException if the request, or a structure in it, has members that would be ignored."""
    others = sorted(name for name, value in (shape.model_extra or {}).items() if value not in (None, {}, [], ""))
    if others:
        raise refused(f"Pipes of the embedded pipeline do not take {', '.join(where + name for name in others)}.")
    for name in type(shape).model_fields:
        inner = getattr(shape, name)
        if isinstance(inner, Shape):
            _refuse_others(inner, f"{where}{name}.")
