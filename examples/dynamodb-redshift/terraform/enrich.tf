# The function makes rows of the table's changes and puts them into Firehose.

module "enrich" {
  source = "../../modules/function"

  name        = "${var.name}-enrich"
  source_dir  = "${path.module}/../lambda"
  handler     = "enrich.handler"
  timeout     = 60
  memory_mb   = 256
  environment = { DELIVERY_STREAM = aws_kinesis_firehose_delivery_stream.clicks.name }

  permissions = [
    {
      actions = [
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
      ]
      resources = [aws_dynamodb_table.clicks.stream_arn]
    },
    {
      actions   = ["firehose:PutRecordBatch"]
      resources = [aws_kinesis_firehose_delivery_stream.clicks.arn]
    },
    {
      actions   = ["sqs:SendMessage"]
      resources = [aws_sqs_queue.given_up.arn]
    },
  ]

  log_retention_days = var.log_retention_days
  alarm_actions      = local.alarm_actions
}

# What fails is handed over again until it is a day old, which is as long as the stream keeps it.
resource "aws_lambda_event_source_mapping" "clicks" {
  function_name                      = module.enrich.name
  event_source_arn                   = aws_dynamodb_table.clicks.stream_arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = 500
  maximum_batching_window_in_seconds = 1
  maximum_retry_attempts             = -1
  bisect_batch_on_function_error     = true
  function_response_types            = ["ReportBatchItemFailures"]

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.given_up.arn
    }
  }
}

# Names the stretches of the stream that were given up.
resource "aws_sqs_queue" "given_up" {
  name                      = "${var.name}-given-up"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 14 * 24 * 3600
}

resource "aws_cloudwatch_metric_alarm" "function" {
  for_each = {
    stream-age = {
      description = "The function is five minutes behind the table."
      namespace   = "AWS/Lambda"
      metric      = "IteratorAge"
      threshold   = 300000
      dimensions  = { FunctionName = module.enrich.name }
    }
    given-up = {
      description = "Clicks did not reach Firehose within a day: the queue names them."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      threshold   = 0
      dimensions  = { QueueName = aws_sqs_queue.given_up.name }
    }
  }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}
