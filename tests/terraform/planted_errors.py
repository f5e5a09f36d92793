"""Mistakes that somebody could make in the Terraform of an example, and the words by which each is found."""

from typing import NamedTuple


class Planted(NamedTuple):
    """A change of one file, and what is to be found."""

    kind: str
    example: str
    file: str  # from the folder with the examples
    old: str
    new: str
    found: str


PRIME_DAY = "prime-day/terraform"
ATHENA = "firehose-athena/terraform"
LAKE = "parquet-lake/terraform"
PARQUET = "firehose-parquet/terraform"
REDSHIFT = "dynamodb-redshift/terraform"


def _planted(kind: str, file: str, old: str, new: str, found: str) -> Planted:
    example = file.partition("/")[0]
    return Planted(kind, "prime-day" if example == "modules" else example, file, old, new, found)


OF_THE_SCHEMA = [
    _planted(
        "an argument of an older provider", f"{PRIME_DAY}/delivery.tf",
        "buffering_size      = 5", "buffer_size = 5", 'An argument named "buffer_size" is not expected here',
    ),
    _planted(
        "a required argument is missing", f"{PRIME_DAY}/delivery.tf",
        "    bucket_arn          = module.lake.arn\n", "", 'The argument "bucket_arn" is required',
    ),
    _planted(
        "a block written as an argument", f"{PRIME_DAY}/orders.tf",
        "  stream_mode_details {", "  stream_mode_details = {", "Unsupported argument",
    ),
    _planted(
        "an unknown type of resource", f"{REDSHIFT}/warehouse.tf",
        'resource "aws_security_group" "warehouse"', 'resource "aws_securitygroup" "warehouse"',
        "Invalid resource type",
    ),
    _planted(
        "an attribute that there is not", f"{PRIME_DAY}/pipe.tf",
        "aws_dynamodb_table.orders.stream_arn\n  target", "aws_dynamodb_table.orders.streamarn\n  target",
        "Unsupported attribute",
    ),
    _planted(
        "a resource that is declared nowhere", f"{ATHENA}/delivery.tf",
        "role_arn            = aws_iam_role.firehose.arn", "role_arn = aws_iam_role.delivery.arn",
        "Reference to undeclared resource",
    ),
    _planted(
        "a wrong type", f"{ATHENA}/transform.tf",
        "    enabled        = true", '    enabled        = "perhaps"', "a bool is required",
    ),
    _planted(
        "a block twice", f"{PARQUET}/delivery.tf",
        "  server_side_encryption {",
        "  server_side_encryption {\n    enabled = true\n  }\n  server_side_encryption {",
        "Too many server_side_encryption blocks",
    ),
    _planted(
        "a module without a variable", f"{LAKE}/convert.tf",
        "  memory_mb   = 1024\n", "", 'The argument "memory_mb" is required',
    ),
    _planted(
        "a syntax error", f"{PRIME_DAY}/lake.tf",
        'prefix        = "orders/"', 'prefix        = "orders/', "Invalid multi-line string",
    ),
]  # fmt: skip

OF_VALUES = [
    _planted(
        "a misspelt enum", f"{PRIME_DAY}/orders.tf",
        '"NEW_IMAGE"', '"NEW_IMAGES"', "StreamViewType is 'NEW_IMAGES', not one of",
    ),
    _planted(
        "a runtime that there is not", "modules/function/main.tf",
        '"python3.12"', '"python3.99"', "Runtime is 'python3.99', not one of",
    ),
    _planted(
        "a parameter of a processor that there is not", f"{PRIME_DAY}/delivery.tf",
        '"BufferIntervalInSeconds"', '"IntervalInSeconds"', "ParameterName is 'IntervalInSeconds', not one of",
    ),
    _planted(
        "a compression that there is not", f"{ATHENA}/delivery.tf",
        '"GZIP"', '"GZ"', "CompressionFormat is 'GZ', not one of",
    ),
    _planted(
        "a buffer that is too large", f"{PRIME_DAY}/delivery.tf",
        "buffering_size      = 5", "buffering_size = 256", "SizeInMBs is 256, more than 128",
    ),
    _planted(
        "a buffer too small for conversion", f"{PARQUET}/delivery.tf",
        "buffering_size      = 64", "buffering_size = 5", "buffering_size 5 is less than 64",
    ),
    _planted(
        "a batch that is too large", f"{PRIME_DAY}/pipe.tf",
        "= 100", "= 10001", "BatchSize is 10001, more than 10000",
    ),
    _planted(
        "a timeout that is too long", f"{LAKE}/convert.tf",
        "timeout     = 300", "timeout     = 901", "timeout 901 is more than 900",
    ),
    _planted(
        "a timeout too long for Firehose", f"{PRIME_DAY}/flatten.tf",
        "= 60", "= 301", "Firehose waits 300 s for a function, not 301",
    ),
    _planted(
        "a capacity that there is not", f"{REDSHIFT}/variables.tf",
        "default     = 8\n", "default     = 10\n", "base_capacity 10 is not 8, 16",
    ),
    _planted(
        "a retention that there is not", f"{PRIME_DAY}/variables.tf",
        "default     = 14", "default     = 15", "is kept for 15: not one of",
    ),
    _planted(
        "a name that is too long", "modules/function/main.tf",
        '"${var.name}-function"', '"${var.name}-the-role-that-the-function-takes-when-it-is-called-by-firehose"',
        "RoleName is 82 long, more than 64",
    ),
    _planted(
        "partitions that the prefix does not have", f"{PARQUET}/delivery.tf",
        "day=!{partitionKeyFromQuery:day}/device=!{partitionKeyFromQuery:device}/", "",
        "partitions are on, and the prefix has none of their keys",
    ),
]  # fmt: skip

