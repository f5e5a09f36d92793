"""Dynamic partitioning: which partition each record is for, by a query over its JSON and by what a Lambda said."""

from clickgen.local.firehose.failures import PROCESSING_FAILED, Failure
from clickgen.local.firehose.flow import Flow, Record
from clickgen.local.firehose.outgoing import Gathering
from clickgen.local.firehose.partition_query import ERROR_CODE, ExtractionFailed, PartitionQuery
from clickgen.local.firehose.prefix import PartitionKeys, PrefixProblem
from clickgen.local.firehose.routes import Routes

_NO_KEYS = "partitionKeys values must not be null or empty"

Groups = list[tuple[Gathering, list[Record]]]


class Partitions:
    """The partitions of a stream's records; `query` extracts keys, or is None if a Lambda gives them all."""

    def __init__(self, routes: Routes, query: PartitionQuery | None) -> None:
        self._routes = routes
        self._query = query
        self._query_keys = sorted(routes.prefix.query_keys)
        self._lambda_keys = sorted(routes.prefix.lambda_keys)

    def group(self, flow: Flow) -> tuple[Groups, list[tuple[Record, Failure]]]:
        """The records by partition, in the order of the first of each, and all that failed."""
        groups: dict[tuple[str, ...], tuple[Gathering, list[Record]] | Failure] = {}
        failed = list(flow.failed)
        for record in flow.records:
            try:
                values = self._values(record)
            except ExtractionFailed as problem:
                failed.append((record, _failure(str(problem))))
                continue
            group = groups.get(values)
            if group is None:
                group = groups[values] = self._new_group(values)
            if isinstance(group, Failure):
                failed.append((record, group))
            else:
                group[1].append(record)
        return [group for group in groups.values() if not isinstance(group, Failure)], failed

    def _values(self, record: Record) -> tuple[str, ...]:
        """The values of the keys that the prefix uses, those of the query first; ExtractionFailed."""
        extracted = self._query(record.data) if self._query is not None else {}
        given = record.keys or {}
        values = (
            *(extracted.get(key, "") for key in self._query_keys),
            *(given.get(key, "") for key in self._lambda_keys),
        )
        if not all(values):
            raise ExtractionFailed(_NO_KEYS)
        return values

    def _new_group(self, values: tuple[str, ...]) -> tuple[Gathering, list[Record]] | Failure:
        count = len(self._query_keys)
        keys = PartitionKeys(
            dict(zip(self._query_keys, values[:count], strict=True)),
            dict(zip(self._lambda_keys, values[count:], strict=True)),
        )
        try:
            return self._routes.partition(keys), []
        except PrefixProblem as problem:
            return _failure(f"The prefix {problem}.")


def _failure(message: str) -> Failure:
    return Failure(PROCESSING_FAILED, ERROR_CODE, message)
