# Firehose keeps what it gets below backup/, writes it below staging/, and has the warehouse load it from there.

resource "aws_kinesis_firehose_delivery_stream" "clicks" {
  name        = local.stream
  destination = "redshift"

  server_side_encryption {
    enabled  = true
    key_type = "AWS_OWNED_CMK"
  }

  redshift_configuration {
    role_arn        = aws_iam_role.firehose.arn
    cluster_jdbcurl = "jdbc:redshift://${aws_redshiftserverless_workgroup.warehouse.endpoint[0].address}:${local.port}/${local.database}"
    data_table_name = "clicks"
    copy_options    = "JSON 'auto' TIMEFORMAT 'auto' TRUNCATECOLUMNS"
    s3_backup_mode  = "Enabled"

    secrets_manager_configuration {
      enabled    = true
      role_arn   = aws_iam_role.firehose.arn
      secret_arn = aws_redshiftserverless_namespace.warehouse.admin_password_secret_arn
    }

    s3_configuration {
      role_arn           = aws_iam_role.firehose.arn
      bucket_arn         = module.lake.arn
      prefix             = "staging/"
      buffering_size     = 5
      buffering_interval = 15

      cloudwatch_logging_options {
        enabled         = true
        log_group_name  = module.stream_alarms.log_group_name
        log_stream_name = "staging"
      }
    }

    s3_backup_configuration {
      role_arn           = aws_iam_role.firehose.arn
      bucket_arn         = module.lake.arn
      prefix             = "backup/"
      buffering_size     = 5
      buffering_interval = 15

      cloudwatch_logging_options {
        enabled         = true
        log_group_name  = module.stream_alarms.log_group_name
        log_stream_name = "backup"
      }
    }

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = module.stream_alarms.log_group_name
      log_stream_name = "delivery"
    }
  }

  # it loads into the table from its first record on
  depends_on = [aws_iam_role_policy.firehose, aws_redshiftdata_statement.table]
}

module "stream_alarms" {
  source = "../../modules/stream-alarms"

  stream             = local.stream
  log_streams        = ["delivery", "staging", "backup"]
  freshness_seconds  = 300
  success_metrics    = ["DeliveryToRedshift.Success", "DeliveryToS3.Success"]
  log_retention_days = var.log_retention_days
  alarm_actions      = local.alarm_actions
}

module "lake" {
  source = "../../modules/bucket"

  name                  = "${var.name}-lake-${data.aws_caller_identity.current.account_id}"
  expire_days           = var.data_expire_days
  expire_days_by_prefix = { "staging/" = 7 } # loaded long before, or named in a manifest
  force_destroy         = var.force_destroy
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
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = [aws_redshiftserverless_namespace.warehouse.admin_password_secret_arn]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
        Resource = [module.lake.arn]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
        Resource = ["${module.lake.arn}/staging/*", "${module.lake.arn}/backup/*", "${module.lake.arn}/errors/*"]
      },
      {
        Effect   = "Allow"
        Action   = ["logs:PutLogEvents"]
        Resource = ["${module.stream_alarms.log_group_arn}:log-stream:*"]
      },
    ]
  })
}
