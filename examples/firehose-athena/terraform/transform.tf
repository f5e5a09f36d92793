# The function that validates, enriches and counts, and the table of its counts.

module "transform" {
  source = "../../modules/function"

  name        = "${var.name}-transform"
  source_dir  = "${path.module}/../lambda"
  handler     = "transform.handler"
  timeout     = 60
  memory_mb   = 256
  environment = { COUNTS_TABLE = aws_dynamodb_table.page_counts.name }

  permissions = [{
    actions   = ["dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.page_counts.arn]
  }]

  log_retention_days = var.log_retention_days
  alarm_actions      = local.alarm_actions
}

resource "aws_dynamodb_table" "page_counts" {
  name         = "${var.name}-page-counts"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "client_event"
  range_key    = "minute"

  attribute {
    name = "client_event"
    type = "S"
  }

  attribute {
    name = "minute"
    type = "S"
  }

  # the function says when a count is old enough to go
  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }
}

resource "aws_cloudwatch_metric_alarm" "counts_throttled" {
  alarm_name          = "${var.name}-counts-throttled"
  alarm_description   = "Counts are refused: a page is hot. Events go on, but some are not counted."
  namespace           = "AWS/DynamoDB"
  metric_name         = "WriteThrottleEvents"
  dimensions          = { TableName = aws_dynamodb_table.page_counts.name }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}
