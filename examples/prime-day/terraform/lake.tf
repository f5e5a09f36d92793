# The lake: a bucket, the catalogue that a crawler fills, and the workgroup whose queries read it.

module "lake" {
  source = "../../modules/bucket"

  name                  = "${var.name}-lake-${data.aws_caller_identity.current.account_id}"
  expire_days           = var.data_expire_days
  expire_days_by_prefix = { "athena-results/" = 1 }
  force_destroy         = var.force_destroy
}

resource "aws_glue_catalog_database" "sale" {
  name = replace("${var.name}_sale", "-", "_")
}

module "crawler" {
  source = "../../modules/crawler"

  name          = "${var.name}-orders"
  database_name = aws_glue_catalog_database.sale.name
  bucket_name   = module.lake.name
  bucket_arn    = module.lake.arn
  prefix        = "orders/"
}

module "athena" {
  source = "../../modules/athena"

  name          = var.name
  bucket_name   = module.lake.name
  database_name = aws_glue_catalog_database.sale.name
  queries       = { for file in fileset("${path.module}/../sql", "*.sql") : file => file("${path.module}/../sql/${file}") }
  force_destroy = var.force_destroy
}
