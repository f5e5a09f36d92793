"""Realistic clickstream traffic on an AWS delivery pipeline, and proof that every event arrived."""

__version__ = "0.1.0"
