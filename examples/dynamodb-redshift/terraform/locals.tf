data "aws_caller_identity" "current" {}

locals {
  stream        = "${var.name}-clicks"
  warehouse     = "${var.name}-warehouse"
  database      = "analytics"
  port          = 5439
  alarm_actions = var.alarm_topic_arn == null ? [] : [var.alarm_topic_arn]
  statements    = [for statement in split(";", file("${path.module}/../sql/tables.sql")) : trimspace(statement) if trimspace(statement) != ""]

  # https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-rs-vpc
  firehose_addresses = {
    af-south-1     = "13.244.121.224/27"
    ap-east-1      = "18.162.221.32/27"
    ap-northeast-1 = "13.113.196.224/27"
    ap-northeast-2 = "13.209.1.64/27"
    ap-south-1     = "13.232.67.32/27"
    ap-southeast-1 = "13.228.64.192/27"
    ap-southeast-2 = "13.210.67.224/27"
    ca-central-1   = "35.183.92.128/27"
    eu-central-1   = "35.158.127.160/27"
    eu-north-1     = "13.53.63.224/27"
    eu-south-1     = "15.161.135.128/27"
    eu-west-1      = "52.19.239.192/27"
    eu-west-2      = "18.130.1.96/27"
    eu-west-3      = "35.180.1.96/27"
    me-south-1     = "15.185.91.0/27"
    sa-east-1      = "18.228.1.128/27"
    us-east-1      = "52.70.63.192/27"
    us-east-2      = "13.58.135.96/27"
    us-west-1      = "13.57.135.192/27"
    us-west-2      = "52.89.255.224/27"
  }
}
