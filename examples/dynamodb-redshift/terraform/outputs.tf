# One for each resource of ../pipeline.toml, called after it: clickgen --from-terraform reads the names here.

output "region" {
  value = var.region
}

output "dynamodb_clicks" {
  value = aws_dynamodb_table.clicks.name
}

output "lambda_enrich" {
  value = module.enrich.name
}

output "firehose_clicks" {
  value = aws_kinesis_firehose_delivery_stream.clicks.name
}

output "s3_lake" {
  value = module.lake.name
}

output "redshift_warehouse" {
  value = aws_redshiftserverless_workgroup.warehouse.workgroup_name
}
