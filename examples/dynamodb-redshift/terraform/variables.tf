variable "region" {
  description = "The region that all of it is in."
  type        = string
  default     = "us-east-1"
}

variable "name" {
  description = "What all names start with. Buckets carry the account's number too, so that they are unique."
  type        = string
  default     = "clickgen-dynamodb-redshift"

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

variable "base_capacity" {
  description = "Redshift's capacity, in RPUs: 8 is enough for an example. It is paid for while queries or loads run."
  type        = number
  default     = 8
}

variable "max_capacity" {
  description = "The most RPUs that it grows to, so that the bill has an end."
  type        = number
  default     = 16
}

variable "vpc_id" {
  description = "The VPC of the warehouse; null for the default VPC."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Public subnets of that VPC in three availability zones at least; null for all of its subnets."
  type        = list(string)
  default     = null
}

variable "client_cidrs" {
  description = "Addresses that may connect to the warehouse beside Firehose, like yours: [\"203.0.113.7/32\"]."
  type        = list(string)
  default     = []
}
