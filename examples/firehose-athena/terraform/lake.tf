# The lake: a bucket, the catalogue that a crawler fills, and the workgroup whose queries read it.

module "lake" {
  source = "../../modules/bucket"

  name                  = "${var.name}-lake-${data.aws_caller_identity.current.account_id}"
  expire_days           = var.data_expire_days
  expire_days_by_prefix = { "athena-results/" = 1 }
  force_destroy         = var.force_destroy
}

resource "aws_glue_catalog_database" "clickstream" {
  name = replace("${var.name}_clickstream", "-", "_")
}

module "crawler" {
  source = "../../modules/crawler"

  name          = "${var.name}-clicks"
  database_name = aws_glue_catalog_database.clickstream.name
  bucket_name   = module.lake.name
  bucket_arn    = module.lake.arn
  prefix        = "clicks/"
}

module "athena" {
  source = "../../modules/athena"

  name          = var.name
  bucket_name   = module.lake.name
  database_name = aws_glue_catalog_database.clickstream.name
  queries       = { for file in fileset("${path.module}/../sql", "*.sql") : file => file("${path.module}/../sql/${file}") }
  force_destroy = var.force_destroy
}
