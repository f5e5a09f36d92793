output "name" {
  value = aws_glue_crawler.this.name
}
