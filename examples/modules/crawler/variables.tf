variable "name" {
  description = "The crawler's name."
  type        = string
}

variable "database_name" {
  description = "The database whose tables it writes."
  type        = string
}

variable "bucket_name" {
  description = "The bucket that it reads."
  type        = string
}

variable "bucket_arn" {
  description = "The ARN of that bucket."
  type        = string
}

variable "prefix" {
  description = "What the keys start with that it reads, like orders/."
  type        = string
}

variable "table" {
  description = "A table that is there, whose partitions it finds; null for a crawler that makes the table itself."
  type        = string
  default     = null
}

variable "schedule" {
  description = "When it runs, like cron(5 * * * ? *); null for a crawler that is started by hand."
  type        = string
  default     = null
}
