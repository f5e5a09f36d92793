"""Limits of Lambda that the embedded one keeps."""

MAX_PAYLOAD_BYTES = 6_291_456
"""The largest event of a synchronous call."""

MAX_ASYNC_PAYLOAD_BYTES = 1_048_576
"""The largest event of an asynchronous call."""

INIT_SECONDS = 10.0
"""How long importing a handler may take, beyond what an invocation may."""

MAX_WAITING = 1000
"""Calls that run or wait at once: the concurrency of an account."""

SPARE_BYTES = 512 * 1024 * 1024
"""Data that a process may have beyond its memory size.

Memory is watched from outside, by what is really used, as Lambda does; this bounds the use between two looks.
"""
