"""The actions on partitions."""

from collections.abc import Sequence
from typing import Any

from clickgen.local.glue.catalogue_actions import detail, given, page_of
from clickgen.local.glue.expression import matching
from clickgen.local.glue.metastore import GlueMetastore
from clickgen.local.glue.shapes import (
    CreatePartition,
    CreatePartitions,
    DeletePartitions,
    ListPartitions,
    OfTable,
    OnePartition,
    SomePartitions,
    UpdatePartition,
)
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.service import Action, Answer, Call
from clickgen.local.platform.shapes import parse

_PAGE = 1000  # partitions of a page if the caller does not say


class PartitionActions:
    """Partitions of tables."""

    def __init__(self, metastore: GlueMetastore) -> None:
        self._metastore = metastore

    def actions(self) -> dict[str, Action]:
        """The actions by name."""
        return {
            "CreatePartition": self._create,
            "BatchCreatePartition": self._create_several,
            "GetPartition": self._get,
            "BatchGetPartition": self._get_several,
            "GetPartitions": self._list,
            "UpdatePartition": self._update,
            "DeletePartition": self._delete,
            "BatchDeletePartition": self._delete_several,
        }

    def _create(self, call: Call) -> Answer:
        request = parse(CreatePartition, call.body)
        for _, problem in self._add(request, [given(request.PartitionInput)]):
            raise problem
        return {}

    def _create_several(self, call: Call) -> Answer:
        request = parse(CreatePartitions, call.body)
        return {
            "Errors": [
                {"PartitionValues": values, "ErrorDetail": detail(problem)}
                for values, problem in self._add(request, list(map(given, request.PartitionInputList)))
            ]
        }

    def _add(self, table: OfTable, partitions: Sequence[dict[str, Any]]) -> list[tuple[list[str], ServiceError]]:
        return self._metastore.add_partitions(table.DatabaseName, table.TableName, partitions)

    def _get(self, call: Call) -> Answer:
        request = parse(OnePartition, call.body)
        partition = self._metastore.partition(request.DatabaseName, request.TableName, request.PartitionValues)
        return {"Partition": partition}

    def _get_several(self, call: Call) -> Answer:
        request = parse(SomePartitions, call.body)
        partitions = []
        for wanted in request.PartitionsToGet:
            try:
                partitions.append(
                    self._metastore.partition(request.DatabaseName, request.TableName, wanted.Values)
                )
            except ServiceError as problem:
                if problem.message != "Cannot find partition.":
                    raise
        return {"Partitions": partitions, "UnprocessedKeys": []}

    def _list(self, call: Call) -> Answer:
        request = parse(ListPartitions, call.body)
        partitions = self._metastore.partitions(request.DatabaseName, request.TableName)
        if request.Expression:
            table = self._metastore.table(request.DatabaseName, request.TableName)
            keys = {key["Name"]: key.get("Type", "string") for key in table["PartitionKeys"]}
            found = matching(request.Expression, keys, [partition["Values"] for partition in partitions])
            partitions = [partition for position, partition in enumerate(partitions) if position in found]
        if request.Segment is not None:
            partitions = partitions[request.Segment.SegmentNumber :: request.Segment.TotalSegments]
        if request.ExcludeColumnSchema:
            partitions = [_without_columns(partition) for partition in partitions]
        return page_of("Partitions", partitions, call, _PAGE)

    def _update(self, call: Call) -> Answer:
        request = parse(UpdatePartition, call.body)
        self._metastore.update_partition(
            request.DatabaseName, request.TableName, request.PartitionValueList, given(request.PartitionInput)
        )
        return {}

    def _delete(self, call: Call) -> Answer:
        request = parse(OnePartition, call.body)
        self._metastore.drop_partition(request.DatabaseName, request.TableName, request.PartitionValues)
        return {}

    def _delete_several(self, call: Call) -> Answer:
        request = parse(DeletePartitions, call.body)
        errors = []
        for partition in request.PartitionsToDelete:
            try:
                self._metastore.drop_partition(request.DatabaseName, request.TableName, partition.Values)
            except ServiceError as problem:
                errors.append({"PartitionValues": partition.Values, "ErrorDetail": detail(problem)})
        return {"Errors": errors}


def _without_columns(partition: dict[str, Any]) -> dict[str, Any]:
    storage = {key: value for key, value in partition.get("StorageDescriptor", {}).items() if key != "Columns"}
    return {**partition, "StorageDescriptor": storage}
