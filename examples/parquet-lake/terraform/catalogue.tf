# The table that the function writes, its views, the crawler that finds new days, and the queries.

resource "aws_glue_catalog_database" "lake" {
  name = replace("${var.name}_lake", "-", "_")
}

resource "aws_glue_catalog_table" "events" {
  name          = "events"
  database_name = aws_glue_catalog_database.lake.name
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    EXTERNAL              = "TRUE"
    classification        = "parquet"
    "parquet.compression" = "SNAPPY"
  }

  partition_keys {
    name = "dt"
    type = "string"
  }

  storage_descriptor {
    location      = "s3://${module.processed.name}/events/"
    input_format  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    }

    dynamic "columns" {
      for_each = local.columns

      content {
        name = columns.value[0]
        type = columns.value[1]
      }
    }
  }

  # partitions are the crawler's
  lifecycle {
    ignore_changes = [parameters]
  }
}

locals {
  columns = [
    ["clickgen_id", "string"],
    ["user", "string"],
    ["ts", "timestamp"],
    ["page", "string"],
    ["debug", "boolean"],
  ]

  sql = { for file in fileset("${path.module}/../sql", "*.sql") : file => file("${path.module}/../sql/${file}") }

  # the views are in one file with the table, which is made above: each is a query of its own in Athena's console
  views = { for name, query in { for view in regexall("CREATE OR REPLACE VIEW (\\w+) AS\\s+([^;]+)", local.sql["tables.sql"]) : view[0] => view[1] } : "view-${name}" => "CREATE OR REPLACE VIEW ${name} AS\n${query}" }
}

module "crawler" {
  source = "../../modules/crawler"

  name          = "${var.name}-events"
  database_name = aws_glue_catalog_database.lake.name
  bucket_name   = module.processed.name
  bucket_arn    = module.processed.arn
  prefix        = "events/"
  table         = aws_glue_catalog_table.events.name
}

module "athena" {
  source = "../../modules/athena"

  name          = var.name
  bucket_name   = module.processed.name
  database_name = aws_glue_catalog_database.lake.name
  queries       = merge({ for file, query in local.sql : file => query if file != "tables.sql" }, local.views)
  force_destroy = var.force_destroy
}
