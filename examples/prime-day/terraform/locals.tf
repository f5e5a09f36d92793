data "aws_caller_identity" "current" {}

locals {
  stream        = "${var.name}-orders"
  alarm_actions = var.alarm_topic_arn == null ? [] : [var.alarm_topic_arn]
}
