"""DynamoDB and DynamoDB Streams as services of the endpoint."""

import time
from collections.abc import Callable

from clickgen.local.dynamodb.batches import Batches
from clickgen.local.dynamodb.control import TableControl
from clickgen.local.dynamodb.items.refusal import failed, throttled
from clickgen.local.dynamodb.links import TableStreams
from clickgen.local.dynamodb.reads import Reads
from clickgen.local.dynamodb.report import report_of
from clickgen.local.dynamodb.settings import Settings
from clickgen.local.dynamodb.streams import StreamReads
from clickgen.local.dynamodb.tables import Tables
from clickgen.local.dynamodb.transactions import Transactions
from clickgen.local.dynamodb.writes import Writes
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.faults import FaultBoard, ServiceFaults
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.service import Call, JsonService, StationReport

_FAULTY = ("BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem")


class DynamoDb(JsonService):
    """All tables of one lake behind the endpoint.

    streams: DynamoDB Streams, a service of its own. records: the same for the other services.
    """

    def __init__(
        self, lake: Lake, clock: ServiceClock, board: FaultBoard, now: Callable[[], float] = time.time
    ) -> None:
        """Load the tables; `now` gives times of day. LocalProblem if their state cannot be read."""
        faults = ServiceFaults(board, "dynamodb", throttled=throttled, failed=failed)
        self._tables = tables = Tables(lake, clock, now)
        control, settings, reads = TableControl(tables), Settings(tables), Reads(tables)
        writes = Writes(tables, faults)
        batches = Batches(tables, writes, faults)
        transactions, changes = Transactions(tables, writes, faults), StreamReads(tables, faults)
        self.records = TableStreams(tables, changes)
        self.streams = JsonService(
            "dynamodb",
            "DynamoDBStreams_20120810",
            {
                "DescribeStream": changes.describe,
                "GetRecords": changes.get_records,
                "GetShardIterator": changes.iterator,
                "ListStreams": changes.list,
            },
            version="1.0",
        )
        super().__init__(
            "dynamodb",
            "DynamoDB_20120810",
            {
                "BatchGetItem": batches.read,
                "BatchWriteItem": batches.write,
                "CreateTable": control.create,
                "DeleteItem": writes.delete,
                "DeleteTable": control.delete,
                "DescribeContinuousBackups": settings.backups,
                "DescribeTable": control.describe,
                "DescribeTimeToLive": settings.time_to_live,
                "GetItem": reads.get,
                "ListTables": control.list,
                "ListTagsOfResource": settings.tags,
                "PutItem": writes.put,
                "Query": reads.query,
                "Scan": reads.scan,
                "TagResource": settings.tag,
                "TransactGetItems": transactions.read,
                "TransactWriteItems": transactions.write,
                "UntagResource": settings.untag,
                "UpdateContinuousBackups": settings.set_backups,
                "UpdateItem": writes.update,
                "UpdateTable": control.update,
                "UpdateTimeToLive": settings.set_time_to_live,
            },
            version="1.0",
            faults=faults,
            faulty=dict.fromkeys(_FAULTY, "TableName"),
        )

    def station_of(self, call: Call) -> str:
        """The name of the table; of several the first."""
        items = call.body.get("TransactItems")
        if isinstance(items, list):
            bodies = [body for item in items[:1] if isinstance(item, dict) for body in item.values()]
            names = [body.get("TableName") for body in bodies if isinstance(body, dict)]
        else:
            batch = call.body.get("RequestItems")
            names = list(batch) if isinstance(batch, dict) else [call.body.get("TableName")]
        return str(names[0]).rpartition(":table/")[2] if names else ""

    def reports(self) -> list[StationReport]:
        """What each table has taken, handed on and refused."""
        return [report_of(self._tables, self._tables.find(name)) for name in self._tables.names]

    async def close(self) -> int:
        """Let go of the files; everything acknowledged is in them."""
        self._tables.close()
        return 0
