# Alarms of what lies before Firehose. Those of the stream and of the function are in their modules.

locals {
  alarms = {
    table-throttled = {
      description = "Writes to the table are refused."
      namespace   = "AWS/DynamoDB"
      metric      = "WriteThrottleEvents"
      statistic   = "Sum"
      threshold   = 0
      dimensions  = { TableName = aws_dynamodb_table.orders.name }
    }
    pipe-failed = {
      description = "The pipe fails: see its log."
      namespace   = "AWS/EventBridge/Pipes"
      metric      = "ExecutionFailed"
      statistic   = "Sum"
      threshold   = 0
      dimensions  = { PipeName = aws_pipes_pipe.orders.name }
    }
    kinesis-throttled = {
      description = "The Kinesis stream refuses records: it needs more shards."
      namespace   = "AWS/Kinesis"
      metric      = "WriteProvisionedThroughputExceeded"
      statistic   = "Sum"
      threshold   = 0
      dimensions  = { StreamName = aws_kinesis_stream.orders.name }
    }
    kinesis-age = {
      description = "Firehose is five minutes behind."
      namespace   = "AWS/Firehose"
      metric      = "KinesisMillisBehindLatest"
      statistic   = "Maximum"
      threshold   = 300000
      dimensions  = { DeliveryStreamName = local.stream }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}
