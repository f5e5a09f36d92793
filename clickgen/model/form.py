"""The form of a recording: what turns its bytes into JSON objects. A run's plan keeps it."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Kind(StrEnum):
    """What a file is written in."""

    JSON = "json"  # objects one a line, joined or pretty-printed
    ARRAY = "array"  # one JSON array of objects
    DELIMITED = "delimited"  # CSV, TSV and their like
    ACCESS_LOG = "access-log"  # common or combined, as web servers write it
    FIELDS_LOG = "fields-log"  # values between spaces or tabs: CloudFront, ALB, W3C extended
    PARQUET = "parquet"


class Form(BaseModel):
    """How a file is read; each of its rows becomes one JSON object."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind = Kind.JSON
    name: str = "JSON objects"  # for people
    separator: str = ","  # of delimited text and of a fields log; a space stands for any number of them
    quote: str = '"'
    header: bool = False  # whether the first line names the columns
    columns: tuple[str, ...] = ()
    numeric: frozenset[str] = frozenset()  # columns that become JSON numbers, written as they are
    each: str | None = None  # where the events are inside an object, dots for nesting, or None if it is one


JSON = Form()
