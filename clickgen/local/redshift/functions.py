"""Redshift's functions that PostgreSQL has not, as functions of a database."""

SYSTEM_TABLES = (
    "CREATE TABLE IF NOT EXISTS public.stl_load_errors (userid integer, slice integer, tbl integer,"
    " starttime timestamp, session integer, query integer, filename char(256), line_number bigint,"
    " colname char(127), type char(10), col_length char(10), position integer, raw_line char(1024),"
    " raw_field_value char(1024), err_code integer, err_reason char(100), is_partial integer)"
)

FUNCTIONS = (
    "getdate() RETURNS timestamp STABLE AS $$ SELECT localtimestamp(0)::timestamp $$",
    "nvl(a anycompatible, b anycompatible) RETURNS anycompatible IMMUTABLE AS $$ SELECT coalesce(a, b) $$",
    "nvl2(a anyelement, b anycompatible, c anycompatible) RETURNS anycompatible IMMUTABLE"
    " AS $$ SELECT CASE WHEN a IS NOT NULL THEN b ELSE c END $$",
    "len(a text) RETURNS integer IMMUTABLE AS $$ SELECT length(a) $$",
    "number_in_base(digits text, base integer) RETURNS bigint IMMUTABLE AS $$"
    " SELECT sum((strpos('0123456789abcdefghijklmnopqrstuvwxyz', lower(d)) - 1)"
    " * power(base, length(digits) - n))::bigint"
    " FROM regexp_split_to_table(digits, '') WITH ORDINALITY AS s(d, n) $$",
    # without a subquery of its own, so that PostgreSQL puts it into the query that calls it
    "strtol(digits text, base integer) RETURNS bigint IMMUTABLE AS $$ SELECT CASE WHEN base = 16"
    " THEN CAST(CAST('x' || lpad(digits, 16, '0') AS bit(64)) AS bigint) ELSE number_in_base(digits, base) END $$",
    "dateadd(unit text, amount bigint, moment timestamp) RETURNS timestamp IMMUTABLE"
    " AS $$ SELECT moment + amount * CASE WHEN unit ILIKE 'q%' THEN interval '3 months'"
    " ELSE ('1 ' || unit)::interval END $$",
    "datediff(unit text, a timestamp, b timestamp) RETURNS bigint IMMUTABLE"
    " AS $$ SELECT CASE rtrim(lower(unit), 's')"
    " WHEN 'year' THEN extract(year FROM b) - extract(year FROM a)"
    " WHEN 'quarter' THEN (extract(year FROM b) - extract(year FROM a)) * 4 + extract(quarter FROM b)"
    " - extract(quarter FROM a)"
    " WHEN 'month' THEN (extract(year FROM b) - extract(year FROM a)) * 12 + extract(month FROM b)"
    " - extract(month FROM a)"
    " WHEN 'week' THEN (date_trunc('week', b)::date - date_trunc('week', a)::date) / 7"
    " WHEN 'day' THEN b::date - a::date"
    " WHEN 'hour' THEN extract(epoch FROM date_trunc('hour', b) - date_trunc('hour', a)) / 3600"
    " WHEN 'minute' THEN extract(epoch FROM date_trunc('minute', b) - date_trunc('minute', a)) / 60"
    " WHEN 'second' THEN extract(epoch FROM date_trunc('second', b) - date_trunc('second', a))"
    " WHEN 'millisecond' THEN floor(extract(epoch FROM b - a) * 1000) END::bigint $$",
    "convert_timezone(source text, target text, moment timestamp) RETURNS timestamp IMMUTABLE"
    " AS $$ SELECT (moment AT TIME ZONE source) AT TIME ZONE target $$",
    "convert_timezone(target text, moment timestamp) RETURNS timestamp IMMUTABLE"
    " AS $$ SELECT (moment AT TIME ZONE 'UTC') AT TIME ZONE target $$",
    "json_extract_path_text(document text, VARIADIC path text[]) RETURNS text IMMUTABLE"
    " AS $$ SELECT document::json #>> path $$",
    "json_array_length(document text) RETURNS integer IMMUTABLE AS $$ SELECT json_array_length(document::json) $$",
    "json_extract_array_element_text(document text, place integer) RETURNS text IMMUTABLE"
    " AS $$ SELECT document::json ->> place $$",
    "is_valid_json(document text) RETURNS boolean IMMUTABLE AS $$ SELECT document IS JSON OBJECT $$",
    "json_parse(document text) RETURNS jsonb IMMUTABLE AS $$ SELECT document::jsonb $$",
    "from_base(digits text, base integer) RETURNS bigint IMMUTABLE AS $$ SELECT strtol(digits, base) $$",
    "regexp_extract(a text, pattern text) RETURNS text IMMUTABLE"
    " AS $$ SELECT coalesce(regexp_substr(a, pattern), '') $$",
    "trunc(moment timestamptz) RETURNS date STABLE AS $$ SELECT moment::date $$",
    "trunc(moment timestamp) RETURNS date IMMUTABLE AS $$ SELECT moment::date $$",
)

AGGREGATES = (
    "listagg(text, text) (SFUNC = string_agg_transfn, STYPE = internal, FINALFUNC = string_agg_finalfn)",
)
