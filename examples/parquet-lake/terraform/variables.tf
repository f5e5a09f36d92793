variable "region" {
  description = "The region that all of it is in."
  type        = string
  default     = "us-east-1"
}

variable "name" {
  description = "What all names start with. Buckets carry the account's number too, so that they are unique."
  type        = string
  default     = "clickgen-parquet-lake"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,28}[a-z0-9]$", var.name))
    error_message = "It is part of the names of buckets: 3 to 30 lower-case letters, digits and hyphens."
  }
}

variable "tags" {
  description = "Tags of everything, beside pipeline and managed-by."
  type        = map(string)
  default     = {}
}

variable "data_expire_days" {
  description = "After how many days delivered data is deleted."
  type        = number
  default     = 30
}

variable "log_retention_days" {
  description = "How many days logs are kept."
  type        = number
  default     = 14
}

variable "force_destroy" {
  description = "Whether destroy deletes the data too. Without it, buckets that hold data are kept."
  type        = bool
  default     = false
}

variable "alarm_topic_arn" {
  description = "An SNS topic that alarms notify; null for alarms that are only seen in the console."
  type        = string
  default     = null
}

variable "pandas_layer_arn" {
  description = "A layer with pyarrow for Python 3.12 on arm64; null for AWS SDK for pandas 3.16, which AWS shares in most regions. https://aws-sdk-pandas.readthedocs.io/en/stable/layers.html lists them."
  type        = string
  default     = null
}
