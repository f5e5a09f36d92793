"""Dynamic partitioning: which partition each record is for, by a query over its JSON and by what a Lambda said."""

from collections.abc import Callable, Mapping, Sequence

from clickgen.local.firehose.failures import PROCESSING_FAILED, Failure
from clickgen.local.firehose.flow import Flow, Record
from clickgen.local.firehose.outgoing import Gathering
from clickgen.local.firehose.prefix import PartitionKeys, PrefixProblem
from clickgen.local.firehose.routes import Routes

_CODE = "DynamicPartitioning.MetadataExtractionFailed"
_NO_KEYS = "partitionKeys values must not be null or empty"

Query = Callable[[Sequence[bytes]], Sequence[Mapping[str, str] | str]]
"""For each record its keys, or why there are none."""

Groups = list[tuple[Gathering, list[Record]]]


class Partitions:
    """The partitions of a stream's records; `query` extracts keys, or is None if a Lambda gives them all."""

    def __init__(self, routes: Routes, query: Query | None) -> None:
        self._routes = routes
        self._query = query
        self._query_keys = sorted(routes.prefix.query_keys)
        self._lambda_keys = sorted(routes.prefix.lambda_keys)

    def group(self, flow: Flow) -> tuple[Groups, list[tuple[Record, Failure]]]:
        """The records by partition, in the order of the first of each, and all that failed."""
        groups: dict[tuple[str, ...], tuple[Gathering, list[Record]] | Failure] = {}
        failed = list(flow.failed)
        for record, extracted in zip(flow.records, self._extract(flow.records), strict=True):
            values = self._values(record, extracted)
            if isinstance(values, Failure):
                failed.append((record, values))
                continue
            group = groups.get(values)
            if group is None:
                group = groups[values] = self._new_group(values)
            if isinstance(group, Failure):
                failed.append((record, group))
            else:
                group[1].append(record)
        return [group for group in groups.values() if not isinstance(group, Failure)], failed

    def _extract(self, records: Sequence[Record]) -> Sequence[Mapping[str, str] | str]:
        if self._query is None:
            return [{}] * len(records)
        return self._query([record.data for record in records])

    def _values(self, record: Record, extracted: Mapping[str, str] | str) -> tuple[str, ...] | Failure:
        """The values of the keys that the prefix uses, those of the query first."""
        if isinstance(extracted, str):
            return _failure(extracted)
        from_query = [extracted.get(key) for key in self._query_keys]
        given = record.keys or {}
        values = [*from_query, *[given.get(key) for key in self._lambda_keys]]
        found = tuple(value for value in values if value)
        return found if len(found) == len(values) else _failure(_NO_KEYS)

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
    return Failure(PROCESSING_FAILED, _CODE, message)
