"""DeleteDeliveryStream: what is buffered is delivered first, meanwhile the stream is DELETING."""

from clickgen.local.actions.call import Call
from clickgen.local.shapes import DeleteRequest, parse


def delete_delivery_stream(call: Call) -> bytes:
    """Start deleting a stream; ResourceNotFoundException without one."""
    call.pipeline.delete(parse(DeleteRequest, call.body).DeliveryStreamName)
    return b"{}"
