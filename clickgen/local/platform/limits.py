"""What all services of the embedded pipeline share: the account of its ARNs, and how much of a request is read."""

ACCOUNT = "000000000000"
"""The account in ARNs and messages; no AWS account has this number."""

MEBIBYTE = 1024 * 1024

MAX_BODY_BYTES = 32 * MEBIBYTE
"""The most that is read of a request in a JSON protocol: far more than any valid call, to refuse it in words."""
