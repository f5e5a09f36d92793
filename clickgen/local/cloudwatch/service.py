"""CloudWatch metrics as a service of the endpoint."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from clickgen.local.cloudwatch.cbor import Instant
from clickgen.local.cloudwatch.limits import MAX_DATAPOINTS, MAX_LISTED, NEWEST_SECONDS, OLDEST_SECONDS
from clickgen.local.cloudwatch.metrics import MetricName, MetricStore, Statistics
from clickgen.local.cloudwatch.protocols import protocol_of, read_request
from clickgen.local.cloudwatch.shapes import (
    DataRequest,
    Datum,
    Dimension,
    ListRequest,
    PutRequest,
    Query,
    StatisticsRequest,
)
from clickgen.local.platform.errors import LocalProblem, ServiceError, serialization_error
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.service import StationReport
from clickgen.local.platform.shapes import parse
from clickgen.local.platform.web import web

_STATISTICS = frozenset({"SampleCount", "Average", "Sum", "Minimum", "Maximum"})
_RECENT_MINUTES = 180  # of RecentlyActive PT3H


class CloudWatch:
    """The metrics of one lake behind the endpoint. `metrics` is for the services that publish counts."""

    signing_names = frozenset({"monitoring"})
    targets = frozenset({"GraniteServiceVersion20100801"})

    def __init__(self, lake: Lake, now: Callable[[], float] = time.time) -> None:
        """Load what was saved. LocalProblem if it cannot be read."""
        self._now = now
        folder = lake.state("cloudwatch")
        try:
            self.metrics = MetricStore(folder, now)
        except (OSError, ValueError) as error:
            raise LocalProblem(
                f"The metrics in {folder} cannot be read: {error}.", "Move that folder away to go on without them."
            ) from error
        self._actions: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "GetMetricData": self._data,
            "GetMetricStatistics": self._statistics,
            "ListMetrics": self._list,
            "PutMetricData": self._put,
        }

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Perform the operation, in the protocol of the request."""
        fail = protocol_of(request)
        try:
            call = await read_request(request)
            perform = self._actions.get(call.operation, _unknown)
            return call.answer(call.operation, perform(call.members))
        except web.HTTPRequestEntityTooLarge:
            return fail(serialization_error("The request is too large."))
        except ServiceError as error:
            return fail(error)

    def reports(self) -> Sequence[StationReport]:
        """Nothing: metrics are not a station."""
        return ()

    async def close(self) -> int:
        """Save what was counted."""
        self.metrics.close()
        return 0

    def _put(self, members: dict[str, Any]) -> dict[str, Any]:
        request = parse(PutRequest, members)
        if request.model_extra:
            raise _invalid(f"The embedded pipeline does not take {', '.join(sorted(request.model_extra))}.")
        counted = [(datum, self._counted(datum)) for datum in request.MetricData]
        for datum, statistics in counted:
            metric = _named(request.Namespace, datum.MetricName, datum.Dimensions)
            when = self._now() if datum.Timestamp is None else datum.Timestamp
            self.metrics.at(metric, when, datum.Unit).join(statistics)
        return {}

    def _counted(self, datum: Datum) -> Statistics:
        """The values of a datum; ServiceError if it has none, or is too old."""
        when = self._now() if datum.Timestamp is None else datum.Timestamp
        if not self._now() - OLDEST_SECONDS <= when <= self._now() + NEWEST_SECONDS:
            raise _invalid(f"The Timestamp of {datum.MetricName} is too far in the past or in the future.")
        statistics = Statistics()
        if datum.StatisticValues is not None:
            given = datum.StatisticValues
            statistics.join(Statistics(given.SampleCount, given.Sum, given.Minimum, given.Maximum))
        elif datum.Values is not None:
            counts = datum.Counts or [1.0] * len(datum.Values)
            if len(counts) != len(datum.Values):
                raise _invalid(f"The Values and Counts of {datum.MetricName} have different lengths.")
            for value, count in zip(datum.Values, counts, strict=True):
                statistics.add(value, count)
        elif datum.Value is not None:
            statistics.add(datum.Value)
        else:
            raise ServiceError(
                "MissingParameter", f"{datum.MetricName} has neither Value nor Values nor StatisticValues."
            )
        return statistics

    def _statistics(self, members: dict[str, Any]) -> dict[str, Any]:
        request = parse(StatisticsRequest, members)
        if request.ExtendedStatistics or not request.Statistics:
            raise ServiceError(
                "InvalidParameterCombination",
                "Statistics must name at least one of SampleCount, Average, Sum, Minimum and Maximum; percentiles"
                " are not kept.",
            )
        _check_times(request.StartTime, request.EndTime, request.Period)
        if (request.EndTime - request.StartTime) / request.Period > MAX_DATAPOINTS:
            raise ServiceError(
                "InvalidParameterCombination",
                f"You have requested more than {MAX_DATAPOINTS} datapoints. Reduce them by a longer Period or a"
                " shorter time range.",
            )
        metric = _named(request.Namespace, request.MetricName, request.Dimensions)
        points = [
            {
                "Timestamp": Instant(start),
                **{name: statistics.value(name) for name in request.Statistics},
                "Unit": statistics.unit,
            }
            for start, statistics in self.metrics.periods(
                metric, request.StartTime, request.EndTime, request.Period, request.Unit
            )
        ]
        return {"Label": request.MetricName, "Datapoints": points}

    def _data(self, members: dict[str, Any]) -> dict[str, Any]:
        request = parse(DataRequest, members)
        results = []
        for query in request.MetricDataQueries:
            result = self._result(query, request)
            if query.ReturnData:
                results.append(result)
        return {"MetricDataResults": results}

    def _result(self, query: Query, request: DataRequest) -> dict[str, Any]:
        wanted = query.MetricStat
        if wanted is None or query.Expression is not None:
            raise _invalid(f"The query {query.Id} has an Expression; the embedded pipeline does no metric math.")
        if wanted.Stat not in _STATISTICS:
            raise _invalid(f"The statistic {wanted.Stat} of the query {query.Id} is not kept.")
        _check_times(request.StartTime, request.EndTime, wanted.Period)
        metric = _named(wanted.Metric.Namespace, wanted.Metric.MetricName, wanted.Metric.Dimensions)
        found = list(self.metrics.periods(metric, request.StartTime, request.EndTime, wanted.Period, wanted.Unit))
        if request.ScanBy == "TimestampDescending":
            found.reverse()
        return {
            "Id": query.Id,
            "Label": query.Label or wanted.Metric.MetricName,
            "Timestamps": [Instant(start) for start, _ in found],
            "Values": [statistics.value(wanted.Stat) for _, statistics in found],
            "StatusCode": "Complete",
        }

    def _list(self, members: dict[str, Any]) -> dict[str, Any]:
        request = parse(ListRequest, members)
        token = request.NextToken or "0"
        begin = int(token) if token.isdecimal() else 0
        found = [metric for metric in self.metrics.names() if self._is_listed(metric, request)]
        page = found[begin : begin + MAX_LISTED]
        answer: dict[str, Any] = {
            "Metrics": [
                {
                    "Namespace": metric.namespace,
                    "MetricName": metric.name,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
                }
                for metric in page
            ]
        }
        more = begin + len(page) < len(found)
        return answer | ({"NextToken": str(begin + len(page))} if more else {})

    def _is_listed(self, metric: MetricName, request: ListRequest) -> bool:
        values = dict(metric.dimensions)
        return (
            request.Namespace in (None, metric.namespace)
            and request.MetricName in (None, metric.name)
            and all(one.Name in values and one.Value in (None, values[one.Name]) for one in request.Dimensions)
            and (
                request.RecentlyActive is None
                or self.metrics.last_minute(metric) >= self._now() // 60 - _RECENT_MINUTES
            )
        )


def _unknown(_members: dict[str, Any]) -> dict[str, Any]:
    raise ServiceError(
        "UnknownOperationException", "The embedded CloudWatch puts, gets and lists metrics, and does nothing else."
    )


def _named(namespace: str, name: str, dimensions: Sequence[Dimension]) -> MetricName:
    return MetricName(namespace, name, tuple(sorted((one.Name, one.Value) for one in dimensions)))


def _check_times(start: float, end: float, period: int) -> None:
    if period % 60:
        raise _invalid(f"The Period {period} is not a multiple of 60; values are kept by the minute.")
    if start >= end:
        raise _invalid("The StartTime must be before the EndTime.")


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message)