OF_SAFETY = [
    _planted(
        "a bucket that may be public", "modules/bucket/main.tf",
        "block_public_policy     = true", "block_public_policy     = false", "may be public: block_public_policy",
    ),
    _planted(
        "a bucket without encryption", "modules/bucket/main.tf",
        'resource "aws_s3_bucket_server_side_encryption_configuration" "this" {',
        'resource "aws_s3_bucket_server_side_encryption_configuration" "this" {\n  count = 0',
        "has no aws_s3_bucket_server_side_encryption_configuration",
    ),
    _planted(
        "a bucket that keeps all", "modules/bucket/main.tf",
        "      days = var.expire_days\n", "", "keeps objects for ever",
    ),
    _planted(
        "a bucket without TLS", "modules/bucket/main.tf",
        '"aws:SecureTransport" = "false"', '"aws:SecureTransport" = "true"', "takes connections without TLS",
    ),
    _planted(
        "a stream without encryption", f"{ATHENA}/delivery.tf",
        "    enabled  = true\n", "    enabled  = false\n", "delivery_stream.clicks is not encrypted",
    ),
    _planted(
        "a log that is kept for ever", "modules/stream-alarms/main.tf",
        "  retention_in_days = var.log_retention_days\n", "", "is kept for ever",
    ),
    _planted(
        "a function without a log group", "modules/function/main.tf",
        '"/aws/lambda/${var.name}"', '"/aws/lambdas/${var.name}"', "has no log group",
    ),
    _planted(
        "an action with a wildcard", f"{PRIME_DAY}/pipe.tf",
        '["kinesis:PutRecord", "kinesis:PutRecords"]', '["kinesis:Put*"]', "allows kinesis:Put*: name the actions",
    ),
    _planted(
        "everything as a resource", f"{ATHENA}/transform.tf",
        "resources = [aws_dynamodb_table.page_counts.arn]", 'resources = ["*"]',
        "dynamodb:DeleteTable on everything",
    ),
    _planted(
        "an action that nobody needs", f"{ATHENA}/transform.tf",
        '["dynamodb:UpdateItem"]', '["dynamodb:UpdateItem", "dynamodb:DeleteTable"]',
        "allows dynamodb:DeleteTable, which lambda.amazonaws.com does not need",
    ),
    _planted(
        "a permission that is missing", f"{PRIME_DAY}/delivery.tf",
        '"${module.lake.arn}/errors/*"', '"${module.lake.arn}/error/*"', "needs s3:PutObject on",
    ),
    _planted(
        "a role that trusts another service", "modules/crawler/main.tf",
        "glue.amazonaws.com", "lambda.amazonaws.com", "which trusts lambda.amazonaws.com",
    ),
    _planted(
        "a password in the state", f"{REDSHIFT}/delivery.tf",
        '    data_table_name = "clicks"', '    data_table_name = "clicks"\n    password = "Clickgen-1"',
        "the password is in the state",
    ),
    _planted(
        "a warehouse open to everybody", f"{REDSHIFT}/warehouse.tf",
        "local.firehose_addresses[var.region]", '"0.0.0.0/0"', "lets in everybody",
    ),
    _planted(
        "a bucket that may not call its function", f"{LAKE}/convert.tf",
        "function_name  = module.convert.name\n  principal", 'function_name  = "another"\n  principal',
        "S3 may not invoke",
    ),
    _planted(
        "an alarm that is missing", "modules/stream-alarms/main.tf",
        '"DeliveryToS3.DataFreshness"', '"DeliveryToS3.Success"', "no alarm on DeliveryToS3.DataFreshness",
    ),
    _planted(
        "an alarm on a metric that there is not", f"{PRIME_DAY}/alarms.tf",
        '"WriteThrottleEvents"', '"WriteThrottles"', "there is no metric WriteThrottles in AWS/DynamoDB",
    ),
    _planted(
        "an alarm that nobody hears", "modules/function/main.tf",
        "  alarm_actions       = var.alarm_actions\n", "", "does not notify alarm_topic_arn",
    ),
    _planted("no tags", f"{PRIME_DAY}/versions.tf", "pipeline = var.name, ", "", "has no tag pipeline"),
]  # fmt: skip

