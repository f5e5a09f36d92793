"""What a `DataFormatConversionConfiguration` asks for, settled."""

from clickgen.local.firehose.conversion.settings import (
    Conversion,
    HiveJson,
    OpenX,
    OrcOutput,
    ParquetOutput,
    TableName,
)
from clickgen.local.firehose.destination_shapes import (
    FormatConversion,
    OneDeserializer,
    OneSerializer,
    Orc,
    Parquet,
    SchemaOfTable,
)
from clickgen.local.platform.errors import invalid_argument
from clickgen.local.platform.limits import ACCOUNT


def settle_conversion(shape: FormatConversion | None) -> Conversion | None:
    """The conversion, or None if it is disabled; InvalidArgumentException if something needed is missing."""
    if shape is None or shape.Enabled is False:
        return None
    if shape.SchemaConfiguration is None:
        raise invalid_argument("SchemaConfiguration is required when data format conversion is enabled.")
    source, target = shape.InputFormatConfiguration, shape.OutputFormatConfiguration
    return Conversion(
        _table(shape.SchemaConfiguration),
        _reader(source.Deserializer if source else None),
        _output(target.Serializer if target else None),
    )


def _table(shape: SchemaOfTable) -> TableName:
    for member in ("RoleARN", "DatabaseName", "TableName"):
        if not getattr(shape, member):
            raise invalid_argument(f"{member} is required in SchemaConfiguration.")
    return TableName(
        database=shape.DatabaseName or "",
        table=shape.TableName or "",
        role_arn=shape.RoleARN or "",
        catalog_id=shape.CatalogId or ACCOUNT,
        region=shape.Region,
        version_id=shape.VersionId or "LATEST",
    )


def _reader(shape: OneDeserializer | None) -> OpenX | HiveJson:
    open_x, hive = (shape.OpenXJsonSerDe, shape.HiveJsonSerDe) if shape else (None, None)
    if open_x is not None and hive is None:
        return OpenX(
            case_insensitive=open_x.CaseInsensitive is not False,
            dots_to_underscores=bool(open_x.ConvertDotsInJsonKeysToUnderscores),
            keys_of_columns=dict(open_x.ColumnToJsonKeyMappings or {}),
        )
    if hive is not None and open_x is None:
        return HiveJson(tuple(hive.TimestampFormats or ()))
    raise invalid_argument("Exactly one deserializer is needed in InputFormatConfiguration.")


def _output(shape: OneSerializer | None) -> ParquetOutput | OrcOutput:
    parquet, orc = (shape.ParquetSerDe, shape.OrcSerDe) if shape else (None, None)
    if parquet is not None and orc is None:
        return _parquet(parquet)
    if orc is not None and parquet is None:
        return _orc(orc)
    raise invalid_argument("Exactly one serializer is needed in OutputFormatConfiguration.")


def _parquet(shape: Parquet) -> ParquetOutput:
    return ParquetOutput(
        compression=shape.Compression or "SNAPPY",
        version=shape.WriterVersion or "V1",
        dictionary=shape.EnableDictionaryCompression is not False,
    )


def _orc(shape: Orc) -> OrcOutput:
    default = OrcOutput()
    probability, threshold = shape.BloomFilterFalsePositiveProbability, shape.DictionaryKeyThreshold
    return OrcOutput(
        compression=shape.Compression or default.compression,
        stripe_bytes=shape.StripeSizeBytes or default.stripe_bytes,
        row_index_stride=shape.RowIndexStride or default.row_index_stride,
        bloom_filter_columns=tuple(shape.BloomFilterColumns or ()),
        bloom_filter_probability=default.bloom_filter_probability if probability is None else probability,
        dictionary_threshold=default.dictionary_threshold if threshold is None else threshold,
        version=shape.FormatVersion or default.version,
    )
