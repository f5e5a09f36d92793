"""A table as a crawler writes it into the catalogue: its columns, its SerDe and the parameters that it sets."""

from collections.abc import Iterable
from typing import Any

from clickgen.local.glue.grouping import FoundTable, Leaf
from clickgen.local.glue.inference import FileShape, known
from clickgen.local.platform.hive_types import HiveType

Entity = dict[str, Any]

_TEXT_IN = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


def crawled_table(found: FoundTable, location: str, crawler: str, run: str) -> Entity:
    """What a crawler writes of a table, but for its name. run: the id of the crawl."""
    kind, compression = found.leaves[0].kind
    shapes = [shape for leaf in found.leaves for _, shape, _ in leaf.files]
    entry, output, serde, parameters = _serde(kind, shapes[0], found)
    keys = found.keys
    table: Entity = {
        "Owner": "owner",
        "TableType": "EXTERNAL_TABLE",
        "Retention": 0,
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
        "Parameters": {
            **statistics_of(found.leaves),
            **parameters,
            "CRAWL_RUN_ID": run,
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            "UPDATED_BY_CRAWLER": crawler,
            "classification": kind,
            "compressionType": compression,
            "typeOfData": "file",
            **({"partition_filtering.enabled": "true"} if keys else {}),
        },
        "StorageDescriptor": {
            "Columns": columns_of(found.columns),
            "Location": location,
            "InputFormat": entry,
            "OutputFormat": output,
            "Compressed": compression != "none",
            "NumberOfBuckets": -1,
            "SerdeInfo": serde,
            "BucketColumns": [],
            "SortColumns": [],
            "Parameters": {},
            "StoredAsSubDirectories": False,
        },
    }
    return table


def _serde(kind: str, shape: FileShape, found: FoundTable) -> tuple[str, str, Entity, dict[str, str]]:
    """Input format, output format, SerDe and parameters of a format."""
    if kind == "parquet":
        library = f"{_PARQUET}.serde.ParquetHiveSerDe"
        serde: Entity = {"SerializationLibrary": library, "Parameters": {"serialization.format": "1"}}
        return f"{_PARQUET}.MapredParquetInputFormat", f"{_PARQUET}.MapredParquetOutputFormat", serde, {}
    if kind == "csv":
        delimiter = shape.settings["delimiter"]
        library = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
        serde = {"SerializationLibrary": library, "Parameters": {"field.delim": delimiter}}
        more = {"delimiter": delimiter, "columnsOrdered": "true", "areColumnsQuoted": "false"}
        if shape.settings["header"] == "true":
            more["skip.header.line.count"] = "1"
        return _TEXT_IN, _TEXT_OUT, serde, more
    names = sorted({name for leaf in found.leaves for _, one, _ in leaf.files for name in one.original})
    library = "org.openx.data.jsonserde.JsonSerDe"
    return _TEXT_IN, _TEXT_OUT, {"SerializationLibrary": library, "Parameters": {"paths": ",".join(names)}}, {}


def columns_of(columns: dict[str, HiveType]) -> list[dict[str, str]]:
    """Columns as the catalogue has them."""
    return [{"Name": name, "Type": str(known(kind))} for name, kind in columns.items()]


def statistics_of(leaves: Iterable[Leaf]) -> dict[str, str]:
    """The parameters that count objects and records."""
    files = [file for leaf in leaves for file in leaf.files]
    size = sum(size for _, _, size in files)
    records = sum(shape.records for _, shape, _ in files)
    average = sum(shape.record_bytes for _, shape, _ in files) // max(1, records)
    return {
        "objectCount": str(len(files)),
        "sizeKey": str(size),
        "recordCount": str(records),
        "averageRecordSize": str(average),
    }