OF_THE_PIPELINE = [
    _planted(
        "another prefix", f"{PRIME_DAY}/delivery.tf",
        '"orders/!{timestamp:yyyy/MM/dd/HH}/"', '"orders/!{timestamp:yyyy/MM/dd}/"',
        "firehose:orders.ExtendedS3DestinationConfiguration.Prefix: pipeline.toml starts it with",
    ),
    _planted(
        "another interval", f"{ATHENA}/delivery.tf",
        "buffering_interval  = 15", "buffering_interval = 30", "IntervalInSeconds: pipeline.toml starts",
    ),
    _planted(
        "another handler", f"{ATHENA}/transform.tf",
        '"transform.handler"', '"transform.main"', "CreateFunction lambda:transform.Handler: pipeline.toml starts",
    ),
    _planted(
        "another environment", f"{LAKE}/convert.tf",
        "PROCESSED_BUCKET = module.processed.name", "PROCESSED_BUCKET = module.raw.name",
        "Environment.Variables.PROCESSED_BUCKET: pipeline.toml starts it with s3:processed",
    ),
    _planted(
        "another function", f"{PRIME_DAY}/delivery.tf",
        '"${module.flatten.arn}:$LATEST"\n        }', '"${module.flatten.arn}:1"\n        }',
        "[LambdaArn]: pipeline.toml starts it with lambda:flatten:$LATEST",
    ),
    _planted(
        "another number of shards", f"{PRIME_DAY}/orders.tf",
        "shard_count      = 2", "shard_count      = 1", "kinesis:orders.ShardCount: pipeline.toml starts",
    ),
    _planted(
        "another key", f"{PRIME_DAY}/orders.tf",
        '"clickgen_id"', '"order_id"', "CreateTable dynamodb:orders.KeySchema",
    ),
    _planted(
        "another partition key", f"{PRIME_DAY}/pipe.tf",
        "$.dynamodb.Keys.clickgen_id.S", "$.eventID", "KinesisStreamParameters.PartitionKey: pipeline.toml starts",
    ),
    _planted(
        "another path of the crawler", f"{PRIME_DAY}/lake.tf",
        'prefix        = "orders/"', 'prefix        = ""', "S3Targets.[0].Path: pipeline.toml starts it with s3://s3:lake/orders/",
    ),
    _planted(
        "another trigger", f"{LAKE}/convert.tf",
        'filter_prefix       = "page_views/"', 'filter_prefix       = "pages/"',
        "PutBucketNotificationConfiguration s3:raw",
    ),
    _planted(
        "a batch that fails as a whole", f"{REDSHIFT}/enrich.tf",
        '  function_response_types            = ["ReportBatchItemFailures"]\n', "",
        "CreateEventSourceMapping lambda:enrich.FunctionResponseTypes",
    ),
    _planted(
        "another format", f"{PARQUET}/delivery.tf",
        "parquet_ser_de {}", "orc_ser_de {}", "Serializer.OrcSerDe: pipeline.toml starts it with nothing",
    ),
    _planted("another type", f"{PARQUET}/lake.tf", 'type = "int"', 'type = "bigint"', "clicks: columns are"),
    _planted(
        "another range of partitions", f"{PARQUET}/lake.tf",
        "2024-01-01,NOW", "2026-01-01,NOW", "glue:clickstream.clicks: properties are",
    ),
    _planted("other options", f"{REDSHIFT}/delivery.tf", "TRUNCATECOLUMNS", "GZIP", "CopyOptions: pipeline"),
    _planted(
        "an output called otherwise", f"{PRIME_DAY}/outputs.tf",
        'output "s3_lake"', 'output "bucket"', "there is no output s3_lake for s3:lake",
    ),
    _planted(
        "an output of something else", f"{PRIME_DAY}/outputs.tf",
        "value = aws_kinesis_stream.orders.name", "value = module.lake.name",
        "which no aws_kinesis_stream is called",
    ),
    _planted(
        "a region typed by hand", f"{LAKE}/convert.tf",
        "arn:aws:lambda:${var.region}:", "arn:aws:lambda:us-east-1:", "has us-east-1, which is a variable",
    ),
]  # fmt: skip

IN_PLANS = {"values": OF_VALUES, "safety": OF_SAFETY, "the pipeline": OF_THE_PIPELINE}
"""Errors that Terraform's core does not see. Those of one group can be made together."""
