# The function that turns what the table's stream told into one order a line.

module "flatten" {
  source = "../../modules/function"

  name               = "${var.name}-flatten"
  source_dir         = "${path.module}/../lambda"
  handler            = "flatten.handler"
  timeout            = 60
  memory_mb          = 256
  log_retention_days = var.log_retention_days
  alarm_actions      = local.alarm_actions
}
