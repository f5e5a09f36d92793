"""CloudWatch metrics: what services and users count, by the minute."""
