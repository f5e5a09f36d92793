# Where a Firehose stream writes its errors, and the alarms that every stream should have.

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/kinesisfirehose/${var.stream}"
  retention_in_days = var.log_retention_days
}

resource "aws_cloudwatch_log_stream" "this" {
  for_each = toset(var.log_streams)

  name           = each.key
  log_group_name = aws_cloudwatch_log_group.this.name
}

# Firehose has no metric of records that a function gave back as failed, or that went to the error prefix for another
# reason, but it logs each reason. High rates are sampled; one line is enough for the alarm.
resource "aws_cloudwatch_log_metric_filter" "failed" {
  name           = "${var.stream}-failed"
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = ""

  metric_transformation {
    name          = "${var.stream}-failed"
    namespace     = "Firehose/Errors"
    value         = "1"
    default_value = "0"
  }
}

locals {
  alarms = merge({
    freshness = {
      description = "The oldest record that has not arrived is older than ${var.freshness_seconds} s."
      namespace   = "AWS/Firehose"
      metric      = "DeliveryToS3.DataFreshness"
      statistic   = "Maximum"
      datapoints  = 3
      comparison  = "GreaterThanThreshold"
      threshold   = var.freshness_seconds
      dimensions  = { DeliveryStreamName = var.stream }
    }
    throttled = {
      description = var.reads_kinesis ? "Firehose reads the Kinesis stream slower than it wants." : "Records are refused: raise the stream's limits."
      namespace   = "AWS/Firehose"
      metric      = var.reads_kinesis ? "ThrottledGetRecords" : "ThrottledRecords"
      statistic   = "Sum"
      datapoints  = 3
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      dimensions  = { DeliveryStreamName = var.stream }
    }
    failed = {
      description = "Records could not be transformed, converted or delivered: see the log and the error prefix."
      namespace   = aws_cloudwatch_log_metric_filter.failed.metric_transformation[0].namespace
      metric      = aws_cloudwatch_log_metric_filter.failed.metric_transformation[0].name
      statistic   = "Sum"
      datapoints  = 1
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      dimensions  = {}
    }
    }, {
    for metric in var.failure_metrics : lower(replace(metric, ".", "-")) => {
      description = "${metric} counts records that failed."
      namespace   = "AWS/Firehose"
      metric      = metric
      statistic   = "Sum"
      datapoints  = 1
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      dimensions  = { DeliveryStreamName = var.stream }
    }
    }, {
    for metric in var.success_metrics : lower(replace(metric, ".", "-")) => {
      description = "Less than all was successful: ${metric}."
      namespace   = "AWS/Firehose"
      metric      = metric
      statistic   = "Average"
      datapoints  = 3
      comparison  = "LessThanThreshold"
      threshold   = 1
      dimensions  = { DeliveryStreamName = var.stream }
    }
  })
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.stream}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = each.value.datapoints
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}
