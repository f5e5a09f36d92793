"""Prices: data with a date, a region and a source for each figure (prices.json), replaceable by a file.

The keys of the file name the unit: `ingestion_gb` is dollars a GB, `put_requests` dollars for `per` requests.
A GB is 2^30 bytes, as the pricing calculator counts. Tiers are of a month's volume, as AWS bills them.
"""

import sys
from datetime import date as calendar_date
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from clickgen.cost.volume import GIB
from clickgen.model.errors import Mistakes
from clickgen.model.mistakes import Place, mistakes_in, place_name, read_json_object
from clickgen.model.outside_text import one_line

M = TypeVar("M", bound=BaseModel)
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Words = Annotated[str, Field(min_length=1)]

# Athena pricing page: rounded up to a megabyte, with 10 MB at least a query
_ATHENA_STEP_BYTES = 1 << 20
_ATHENA_LEAST_BYTES = 10 << 20


class PriceModel(BaseModel):
    """A table of the file: no key more, no key less."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tier(PriceModel):
    """Dollars for `per` units of a month's volume up to `up_to` units, or without an end if that is None."""

    up_to: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    usd: Dollars


class Price(PriceModel):
    """What `per` units cost: `usd`, or by monthly volume in `tiers`. `source`: where the figure comes from."""

    usd: Dollars | None = None
    per: Annotated[int, Field(ge=1)] = 1
    tiers: tuple[Tier, ...] = ()
    source: Words

    @model_validator(mode="after")
    def _one_way_of_pricing(self) -> Self:
        if (self.usd is None) == (not self.tiers):
            raise ValueError("needs either usd or tiers")
        ends = [tier.up_to for tier in self.tiers]
        if ends and ends[-1] is not None:
            raise ValueError("the last of tiers must have no end: leave its up_to out")
        bounds = [0.0, *(end for end in ends[:-1] if end is not None)]
        if len(bounds) < len(ends) or any(low >= high for low, high in pairwise(bounds)):
            raise ValueError("every up_to of tiers must be above the one before, and only the last left out")
        return self

    @property
    def steps(self) -> tuple[Tier, ...]:
        """The tiers; one without an end if the price is flat."""
        return self.tiers or (Tier(usd=self.usd or 0.0),)

    @property
    def first(self) -> float:
        """Dollars for `per` units in the first tier."""
        return self.steps[0].usd

    def cost(self, units: float, months: float = 1.0) -> float:
        """Dollars for `units` spread evenly over that many months (at least one): months × tiers(units / months).

        Each tier's price is paid for the part of a month's volume that lies in it.
        """
        months = max(1.0, months)
        monthly, begin, total = units / months, 0.0, 0.0
        for step in self.steps:
            end = monthly if step.up_to is None else min(monthly, step.up_to)
            total += max(0.0, end - begin) * step.usd
            begin = max(begin, end)
        return total / self.per * months


class FirehosePrices(PriceModel):
    """Amazon Data Firehose. Conversion is billed on the bytes that ingestion is billed on [pricing page]."""

    ingestion_gb: Price
    format_conversion_gb: Price
    partitioned_gb: Price
    partitioned_objects: Price
    jq_hours: Price


class S3Prices(PriceModel):
    """Amazon S3, the Standard class. LIST is billed as PUT is."""

    put_requests: Price
    get_requests: Price
    storage_gb_months: Price


class KinesisPrices(PriceModel):
    """Kinesis Data Streams: the first three for on-demand streams, the others for provisioned ones."""

    stream_hours: Price
    in_gb: Price
    out_gb: Price
    shard_hours: Price
    put_units: Price


class DynamoPrices(PriceModel):
    """DynamoDB, on-demand."""

    write_units: Price
    storage_gb_months: Price


class LambdaPrices(PriceModel):
    """AWS Lambda."""

    requests: Price
    gb_seconds: Price


class PipesPrices(PriceModel):
    """EventBridge Pipes."""

    requests: Price


class GluePrices(PriceModel):
    """AWS Glue, crawlers. The catalogue's first million objects and requests are free."""

    crawler_dpu_hours: Price


class RedshiftPrices(PriceModel):
    """Redshift Serverless."""

    rpu_hours: Price


class AthenaPrices(PriceModel):
    """Amazon Athena, SQL queries billed by what they scan."""

    scanned_gb: Price

    def scan_usd(self, scanned_bytes: int) -> float:
        """Dollars for one query that scanned so many bytes."""
        steps = -(-scanned_bytes // _ATHENA_STEP_BYTES)
        return self.scanned_gb.cost(max(steps * _ATHENA_STEP_BYTES, _ATHENA_LEAST_BYTES) / GIB)


class Prices(PriceModel):
    """Every price, and where and when it was so."""

    date: str
    region: Words
    firehose: FirehosePrices
    s3: S3Prices
    kinesis: KinesisPrices
    dynamodb: DynamoPrices
    aws_lambda: LambdaPrices
    athena: AthenaPrices
    # a file of prices may leave these out, and a pipeline's bill then says that they are not known
    eventbridge_pipes: PipesPrices | None = None
    glue: GluePrices | None = None
    redshift_serverless: RedshiftPrices | None = None

    @field_validator("date")
    @classmethod
    def _a_day(cls, value: str) -> str:
        try:
            return calendar_date.fromisoformat(value).isoformat()
        except ValueError:
            raise ValueError(f"{value!r} is not a day; write it as 2025-11-01") from None

    @property
    def usd_per_gb(self) -> float:
        """Dollars a GB of ingestion in its first tier."""
        return self.firehose.ingestion_gb.first / self.firehose.ingestion_gb.per

    def usd(self, billed_bytes: int) -> float:
        """Dollars for ingesting that many billed bytes in the first tier.

        A run cannot know the rest of the month's volume; if prices fall by volume, the first tier costs the most.
        """
        return billed_bytes / GIB * self.usd_per_gb

    def billed_bytes(self, usd: float) -> int:
        """How many billed bytes cost no more than that in the first tier; sys.maxsize if they cost nothing."""
        return int(usd / self.usd_per_gb * GIB) if self.usd_per_gb else sys.maxsize


def load_prices(path: Path | None = None) -> Prices:
    """The prices of a file, or those that come with clickgen.

    Raises UsageProblem if the file cannot be read, or with everything that is wrong with it.
    """
    if path is None:
        shipped = files("clickgen.cost").joinpath("prices.json")
        return Prices.model_validate_json(shipped.read_text("utf-8"))
    return checked(Prices, read_json_object(path, "the prices"), path)


def checked(model: type[M], value: dict[str, Any], path: Path, at: Place = ()) -> M:
    """The value as a model; `at` is its place in the file. Raises UsageProblem with a line for each mistake."""
    try:
        return model.model_validate(value)
    except ValidationError as invalid:
        lines = [f"{path}: {place_name((*at, *place))}: {what}" for place, what in mistakes_in(model, invalid)]
        raise Mistakes("\n".join(map(one_line, lines)), "each line names the place in the file") from invalid
