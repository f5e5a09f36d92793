# What arrives, and what is made of it.

module "raw" {
  source = "../../modules/bucket"

  name          = "${var.name}-raw-${data.aws_caller_identity.current.account_id}"
  expire_days   = var.data_expire_days
  force_destroy = var.force_destroy
}

module "processed" {
  source = "../../modules/bucket"

  name                  = "${var.name}-processed-${data.aws_caller_identity.current.account_id}"
  expire_days           = var.data_expire_days
  expire_days_by_prefix = { "athena-results/" = 1 }
  force_destroy         = var.force_destroy
}
