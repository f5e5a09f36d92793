"""CREATE EXTERNAL TABLE, with all usual clauses, as a `TableInput` of the catalogue."""

from dataclasses import dataclass, field
from typing import Any

from clickgen.local.athena.failures import failed, hive_failed
from clickgen.local.athena.words import Words
from clickgen.local.platform.hive_types import UnknownType, parse_type

OPENX = "org.openx.data.jsonserde.JsonSerDe"
_LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_TEXT_IN = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"

FORMATS = {
    "TEXTFILE": (_TEXT_IN, _TEXT_OUT, _LAZY),
    "JSONFILE": (_TEXT_IN, _TEXT_OUT, OPENX),
    "PARQUET": (
        f"{_PARQUET}.MapredParquetInputFormat",
        f"{_PARQUET}.MapredParquetOutputFormat",
        f"{_PARQUET}.serde.ParquetHiveSerDe",
    ),
}
"""Input format, output format and SerDe of what STORED AS names."""
_UNREAD = ("ORC", "AVRO", "SEQUENCEFILE", "RCFILE", "ION")

_DELIMITERS = {
    ("FIELDS", "TERMINATED", "BY"): "field.delim",
    ("COLLECTION", "ITEMS", "TERMINATED", "BY"): "collection.delim",
    ("MAP", "KEYS", "TERMINATED", "BY"): "mapkey.delim",
    ("LINES", "TERMINATED", "BY"): "line.delim",
    ("NULL", "DEFINED", "AS"): "serialization.null.format",
}
_ESCAPES = {"\\t": "\t", "\\n": "\n", "\\001": "\x01", "\\u0001": "\x01", "\\\\": "\\"}


@dataclass
class _Given:
    """What the clauses say so far."""

    columns: list[dict[str, str]] = field(default_factory=list)
    keys: list[dict[str, str]] = field(default_factory=list)
    serde: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    stored: tuple[str, str, str] = FORMATS["TEXTFILE"]
    location: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    clustered: dict[str, Any] = field(default_factory=dict)


def read_create_table(words: Words, database: str) -> tuple[str, dict[str, Any], bool]:
    """Database, `TableInput`, and whether a table that is there is left alone.

    The words are those after CREATE EXTERNAL TABLE. QueryFailed if they are not its grammar.
    """
    lenient = words.accept("IF", "NOT", "EXISTS")
    database, name = words.qualified(database)
    given = _Given()
    if words.peek() == "(":
        given.columns = read_columns(words)
    while words.peek():
        _clause(words, given)
    if not given.location:
        raise hive_failed("SemanticException No location was specified for an external table")
    return database, _table(name, given), lenient


def typed(name: str, kind: str) -> dict[str, str]:
    """A column with its type as the catalogue writes it; QueryFailed if it is not one."""
    try:
        return {"Name": name, "Type": str(parse_type(kind))}
    except UnknownType as problem:
        raise failed("SYNTAX_ERROR", str(problem)) from None


def _clause(words: Words, given: _Given) -> None:
    if words.accept("ROW", "FORMAT", "SERDE"):
        given.serde = words.text()
    elif words.accept("ROW", "FORMAT", "DELIMITED"):
        _delimiters(words, given)
    elif words.accept("STORED", "AS", "INPUTFORMAT"):
        formats = [words.text()]
        words.expect("OUTPUTFORMAT")
        given.stored = (formats[0], words.text(), given.stored[2])
    elif words.accept("STORED", "AS"):
        given.stored = _format(words)
    else:
        _simple_clause(words, given)


def _simple_clause(words: Words, given: _Given) -> None:
    if words.accept("COMMENT"):
        given.parameters["comment"] = words.text()
    elif words.accept("PARTITIONED", "BY"):
        given.keys = read_columns(words)
    elif words.accept("CLUSTERED", "BY"):
        _clusters(words, given)
    elif words.accept("WITH", "SERDEPROPERTIES"):
        given.settings |= words.properties()
    elif words.accept("LOCATION"):
        given.location = words.text()
    elif words.accept("TBLPROPERTIES"):
        given.parameters |= words.properties()
    else:
        words.refuse("LOCATION")


def read_columns(words: Words) -> list[dict[str, str]]:
    """Take `(name type COMMENT 'text', …)`."""
    columns: list[dict[str, str]] = []
    words.expect("(")
    while not words.accept(")"):
        name = words.name()
        words.accept(":")
        column = typed(name, words.until(",", ")", "COMMENT"))
        if words.accept("COMMENT"):
            column["Comment"] = words.text()
        columns.append(column)
        if words.peek() != ")":
            words.expect(",")
    names = [column["Name"] for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise hive_failed(f"ParseException: Duplicate column name: {name}")
    return columns


def _clusters(words: Words, given: _Given) -> None:
    words.expect("(")
    names = [words.name()]
    while words.accept(","):
        names.append(words.name())
    words.expect(")", "INTO")
    given.clustered = {"BucketColumns": names, "NumberOfBuckets": int(words.value())}
    words.expect("BUCKETS")


def _delimiters(words: Words, given: _Given) -> None:
    given.serde = _LAZY
    while True:
        clause = next((clause for clause in _DELIMITERS if words.accept(*clause)), None)
        if clause is None:
            return
        text = words.text()
        given.settings[_DELIMITERS[clause]] = _ESCAPES.get(text, text)
        if clause[0] == "FIELDS":
            given.settings["serialization.format"] = given.settings["field.delim"]
            if words.accept("ESCAPED", "BY"):
                given.settings["escape.delim"] = words.text().replace("\\\\", "\\")


def _format(words: Words) -> tuple[str, str, str]:
    name = words.name().upper()
    if name in _UNREAD:
        raise failed("NOT_SUPPORTED", f"the embedded pipeline does not read tables stored as {name}")
    if name not in FORMATS:
        words.refuse("PARQUET")
    return FORMATS[name]


def _table(name: str, given: _Given) -> dict[str, Any]:
    entry, output, library = given.stored
    table: dict[str, Any] = {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", **given.parameters},
        "PartitionKeys": given.keys,
        "StorageDescriptor": {
            "Columns": given.columns,
            "Location": given.location,
            "InputFormat": entry,
            "OutputFormat": output,
            "Compressed": False,
            "NumberOfBuckets": -1,
            "SerdeInfo": {
                "SerializationLibrary": given.serde or library,
                "Parameters": given.settings or {"serialization.format": "1"},
            },
            "BucketColumns": [],
            "SortColumns": [],
            "StoredAsSubDirectories": False,
            **given.clustered,
        },
    }
    return table
