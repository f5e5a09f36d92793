"""ListDeliveryStreams."""

from bisect import bisect_right

import orjson

from clickgen.local.actions.call import Call
from clickgen.local.shapes import ListRequest, parse


def list_delivery_streams(call: Call) -> bytes:
    """Names in alphabetical order, a page at a time; every stream here is of the type DirectPut."""
    request = parse(ListRequest, call.body)
    names = call.pipeline.names if request.DeliveryStreamType in {None, "DirectPut"} else []
    after = request.ExclusiveStartDeliveryStreamName
    start = bisect_right(names, after) if after is not None else 0
    page = names[start : start + request.Limit]
    return orjson.dumps({"DeliveryStreamNames": page, "HasMoreDeliveryStreams": start + len(page) < len(names)})
