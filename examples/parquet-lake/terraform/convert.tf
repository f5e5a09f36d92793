# S3 calls the function for each object of the raw bucket; it writes Parquet to the processed one.

module "convert" {
  source = "../../modules/function"

  name        = "${var.name}-convert"
  source_dir  = "${path.module}/../lambda"
  handler     = "convert.handler"
  timeout     = 300
  memory_mb   = 1024
  layers      = [coalesce(var.pandas_layer_arn, local.shared_layer)]
  environment = { PROCESSED_BUCKET = module.processed.name }

  permissions = [
    {
      actions   = ["s3:GetObject"]
      resources = ["${module.raw.arn}/page_views/*"]
    },
    {
      # without it a removed object looks like a forbidden one
      actions   = ["s3:ListBucket"]
      resources = [module.raw.arn]
    },
    {
      actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
      resources = ["${module.processed.arn}/events/*", "${module.processed.arn}/rejected/*"]
    },
    {
      actions   = ["sqs:SendMessage"]
      resources = [aws_sqs_queue.not_converted.arn]
    },
  ]

  log_retention_days = var.log_retention_days
  alarm_actions      = local.alarm_actions
}

locals {
  shared_layer = "arn:aws:lambda:${var.region}:336392948345:layer:AWSSDKPandas-Python312-Arm64:26"
}

resource "aws_lambda_permission" "raw" {
  statement_id   = "ObjectsOfTheRawBucket"
  action         = "lambda:InvokeFunction"
  function_name  = module.convert.name
  principal      = "s3.amazonaws.com"
  source_arn     = module.raw.arn
  source_account = data.aws_caller_identity.current.account_id
}

resource "aws_s3_bucket_notification" "raw" {
  bucket = module.raw.name

  lambda_function {
    lambda_function_arn = module.convert.arn
    events              = ["s3:ObjectCreated:*"]
    filter_prefix       = "page_views/"
  }

  depends_on = [aws_lambda_permission.raw]
}

# S3 calls and goes on; Lambda repeats a call that failed twice. What failed then too is kept here, to be repeated by hand.
resource "aws_lambda_function_event_invoke_config" "convert" {
  function_name                = module.convert.name
  maximum_event_age_in_seconds = 6 * 3600
  maximum_retry_attempts       = 2

  destination_config {
    on_failure {
      destination = aws_sqs_queue.not_converted.arn
    }
  }
}

resource "aws_sqs_queue" "not_converted" {
  name                      = "${var.name}-not-converted"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 14 * 24 * 3600
}

resource "aws_cloudwatch_metric_alarm" "not_converted" {
  alarm_name          = "${var.name}-not-converted"
  alarm_description   = "Objects of the raw bucket could not be converted: the queue names them."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.not_converted.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}
