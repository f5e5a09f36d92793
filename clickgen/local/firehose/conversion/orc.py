"""ORC, which DuckDB does not write: from Parquet by pyarrow, a batch at a time."""

from pathlib import Path

from clickgen.local.firehose.conversion.settings import OrcOutput

_ROWS_AT_ONCE = 16_384
_COMPRESSIONS = {"NONE": "uncompressed", "ZLIB": "zlib", "SNAPPY": "snappy"}
_VERSIONS = {"V0_11": "0.11", "V0_12": "0.12"}


def write_orc(source: Path, target: Path, output: OrcOutput) -> None:
    """Write the rows of a Parquet file as ORC. OSError."""
    from pyarrow import Table, orc, parquet  # an optional package

    file = parquet.ParquetFile(source)
    names = file.schema_arrow.names
    bloom = [names.index(name) for name in output.bloom_filter_columns if name in names]
    with orc.ORCWriter(
        str(target),
        file_version=_VERSIONS[output.version],
        stripe_size=output.stripe_bytes,
        compression=_COMPRESSIONS[output.compression],
        row_index_stride=output.row_index_stride,
        dictionary_key_size_threshold=output.dictionary_threshold,
        bloom_filter_columns=bloom or None,
        bloom_filter_fpp=output.bloom_filter_probability,
    ) as writer:
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            writer.write(Table.from_batches([batch]))
