# Firehose partitions events by their own fields and converts them to Parquet, without a function.

resource "aws_kinesis_firehose_delivery_stream" "clicks" {
  name        = local.stream
  destination = "extended_s3"

  server_side_encryption {
    enabled  = true
    key_type = "AWS_OWNED_CMK"
  }

  extended_s3_configuration {
    role_arn            = aws_iam_role.firehose.arn
    bucket_arn          = module.lake.arn
    prefix              = "clicks/day=!{partitionKeyFromQuery:day}/device=!{partitionKeyFromQuery:device}/"
    error_output_prefix = "errors/!{firehose:error-output-type}/"
    buffering_size      = 64
    buffering_interval  = 60
    file_extension      = ".snappy.parquet"

    # a stream is made with partitions or without; a change makes a new stream
    dynamic_partitioning_configuration {
      enabled = true
    }

    processing_configuration {
      enabled = true

      processors {
        type = "MetadataExtraction"

        parameters {
          parameter_name  = "MetadataExtractionQuery"
          parameter_value = "{day: .client_timestamp[0:10], device: .device_id}"
        }
        parameters {
          parameter_name  = "JsonParsingEngine"
          parameter_value = "JQ-1.6"
        }
      }
    }

    data_format_conversion_configuration {
      enabled = true

      input_format_configuration {
        deserializer {
          open_x_json_ser_de {}
        }
      }

      output_format_configuration {
        serializer {
          parquet_ser_de {}
        }
      }

      schema_configuration {
        role_arn      = aws_iam_role.firehose.arn
        region        = var.region
        database_name = aws_glue_catalog_database.clickstream.name
        table_name    = aws_glue_catalog_table.clicks.name
      }
    }

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = module.stream_alarms.log_group_name
      log_stream_name = "delivery"
    }
  }

  depends_on = [aws_iam_role_policy.firehose]
}

module "stream_alarms" {
  source = "../../modules/stream-alarms"

  stream             = local.stream
  freshness_seconds  = 300
  failure_metrics    = ["FailedConversion.Records", "PartitionCountExceeded"]
  success_metrics    = ["DeliveryToS3.Success"]
  log_retention_days = var.log_retention_days
  alarm_actions      = local.alarm_actions
}

resource "aws_iam_role" "firehose" {
  name = "${var.name}-firehose"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "firehose.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "firehose" {
  name = "firehose"
  role = aws_iam_role.firehose.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"]
        Resource = [
          "arn:${data.aws_partition.current.partition}:glue:${var.region}:${data.aws_caller_identity.current.account_id}:catalog",
          aws_glue_catalog_database.clickstream.arn,
          aws_glue_catalog_table.clicks.arn,
        ]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
        Resource = [module.lake.arn]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
        Resource = ["${module.lake.arn}/clicks/*", "${module.lake.arn}/errors/*"]
      },
      {
        Effect   = "Allow"
        Action   = ["logs:PutLogEvents"]
        Resource = ["${module.stream_alarms.log_group_arn}:log-stream:*"]
      },
    ]
  })
}
