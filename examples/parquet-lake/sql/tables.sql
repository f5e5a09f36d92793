-- What the Lambda writes, as a table. A new day is a new partition: partitions.sql or the crawler finds it.
CREATE EXTERNAL TABLE IF NOT EXISTS events (
    clickgen_id STRING,
    user   STRING,
    ts     TIMESTAMP,
    page   STRING,
    debug  BOOLEAN
)
PARTITIONED BY (dt STRING)
STORED AS PARQUET
LOCATION 's3://${s3:processed}/events/'
TBLPROPERTIES ('parquet.compression' = 'SNAPPY');

-- What visitors saw, without the events of developers.
CREATE OR REPLACE VIEW page_views AS
SELECT ts, "user", page, dt
FROM events
WHERE NOT debug;

CREATE OR REPLACE VIEW daily_users AS
SELECT dt, count(*) AS views, count(DISTINCT "user") AS users
FROM page_views
GROUP BY dt;
