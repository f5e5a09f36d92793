# A workgroup with a limit, results that are encrypted and deleted, and the queries of an example in its console.

resource "aws_athena_workgroup" "this" {
  name          = var.name
  force_destroy = var.force_destroy

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.most_gb_scanned * 1024 * 1024 * 1024

    result_configuration {
      output_location = "s3://${var.bucket_name}/athena-results/"

      encryption_configuration {
        encryption_option = "SSE_S3"
      }
    }
  }
}

resource "aws_athena_named_query" "this" {
  for_each = var.queries

  name      = each.key
  workgroup = aws_athena_workgroup.this.name
  database  = var.database_name
  query     = each.value
}
