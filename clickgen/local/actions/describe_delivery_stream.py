"""DescribeDeliveryStream."""

import orjson

from clickgen.local.actions.call import Call
from clickgen.local.shapes import DescribeRequest, parse
from clickgen.local.stream import describe


def describe_delivery_stream(call: Call) -> bytes:
    """Status and settings of a stream; ResourceNotFoundException without one."""
    request = parse(DescribeRequest, call.body)
    stream = call.pipeline.find(request.DeliveryStreamName)
    return orjson.dumps({"DeliveryStreamDescription": describe(stream.state)})
