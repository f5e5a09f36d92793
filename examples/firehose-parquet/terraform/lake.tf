# The lake, the table whose columns Firehose converts to, and a database for what a crawler infers.

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

resource "aws_glue_catalog_database" "inferred" {
  name = replace("${var.name}_inferred", "-", "_")
}

# Partitions are projected: Athena works out where they are, and no crawler has to run before a new day is seen.
resource "aws_glue_catalog_table" "clicks" {
  name          = "clicks"
  database_name = aws_glue_catalog_database.clickstream.name
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    EXTERNAL                    = "TRUE"
    classification              = "parquet"
    "parquet.compression"       = "SNAPPY"
    "projection.enabled"        = "true"
    "projection.day.type"       = "date"
    "projection.day.format"     = "yyyy-MM-dd"
    "projection.day.range"      = "2024-01-01,NOW"
    "projection.device.type"    = "enum"
    "projection.device.values"  = "bot,computer,mobile,tablet"
    "storage.location.template" = "s3://${module.lake.name}/clicks/day=$${day}/device=$${device}/"
  }

  partition_keys {
    name = "day"
    type = "string"
  }
  partition_keys {
    name = "device"
    type = "string"
  }

  storage_descriptor {
    location      = "s3://${module.lake.name}/clicks/"
    input_format  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    }

    columns {
      name = "clickgen_id"
      type = "string"
    }
    columns {
      name = "user_id"
      type = "int"
    }
    columns {
      name = "device_id"
      type = "string"
    }
    columns {
      name = "client_event"
      type = "string"
    }
    columns {
      name = "client_timestamp"
      type = "string"
    }
  }
}

module "crawler" {
  source = "../../modules/crawler"

  name          = "${var.name}-clicks"
  database_name = aws_glue_catalog_database.inferred.name
  bucket_name   = module.lake.name
  bucket_arn    = module.lake.arn
  prefix        = "clicks/"
}

module "athena" {
  source = "../../modules/athena"

  name          = var.name
  bucket_name   = module.lake.name
  database_name = aws_glue_catalog_database.clickstream.name
  force_destroy = var.force_destroy

  # tables.sql makes the table of the laptop; here it is made above
  queries = {
    for file in fileset("${path.module}/../sql", "*.sql") : file => file("${path.module}/../sql/${file}")
    if file != "tables.sql"
  }
}
