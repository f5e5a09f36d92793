# One for each resource of ../pipeline.toml, called after it: clickgen --from-terraform reads the names here.

output "region" {
  value = var.region
}

output "dynamodb_orders" {
  value = aws_dynamodb_table.orders.name
}

output "pipe_orders" {
  value = aws_pipes_pipe.orders.name
}

output "kinesis_orders" {
  value = aws_kinesis_stream.orders.name
}

output "firehose_orders" {
  value = aws_kinesis_firehose_delivery_stream.orders.name
}

output "lambda_flatten" {
  value = module.flatten.name
}

output "s3_lake" {
  value = module.lake.name
}

output "glue_sale" {
  value = aws_glue_catalog_database.sale.name
}

output "crawler_orders" {
  value = module.crawler.name
}

output "athena_workgroup" {
  value = module.athena.workgroup
}
