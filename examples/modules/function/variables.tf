variable "name" {
  description = "The function's name."
  type        = string
}

variable "source_dir" {
  description = "The folder with its code."
  type        = string
}

variable "handler" {
  description = "module.function."
  type        = string
}

variable "timeout" {
  description = "How many seconds a call may take."
  type        = number
}

variable "memory_mb" {
  description = "Memory of a call."
  type        = number
}

variable "environment" {
  description = "Environment variables."
  type        = map(string)
  default     = {}
}

variable "layers" {
  description = "ARNs of layers, for what the runtime does not have."
  type        = list(string)
  default     = []
}

variable "permissions" {
  description = "What it may do, beside writing its log."
  type = list(object({
    actions   = list(string)
    resources = list(string)
  }))
  default = []
}

variable "log_retention_days" {
  description = "How many days its log is kept."
  type        = number
}

variable "alarm_actions" {
  description = "ARNs that alarms notify."
  type        = list(string)
}
