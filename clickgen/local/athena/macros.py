"""What Athena's functions mean, for DuckDB: settings and macros of a connection.

Macros whose names begin with `athena_` stand for functions that DuckDB has under the same name with another
meaning; the translation puts them in their place.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET integer_division = true",
    "SET ieee_floating_point_ops = false",
    "SET default_null_order = 'nulls_last'",
    "SET enable_progress_bar = false",
    "SET preserve_insertion_order = true",
)

_URL = r"^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d+))?)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$"

MACROS = (
    "athena_substr(s, start) AS CASE WHEN s IS NULL THEN NULL WHEN start = 0 THEN '' ELSE substring(s, start) END",
    "athena_substr_length(s, start, size) AS"
    " CASE WHEN s IS NULL THEN NULL WHEN start = 0 OR size <= 0 THEN '' ELSE substring(s, start, size) END",
    "athena_regexp_extract(s, pattern, part) AS"
    " CASE WHEN regexp_matches(s, pattern) THEN regexp_extract(s, pattern, part) END",
    "athena_at(list, position) AS CASE WHEN position > len(list)"
    " THEN error(concat('INVALID_FUNCTION_ARGUMENT: Array subscript must be less than"
    " or equal to array length: ', position, ' > ', len(list)))"
    " WHEN position = 0 THEN error('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')"
    " WHEN position < 0 THEN error('INVALID_FUNCTION_ARGUMENT: Array subscript is negative')"
    " ELSE list[position] END",
    "athena_timestamp(value) AS CASE WHEN typeof(value) = 'VARCHAR' AND NOT regexp_matches(value::VARCHAR,"
    r" '^\s*\d{4,}-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?\s*$')"
    " THEN error(concat('INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: ', value))"
    " ELSE CAST(value AS TIMESTAMP) END",
    "athena_try_timestamp(value) AS CASE WHEN typeof(value) = 'VARCHAR' AND NOT regexp_matches(value::VARCHAR,"
    r" '^\s*\d{4,}-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?\s*$')"
    " THEN NULL ELSE TRY_CAST(value AS TIMESTAMP) END",
    "athena_date(value) AS CASE WHEN typeof(value) = 'VARCHAR' AND NOT regexp_matches(value::VARCHAR,"
    r" '^\s*\d{4,}-\d{1,2}-\d{1,2}\s*$')"
    " THEN error(concat('INVALID_CAST_ARGUMENT: Value cannot be cast to date: ', value))"
    " ELSE CAST(value AS DATE) END",
    # as Java writes a double: with an exponent from 10 million on and below a thousandth
    "athena_double(value) AS CASE WHEN value IS NULL THEN NULL WHEN isnan(value) THEN 'NaN' WHEN isinf(value)"
    " THEN CASE WHEN value > 0 THEN 'Infinity' ELSE '-Infinity' END"
    " WHEN contains(value::VARCHAR, 'e') THEN concat(split_part(value::VARCHAR, 'e', 1),"
    " CASE WHEN contains(split_part(value::VARCHAR, 'e', 1), '.') THEN '' ELSE '.0' END, 'E',"
    " split_part(value::VARCHAR, 'e', 2)::INTEGER)"
    " WHEN abs(value) >= 1e7 THEN concat(CASE WHEN value < 0 THEN '-' ELSE '' END,"
    " left(abs(value)::VARCHAR, 1), '.',"
    " coalesce(nullif(rtrim(replace(substring(abs(value)::VARCHAR, 2), '.', ''), '0'), ''), '0'), 'E',"
    " strpos(abs(value)::VARCHAR, '.') - 2)"
    " WHEN value <> 0 AND abs(value) < 1e-3 THEN concat(CASE WHEN value < 0 THEN '-' ELSE '' END,"
    " substring(abs(value)::VARCHAR, 6, 1), '.',"
    " coalesce(nullif(substring(abs(value)::VARCHAR, 7), ''), '0'), 'E-4')"
    " ELSE value::VARCHAR END",
    "athena_varchar(value) AS CASE typeof(value)"
    " WHEN 'TIMESTAMP' THEN strftime(TRY_CAST(value::VARCHAR AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')"
    " WHEN 'TIMESTAMP WITH TIME ZONE'"
    " THEN concat(strftime(TRY_CAST(left(value::VARCHAR, -3) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g'), ' UTC')"
    " WHEN 'JSON'"
    " THEN json_extract_string(CASE WHEN typeof(value) = 'JSON' THEN value::VARCHAR ELSE 'null' END, '$')"
    " WHEN 'DOUBLE' THEN athena_double(TRY_CAST(value::VARCHAR AS DOUBLE)) ELSE value::VARCHAR END",
    "athena_iso8601(value) AS CASE typeof(value) WHEN 'DATE' THEN value::VARCHAR WHEN 'TIMESTAMP WITH TIME ZONE'"
    " THEN concat(strftime(TRY_CAST(left(value::VARCHAR, -3) AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g'), 'Z')"
    " ELSE strftime(TRY_CAST(value::VARCHAR AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g') END",
    rf"url_extract_protocol(url) AS nullif(regexp_extract(url, '{_URL}', 1), '')",
    rf"url_extract_host(url) AS nullif(regexp_extract(url, '{_URL}', 2), '')",
    rf"url_extract_port(url) AS TRY_CAST(nullif(regexp_extract(url, '{_URL}', 3), '') AS BIGINT)",
    rf"url_extract_path(url) AS regexp_extract(url, '{_URL}', 4)",
    rf"url_extract_query(url) AS nullif(regexp_extract(url, '{_URL}', 5), '')",
    rf"url_extract_fragment(url) AS nullif(regexp_extract(url, '{_URL}', 6), '')",
    "url_extract_parameter(url, name) AS"
    " CASE WHEN regexp_matches(url, concat('[?&]', regexp_escape(name), '(=|&|#|$)')) THEN url_decode(replace("
    "regexp_extract(url, concat('[?&]', regexp_escape(name), '=([^&#]*)'), 1), '+', ' ')) END",
    "map_agg(k, v) AS map(list(k), list(v))",
    "zip(a, b) AS list_zip(a, b)",
    "athena_signed(word) AS CASE WHEN word > 9223372036854775807"
    " THEN (word::HUGEINT - 18446744073709551616)::BIGINT ELSE word::BIGINT END",
    "bitwise_left_shift(value, places) AS athena_signed((value::HUGEINT"
    " & ((1::HUGEINT << (64 - places)::INTEGER) - 1))::UBIGINT << places::UBIGINT)",
    "athena_from_base(digits, base) AS CASE WHEN base = 16 THEN concat('0x', digits)::BIGINT"
    " WHEN base = 2 THEN list_reduce([0::BIGINT] || list_transform(string_split(digits, ''), lambda d: d::BIGINT),"
    " lambda a, d: a * 2 + d) ELSE list_reduce([0::BIGINT] || list_transform(string_split(lower(digits), ''),"
    " lambda d: (strpos('0123456789abcdefghijklmnopqrstuvwxyz', d) - 1)::BIGINT), lambda a, d: a * base + d) END",
    "at_timezone(moment, zone) AS timezone(zone, moment)",
    "codepoint(sign) AS ascii(sign)",
    "human_readable_seconds(seconds) AS concat_ws(', ',"
    " CASE WHEN seconds >= 604800 THEN concat(seconds::BIGINT // 604800, ' weeks') END,"
    " CASE WHEN seconds::BIGINT % 604800 >= 86400 THEN concat(seconds::BIGINT % 604800 // 86400, ' days') END,"
    " CASE WHEN seconds::BIGINT % 86400 >= 3600 THEN concat(seconds::BIGINT % 86400 // 3600, ' hours') END,"
    " CASE WHEN seconds::BIGINT % 3600 >= 60 THEN concat(seconds::BIGINT % 3600 // 60, ' minutes') END,"
    " CASE WHEN seconds::BIGINT % 60 > 0 OR seconds < 1 THEN concat(seconds::BIGINT % 60, ' seconds') END)",
    "width_bucket(value, low, high, buckets) AS CASE WHEN value < low THEN 0 WHEN value >= high THEN buckets + 1"
    " ELSE (floor((value::DOUBLE - low) / (high::DOUBLE - low) * buckets) + 1)::BIGINT END",
    "json_size(document, path) AS CASE json_type(document, path)"
    " WHEN 'ARRAY' THEN json_array_length(document, path)"
    " WHEN 'OBJECT' THEN len(json_keys(document, path)) ELSE 0 END",
    "nan() AS 'NaN'::DOUBLE",
    "infinity() AS 'Infinity'::DOUBLE",
)


def prepare(connection: "DuckDBPyConnection") -> None:
    """Make a connection answer as Athena would, as far as its SQL is translated."""
    for setting in SETTINGS:
        connection.execute(setting)
    for macro in MACROS:
        connection.execute(f"CREATE TEMP MACRO {macro}")
