variable "name" {
  description = "The workgroup's name."
  type        = string
}

variable "bucket_name" {
  description = "The bucket of its results, which are below athena-results/."
  type        = string
}

variable "database_name" {
  description = "The database that the queries ask."
  type        = string
}

variable "queries" {
  description = "SQL by name."
  type        = map(string)
}

variable "most_gb_scanned" {
  description = "A query that reads more is stopped, since it is paid for by what it reads."
  type        = number
  default     = 10
}

variable "force_destroy" {
  description = "Whether destroying the workgroup deletes its queries and their history."
  type        = bool
}
