"""The actions that create, describe and delete streams."""

from bisect import bisect_right

from clickgen.local.firehose.configuration import settle
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.shapes import CreateRequest, DeleteRequest, DescribeRequest, ListRequest
from clickgen.local.firehose.stream import describe
from clickgen.local.platform.service import Answer, Call
from clickgen.local.platform.shapes import parse


class StreamControl:
    """The control plane of one server's streams."""

    def __init__(self, pipeline: EmbeddedPipeline) -> None:
        self._pipeline = pipeline

    def create(self, call: Call) -> Answer:
        """CreateDeliveryStream; ServiceError if what is asked for cannot be."""
        request = parse(CreateRequest, call.body)
        stream = self._pipeline.create(request.DeliveryStreamName, call.region, settle(request))
        return {"DeliveryStreamARN": stream.state.arn}

    def delete(self, call: Call) -> Answer:
        """DeleteDeliveryStream: what is buffered is delivered first; meanwhile the stream is DELETING."""
        self._pipeline.delete(parse(DeleteRequest, call.body).DeliveryStreamName)
        return {}

    def describe(self, call: Call) -> Answer:
        """DescribeDeliveryStream: status and settings; ResourceNotFoundException without such a stream."""
        stream = self._pipeline.find(parse(DescribeRequest, call.body).DeliveryStreamName)
        return {"DeliveryStreamDescription": describe(stream.state)}

    def list(self, call: Call) -> Answer:
        """ListDeliveryStreams: names in alphabetical order, a page at a time; every stream is a DirectPut one."""
        request = parse(ListRequest, call.body)
        names = self._pipeline.names if request.DeliveryStreamType in {None, "DirectPut"} else []
        after = request.ExclusiveStartDeliveryStreamName
        start = bisect_right(names, after) if after is not None else 0
        page = names[start : start + request.Limit]
        return {"DeliveryStreamNames": page, "HasMoreDeliveryStreams": start + len(page) < len(names)}
