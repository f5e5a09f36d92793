"""The actions of the service, one file each, by the name a client calls them."""

from collections.abc import Callable

from clickgen.local.actions.call import Call
from clickgen.local.actions.create_delivery_stream import create_delivery_stream
from clickgen.local.actions.delete_delivery_stream import delete_delivery_stream
from clickgen.local.actions.describe_delivery_stream import describe_delivery_stream
from clickgen.local.actions.list_delivery_streams import list_delivery_streams
from clickgen.local.actions.put_record import put_record
from clickgen.local.actions.put_record_batch import put_record_batch

ACTIONS: dict[str, Callable[[Call], bytes]] = {
    "CreateDeliveryStream": create_delivery_stream,
    "DeleteDeliveryStream": delete_delivery_stream,
    "DescribeDeliveryStream": describe_delivery_stream,
    "ListDeliveryStreams": list_delivery_streams,
    "PutRecord": put_record,
    "PutRecordBatch": put_record_batch,
}
"""Each takes a call and gives the body of the answer, or raises ServiceError."""

PUTS = frozenset({"PutRecord", "PutRecordBatch"})
"""The actions that faults apply to."""
