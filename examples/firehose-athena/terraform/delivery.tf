# Firehose has the function transform each record, and delivers what it gives back to the lake.

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
    prefix              = "clicks/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/"
    error_output_prefix = "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/"
    buffering_size      = 5
    buffering_interval  = 15
    compression_format  = "GZIP"

    processing_configuration {
      enabled = true

      # parameters that have the service's default are left out: written here, they would show as changes for ever
      processors {
        type = "Lambda"

        parameters {
          parameter_name  = "LambdaArn"
          parameter_value = "${module.transform.arn}:$LATEST"
        }
        parameters {
          parameter_name  = "BufferIntervalInSeconds"
          parameter_value = "5"
        }
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
  success_metrics    = ["DeliveryToS3.Success", "ExecuteProcessing.Success"]
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
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"]
        Resource = ["${module.transform.arn}:$LATEST"]
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
