variable "stream" {
  description = "The Firehose stream's name."
  type        = string
}

variable "log_streams" {
  description = "One log stream for each thing that Firehose does: delivery, backup."
  type        = list(string)
  default     = ["delivery"]
}

variable "freshness_seconds" {
  description = "How old the oldest record may be that has not arrived."
  type        = number
}

variable "reads_kinesis" {
  description = "Whether the stream reads a Kinesis stream, whose reads can be throttled in place of puts."
  type        = bool
  default     = false
}

variable "failure_metrics" {
  description = "Metrics of AWS/Firehose that count records that failed, like FailedConversion.Records."
  type        = list(string)
  default     = []
}

variable "success_metrics" {
  description = "Metrics of AWS/Firehose that are 1 while all goes well, like ExecuteProcessing.Success."
  type        = list(string)
  default     = []
}

variable "log_retention_days" {
  description = "How many days the log is kept."
  type        = number
}

variable "alarm_actions" {
  description = "ARNs that alarms notify."
  type        = list(string)
}
