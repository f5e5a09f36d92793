"""The settled form of a stream's format conversion."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class TableName:
    """Where the schema comes from, and how failed records name it."""

    database: str
    table: str
    role_arn: str
    catalog_id: str
    region: str | None = None  # None: the stream's own
    version_id: str = "LATEST"


@dataclass(frozen=True)
class OpenX:
    """How the OpenX SerDe reads JSON; every default is the service's."""

    case_insensitive: bool = True
    dots_to_underscores: bool = False
    keys_of_columns: Mapping[str, str] = field(default_factory=dict)  # column to JSON key


@dataclass(frozen=True)
class HiveJson:
    """How the Hive SerDe reads JSON: Joda patterns or `millis`; without any, `yyyy-MM-dd HH:mm:ss[.f]`."""

    timestamp_formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class ParquetOutput:
    """How Parquet is written."""

    compression: Literal["UNCOMPRESSED", "GZIP", "SNAPPY"] = "SNAPPY"
    version: Literal["V1", "V2"] = "V1"
    dictionary: bool = True


@dataclass(frozen=True)
class OrcOutput:
    """How ORC is written."""

    compression: Literal["NONE", "ZLIB", "SNAPPY"] = "SNAPPY"
    stripe_bytes: int = 64 * 1024 * 1024
    row_index_stride: int = 10_000
    bloom_filter_columns: tuple[str, ...] = ()
    bloom_filter_probability: float = 0.05
    dictionary_threshold: float = 0.0
    version: Literal["V0_11", "V0_12"] = "V0_12"


@dataclass(frozen=True)
class Conversion:
    """Which columns are written, how JSON is read, and in which format the object is."""

    table: TableName
    reader: OpenX | HiveJson
    output: ParquetOutput | OrcOutput

    @property
    def extension(self) -> str:
        """The end of the names of converted objects."""
        return ".parquet" if isinstance(self.output, ParquetOutput) else ".orc"
