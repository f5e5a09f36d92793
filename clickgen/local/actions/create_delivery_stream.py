"""CreateDeliveryStream: the stream is ACTIVE at once."""

import orjson

from clickgen.local.actions.call import Call
from clickgen.local.configuration import settle
from clickgen.local.shapes import CreateRequest, parse


def create_delivery_stream(call: Call) -> bytes:
    """Create a stream that puts records directly to S3; ServiceError where that is not what was asked for."""
    request = parse(CreateRequest, call.body)
    stream = call.pipeline.create(request.DeliveryStreamName, call.region, settle(request))
    return orjson.dumps({"DeliveryStreamARN": stream.state.arn})
