# One for each resource of ../pipeline.toml, called after it: clickgen --from-terraform reads the names here.

output "region" {
  value = var.region
}

output "firehose_page_views" {
  value = aws_kinesis_firehose_delivery_stream.page_views.name
}

output "s3_raw" {
  value = module.raw.name
}

output "lambda_convert" {
  value = module.convert.name
}

output "s3_processed" {
  value = module.processed.name
}

output "glue_lake" {
  value = aws_glue_catalog_database.lake.name
}

output "crawler_events" {
  value = module.crawler.name
}

output "athena_workgroup" {
  value = module.athena.workgroup
}
