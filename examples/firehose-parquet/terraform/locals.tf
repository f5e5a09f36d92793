data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  stream        = "${var.name}-clicks"
  alarm_actions = var.alarm_topic_arn == null ? [] : [var.alarm_topic_arn]
}
