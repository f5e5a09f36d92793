# A crawler with a role that may read one prefix of one bucket and write the tables of one database.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  in_account = "${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}"
  glue       = "arn:${data.aws_partition.current.partition}:glue:${local.in_account}"
  logs       = "arn:${data.aws_partition.current.partition}:logs:${local.in_account}"
}

resource "aws_glue_crawler" "this" {
  name          = var.name
  role          = aws_iam_role.this.arn
  database_name = var.database_name
  schedule      = var.schedule

  dynamic "s3_target" {
    for_each = var.table == null ? [1] : []

    content {
      path = "s3://${var.bucket_name}/${var.prefix}"
    }
  }

  dynamic "catalog_target" {
    for_each = var.table == null ? [] : [var.table]

    content {
      database_name = var.database_name
      tables        = [catalog_target.value]
    }
  }

  # of a table that is there it adds the partitions, and leaves the columns as they are
  schema_change_policy {
    update_behavior = var.table == null ? "UPDATE_IN_DATABASE" : "LOG"
    delete_behavior = "LOG"
  }

  configuration = var.table == null ? null : jsonencode({
    Version       = 1.0
    Grouping      = { TableGroupingPolicy = "CombineCompatibleSchemas" }
    CrawlerOutput = { Partitions = { AddOrUpdateBehavior = "InheritFromTable" } }
  })

  depends_on = [aws_iam_role_policy.this]
}

resource "aws_iam_role" "this" {
  name = "${var.name}-crawler"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "glue.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "crawler"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
        Resource = [var.bucket_arn]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = ["${var.bucket_arn}/${var.prefix}*"]
      },
      {
        Effect = "Allow"
        Action = [
          "glue:BatchCreatePartition",
          "glue:BatchGetPartition",
          "glue:CreatePartition",
          "glue:CreateTable",
          "glue:GetDatabase",
          "glue:GetPartition",
          "glue:GetPartitions",
          "glue:GetTable",
          "glue:GetTables",
          "glue:UpdatePartition",
          "glue:UpdateTable",
        ]
        Resource = [
          "${local.glue}:catalog",
          "${local.glue}:database/${var.database_name}",
          "${local.glue}:table/${var.database_name}/*",
        ]
      },
      {
        # every crawler of an account writes to this group
        Effect   = "Allow"
        Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${local.logs}:log-group:/aws-glue/crawlers:*"]
      },
    ]
  })
}
