variable "name" {
  description = "The bucket's name, unique in all of AWS."
  type        = string
}

variable "expire_days" {
  description = "After how many days objects are deleted."
  type        = number
}

variable "expire_days_by_prefix" {
  description = "The same for objects whose keys start with a prefix, if they are to go earlier."
  type        = map(number)
  default     = {}
}

variable "force_destroy" {
  description = "Whether destroying the bucket deletes the objects in it."
  type        = bool
}

variable "kms_key_arn" {
  description = "A KMS key that encrypts objects, or null for S3's own key. Whoever writes and reads needs its use."
  type        = string
  default     = null
}
