# Redshift Serverless. Firehose reaches a warehouse over the internet only, so the workgroup is publicly accessible and
# a security group lets in Firehose's addresses of this region and nobody else. Where that is not allowed, deliver to S3
# and load from there, or let Redshift read a Kinesis stream itself (streaming ingestion).

resource "aws_redshiftserverless_namespace" "warehouse" {
  namespace_name        = local.warehouse
  db_name               = local.database
  admin_username        = "clickgen"
  manage_admin_password = true # in Secrets Manager, which changes it; no password is in the state
  log_exports           = ["connectionlog", "userlog"]
}

resource "aws_redshiftserverless_workgroup" "warehouse" {
  workgroup_name      = local.warehouse
  namespace_name      = aws_redshiftserverless_namespace.warehouse.namespace_name
  base_capacity       = var.base_capacity
  max_capacity        = var.max_capacity
  publicly_accessible = true
  subnet_ids          = coalesce(var.subnet_ids, data.aws_subnets.default.ids)
  security_group_ids  = [aws_security_group.warehouse.id]

  # connections without TLS are refused
  config_parameter {
    parameter_key   = "require_ssl"
    parameter_value = "true"
  }
}

# The subnets have to be in three availability zones at least, with a route to an internet gateway.
data "aws_vpc" "default" {
  id      = var.vpc_id
  default = var.vpc_id == null ? true : null
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

resource "aws_security_group" "warehouse" {
  name        = "${var.name}-warehouse"
  description = "Firehose, and who else may connect to the warehouse"
  vpc_id      = data.aws_vpc.default.id
}

resource "aws_vpc_security_group_ingress_rule" "firehose" {
  security_group_id = aws_security_group.warehouse.id
  description       = "Firehose in ${var.region}"
  cidr_ipv4         = local.firehose_addresses[var.region]
  ip_protocol       = "tcp"
  from_port         = local.port
  to_port           = local.port
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = toset(var.client_cidrs)

  security_group_id = aws_security_group.warehouse.id
  description       = "A client"
  cidr_ipv4         = each.key
  ip_protocol       = "tcp"
  from_port         = local.port
  to_port           = local.port
}

# The tables of ../sql/tables.sql: the first statement makes the table, the others what reads it.
resource "aws_redshiftdata_statement" "table" {
  workgroup_name = aws_redshiftserverless_workgroup.warehouse.workgroup_name
  database       = local.database
  secret_arn     = aws_redshiftserverless_namespace.warehouse.admin_password_secret_arn
  sql            = local.statements[0]
}

resource "aws_redshiftdata_statement" "views" {
  count = length(local.statements) - 1

  workgroup_name = aws_redshiftserverless_workgroup.warehouse.workgroup_name
  database       = local.database
  secret_arn     = aws_redshiftserverless_namespace.warehouse.admin_password_secret_arn
  sql            = local.statements[count.index + 1]

  depends_on = [aws_redshiftdata_statement.table]
}

# Whoever connects by IAM (redshift-serverless:GetCredentials) is a user of the database without any rights at first;
# clickgen verify is one of them.
resource "aws_redshiftdata_statement" "readers" {
  workgroup_name = aws_redshiftserverless_workgroup.warehouse.workgroup_name
  database       = local.database
  secret_arn     = aws_redshiftserverless_namespace.warehouse.admin_password_secret_arn
  sql            = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC"

  depends_on = [aws_redshiftdata_statement.views]
}
