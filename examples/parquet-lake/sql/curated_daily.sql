-- A small table for dashboards: one row for each day and page, made anew.
DROP TABLE IF EXISTS curated_daily;

CREATE TABLE curated_daily
WITH (format = 'PARQUET', write_compression = 'SNAPPY', partitioned_by = ARRAY['dt'])
AS
SELECT page,
       count(*) AS hits,
       count(DISTINCT "user") AS unique_users,
       min(ts) AS first_seen,
       max(ts) AS last_seen,
       dt
FROM page_views
GROUP BY dt, page
