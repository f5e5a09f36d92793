"""COPY, read word by word: what is loaded from where, and by which rules."""

from dataclasses import dataclass, field

from clickgen.local.redshift.database import SqlFailed
from clickgen.local.redshift.words import Word, bare_words

_IGNORED = {
    "IAM_ROLE": 1, "CREDENTIALS": 1, "ACCESS_KEY_ID": 1, "SECRET_ACCESS_KEY": 1, "SESSION_TOKEN": 1,
    "COMPUPDATE": 1, "STATUPDATE": 1, "REGION": 1, "COMPROWS": 1, "ENCODING": 1, "TRIMBLANKS": 0, "ROUNDEC": 0,
    "EXPLICIT_IDS": 0,
}  # fmt: skip
"""Options that change nothing here, and how many words come after them."""
_FLAGS = {
    "MANIFEST", "TRUNCATECOLUMNS", "EMPTYASNULL", "BLANKSASNULL", "IGNOREBLANKLINES", "REMOVEQUOTES", "ESCAPE",
}  # fmt: skip
_COMPRESSIONS = {"GZIP": "gzip", "BZIP2": "bzip2", "ZSTD": "zstd"}
_VALUES = {"MAXERROR", "IGNOREHEADER", "DELIMITER", "NULL", "TIMEFORMAT", "DATEFORMAT", "QUOTE", "ACCEPTINVCHARS"}
_MAX_ERRORS = 100_000


@dataclass
class CopyCommand:
    """One COPY.

    schema, table, columns: where to; no columns mean all of the table.
    source: an S3 prefix, or a manifest.
    format: `json`, `csv`, `parquet` or `text`. json: `auto`, `auto ignorecase`, or where the paths are.
    compression: as in platform/decompress.py.
    flags: the options without a value. values: those with one.
    """

    schema: str
    table: str
    columns: list[str] = field(default_factory=list)
    source: str = ""
    format: str = "text"
    json: str = "auto"
    compression: str = "none"
    flags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)

    @property
    def max_errors(self) -> int:
        return int(self.values.get("MAXERROR", "0"))


def is_copy(statement: str) -> bool:
    """Whether a statement is a COPY."""
    return [word.upper for word in bare_words(statement)[:1]] == ["COPY"]


def read_copy(statement: str) -> CopyCommand:
    """The COPY that a statement is; SqlFailed if it is not one that can be carried out."""
    words = bare_words(statement)[1:]
    if words and words[-1].text == ";":  # as Firehose ends it
        words.pop()
    name, words = _name(words)
    command = CopyCommand(*name)
    if words and words[0].text == "(":
        end = next((at for at, word in enumerate(words) if word.text == ")"), len(words))
        command.columns = [word.value.lower() for word in words[1:end] if word.text != ","]
        words = words[end + 1 :]
    if [word.upper for word in words[:1]] != ["FROM"] or len(words) < 2 or words[1].kind != "text":
        raise _wrong(words[:2])
    command.source = words[1].value
    if not command.source.startswith("s3://"):
        raise SqlFailed(f"ERROR: Invalid S3 URI {command.source}: only s3:// sources can be loaded here")
    rest = words[2:]
    while rest:
        rest = _option(command, rest)
    return command


def _name(words: list[Word]) -> tuple[tuple[str, str], list[Word]]:
    parts = [words[0].value.lower()] if words else []
    rest = words[1:]
    while rest and rest[0].text == "." and len(rest) > 1:
        parts.append(rest[1].value.lower())
        rest = rest[2:]
    if not parts:
        raise _wrong(words)
    return ((parts[-2] if len(parts) > 1 else "public"), parts[-1]), rest


def _option(command: CopyCommand, words: list[Word]) -> list[Word]:
    """Take one option; what is left."""
    name, rest = words[0].upper, words[1:]
    if name in ("FORMAT", "AS"):
        return rest
    if name in _COMPRESSIONS:
        command.compression = _COMPRESSIONS[name]
    elif name in ("PARQUET", "CSV"):
        command.format = name.lower()
    elif name == "JSON":
        command.format = "json"
        rest = _without_as(rest)
        if rest and rest[0].kind == "text":
            command.json, rest = rest[0].value, rest[1:]
    elif name in _FLAGS:
        command.flags.add(name)
    elif name in _VALUES:
        rest = _value(command, name, _without_as(rest))
    elif name in _IGNORED:
        rest = _without_as(rest)[_IGNORED[name] :]
    else:
        raise _wrong(words)
    return rest


def _value(command: CopyCommand, name: str, rest: list[Word]) -> list[Word]:
    if not rest or rest[0].kind not in ("text", "number"):
        raise _wrong(rest)
    value = rest[0].value
    if name in ("MAXERROR", "IGNOREHEADER") and not (value.isdecimal() and int(value) <= _MAX_ERRORS):
        raise SqlFailed(f"ERROR: {name} must be a whole number up to {_MAX_ERRORS}")
    command.values[name] = {"\\t": "\t", "\\001": "\x01", "\\N": r"\N"}.get(value, value)
    return rest[1:]


def _without_as(words: list[Word]) -> list[Word]:
    return words[1:] if words and words[0].upper == "AS" else words


def _wrong(words: list[Word]) -> SqlFailed:
    near = words[0].text if words else "end of input"
    return SqlFailed(f'ERROR: syntax error at or near "{near}"')
