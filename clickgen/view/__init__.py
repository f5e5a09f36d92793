"""Run events and verdicts for people: dashboard, plain lines, summaries."""
