"""The actions that create, change, describe and delete streams."""

import time
from bisect import bisect_right
from typing import Any

from clickgen.local.firehose.description import DESTINATION_ID, describe
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.requests import (
    CreateRequest,
    DeleteRequest,
    DescribeRequest,
    EncryptionKey,
    ListRequest,
    StartEncryptionRequest,
    StopEncryptionRequest,
    UpdateRequest,
)
from clickgen.local.firehose.state import Encryption, StreamState, settings_of
from clickgen.local.firehose.tags import merged_tags
from clickgen.local.firehose.update import check_version, updated_settings
from clickgen.local.platform.errors import invalid_argument
from clickgen.local.platform.service import Action, Answer, Call
from clickgen.local.platform.shapes import parse


class StreamControl:
    """The control plane of one server's streams."""

    def __init__(self, pipeline: EmbeddedPipeline) -> None:
        self._pipeline = pipeline

    def actions(self) -> dict[str, Action]:
        """The actions by their names."""
        return {
            "CreateDeliveryStream": self.create,
            "UpdateDestination": self.update,
            "DeleteDeliveryStream": self.delete,
            "DescribeDeliveryStream": self.describe,
            "ListDeliveryStreams": self.list,
            "StartDeliveryStreamEncryption": self.start_encryption,
            "StopDeliveryStreamEncryption": self.stop_encryption,
        }

    def create(self, call: Call) -> Answer:
        """CreateDeliveryStream; ServiceError if the request cannot be met."""
        stream = self._pipeline.create(new_state(call.body, call.region))
        return {"DeliveryStreamARN": stream.state.arn}

    def update(self, call: Call) -> Answer:
        """UpdateDestination: the version goes up by one; what arrives later is delivered by the new settings."""
        request = parse(UpdateRequest, call.body)
        stream = self._pipeline.settled(request.DeliveryStreamName)
        check_version(stream.state, request.CurrentDeliveryStreamVersionId)
        if request.DestinationId != DESTINATION_ID:
            raise invalid_argument(
                f"Destination Id {request.DestinationId} not found for Firehose {request.DeliveryStreamName}."
            )
        settings = updated_settings(stream.state, request)
        state = stream.state.with_changes(settings=settings, version=stream.state.version + 1, updated=time.time())
        self._pipeline.check(state.destination)
        stream.update(state)
        return {}

    def delete(self, call: Call) -> Answer:
        """DeleteDeliveryStream: what is buffered is delivered first; meanwhile the stream is DELETING."""
        self._pipeline.delete(parse(DeleteRequest, call.body).DeliveryStreamName)
        return {}

    def describe(self, call: Call) -> Answer:
        """DescribeDeliveryStream: status and settings; ResourceNotFoundException without such a stream."""
        stream = self._pipeline.find(parse(DescribeRequest, call.body).DeliveryStreamName)
        return {"DeliveryStreamDescription": describe(stream.state)}

    def list(self, call: Call) -> Answer:
        """ListDeliveryStreams: names in alphabetical order, a page at a time, of one type if it is named."""
        request = parse(ListRequest, call.body)
        wanted = request.DeliveryStreamType
        names = [
            name
            for name in self._pipeline.names
            if wanted is None or self._pipeline.find(name).state.stream_type == wanted
        ]
        after = request.ExclusiveStartDeliveryStreamName
        start = bisect_right(names, after) if after is not None else 0
        page = names[start : start + request.Limit]
        return {"DeliveryStreamNames": page, "HasMoreDeliveryStreams": start + len(page) < len(names)}

    def start_encryption(self, call: Call) -> Answer:
        """StartDeliveryStreamEncryption: it is reported from now on; the lake's files stay as they are."""
        request = parse(StartEncryptionRequest, call.body)
        stream = self._pipeline.settled(request.DeliveryStreamName)
        key = request.DeliveryStreamEncryptionConfigurationInput or EncryptionKey(KeyType="AWS_OWNED_CMK")
        stream.change(encryption=_encryption(key, stream.state.stream_type))
        return {}

    def stop_encryption(self, call: Call) -> Answer:
        """StopDeliveryStreamEncryption."""
        self._pipeline.settled(parse(StopEncryptionRequest, call.body).DeliveryStreamName).change(encryption=None)
        return {}


def new_state(body: dict[str, Any], region: str) -> StreamState:
    """The state of the stream that a creation asks for; ServiceError if it cannot be."""
    request = parse(CreateRequest, body)
    key = request.DeliveryStreamEncryptionConfigurationInput
    state = StreamState(
        name=request.DeliveryStreamName,
        region=region,
        created=time.time(),
        status="ACTIVE",
        settings=settings_of(request),
        encryption=_encryption(key, request.DeliveryStreamType or "DirectPut") if key else None,
        tags=merged_tags({}, request.Tags or []),
    )
    _ = state.destination  # settles it
    return state


def _encryption(key: EncryptionKey, stream_type: str) -> Encryption:
    if stream_type != "DirectPut":
        raise invalid_argument("Server-side encryption can be enabled only for DeliveryStreamType DirectPut.")
    if (key.KeyType == "CUSTOMER_MANAGED_CMK") != (key.KeyARN is not None):
        raise invalid_argument("KeyARN is needed for the KeyType CUSTOMER_MANAGED_CMK, and only for that.")
    return Encryption(key_type=key.KeyType, key_arn=key.KeyARN)
