# One for each resource of ../pipeline.toml, called after it: clickgen --from-terraform reads the names here.

output "region" {
  value = var.region
}

output "firehose_clicks" {
  value = aws_kinesis_firehose_delivery_stream.clicks.name
}

output "s3_lake" {
  value = module.lake.name
}

output "glue_clickstream" {
  value = aws_glue_catalog_database.clickstream.name
}

output "glue_inferred" {
  value = aws_glue_catalog_database.inferred.name
}

output "crawler_clicks" {
  value = module.crawler.name
}

output "athena_workgroup" {
  value = module.athena.workgroup
}
