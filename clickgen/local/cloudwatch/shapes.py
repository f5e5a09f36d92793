"""The shapes of CloudWatch requests (botocore, cloudwatch 2010-08-01); the query protocol has numbers as texts."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from clickgen.local.cloudwatch.limits import MAX_DATA_A_CALL, MAX_DIMENSIONS, MAX_QUERIES, MAX_VALUES
from clickgen.local.platform.shapes import Shape


def _epoch(value: Any) -> Any:
    """A time as seconds since the epoch, from ISO 8601 too."""
    if not isinstance(value, str) or value.replace(".", "", 1).isdecimal():
        return value
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


Moment = Annotated[float, BeforeValidator(_epoch), Field(allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
NamespaceText = Annotated[str, Field(min_length=1, max_length=255)]
NameText = Annotated[str, Field(min_length=1, max_length=255)]
Text = Annotated[str, Field(min_length=1, max_length=1024)]
Seconds = Annotated[int, Field(ge=1)]
Statistic = Literal["SampleCount", "Average", "Sum", "Minimum", "Maximum"]


class LooseShape(Shape):
    """A structure whose numbers may come as texts."""

    model_config = ConfigDict(extra="allow", strict=False, frozen=True, defer_build=True)


class Dimension(LooseShape):
    """A name and a value that tell one metric from another."""

    Name: NameText
    Value: Text


DimensionList = Annotated[list[Dimension], Field(max_length=MAX_DIMENSIONS)]


class StatisticSet(LooseShape):
    """Values that were added up before."""

    SampleCount: Number
    Sum: Number
    Minimum: Number
    Maximum: Number


class Datum(LooseShape):
    """One value of a metric, or several."""

    MetricName: NameText
    Dimensions: DimensionList = Field(default_factory=list)
    Timestamp: Moment | None = None
    Value: Number | None = None
    StatisticValues: StatisticSet | None = None
    Values: Annotated[list[Number], Field(max_length=MAX_VALUES)] | None = None
    Counts: Annotated[list[Number], Field(max_length=MAX_VALUES)] | None = None
    Unit: str = "None"


class PutRequest(LooseShape):
    """PutMetricData."""

    Namespace: NamespaceText
    MetricData: Annotated[list[Datum], Field(max_length=MAX_DATA_A_CALL)] = Field(default_factory=list)


class StatisticsRequest(LooseShape):
    """GetMetricStatistics."""

    Namespace: NamespaceText
    MetricName: NameText
    Dimensions: DimensionList = Field(default_factory=list)
    StartTime: Moment
    EndTime: Moment
    Period: Seconds
    Statistics: list[Statistic] = Field(default_factory=list)
    ExtendedStatistics: list[str] = Field(default_factory=list)
    Unit: str | None = None


class MetricShape(LooseShape):
    """What a metric is known by."""

    Namespace: NamespaceText
    MetricName: NameText
    Dimensions: DimensionList = Field(default_factory=list)


class MetricStatShape(LooseShape):
    """A statistic of a metric over periods."""

    Metric: MetricShape
    Period: Seconds
    Stat: str
    Unit: str | None = None


class Query(LooseShape):
    """One of `MetricDataQueries`."""

    Id: NameText
    MetricStat: MetricStatShape | None = None
    Expression: str | None = None
    Label: str | None = None
    ReturnData: bool = True


class DataRequest(LooseShape):
    """GetMetricData."""

    MetricDataQueries: Annotated[list[Query], Field(min_length=1, max_length=MAX_QUERIES)]
    StartTime: Moment
    EndTime: Moment
    ScanBy: Literal["TimestampDescending", "TimestampAscending"] = "TimestampDescending"


class DimensionFilter(LooseShape):
    """A dimension that a metric must have, with that value if one is given."""

    Name: NameText
    Value: Text | None = None


class ListRequest(LooseShape):
    """ListMetrics."""

    Namespace: NamespaceText | None = None
    MetricName: NameText | None = None
    Dimensions: Annotated[list[DimensionFilter], Field(max_length=10)] = Field(default_factory=list)
    NextToken: str | None = None
    RecentlyActive: Literal["PT3H"] | None = None
