-- The columns that Firehose converts to. The partitions are projected: Athena works out where they are, and no crawler
-- has to run before a new day is seen.
CREATE EXTERNAL TABLE IF NOT EXISTS clicks (
    clickgen_id      STRING,
    user_id          INT,
    device_id        STRING,
    client_event     STRING,
    client_timestamp STRING
)
PARTITIONED BY (day STRING, device STRING)
STORED AS PARQUET
LOCATION 's3://${s3:lake}/clicks/'
TBLPROPERTIES (
    'parquet.compression' = 'SNAPPY',
    'projection.enabled' = 'true',
    'projection.day.type' = 'date',
    'projection.day.format' = 'yyyy-MM-dd',
    'projection.day.range' = '2024-01-01,NOW',
    'projection.device.type' = 'enum',
    'projection.device.values' = 'bot,computer,mobile,tablet',
    'storage.location.template' = 's3://${s3:lake}/clicks/day=${day}/device=${device}/'
);
