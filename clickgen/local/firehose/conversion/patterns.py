"""How numbers, dates and times are written as text: one pattern each for Python and for DuckDB."""

INTEGER = r"[-+]?[0-9]+"
DECIMAL = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"

_TIME = r"(?:[01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9](?:\.[0-9]{1,9})?"
SPACED_TIMESTAMP = rf"{DATE} {_TIME}"
"""`java.sql.Timestamp.valueOf`, and what OpenX takes with a space: parts may lack their leading zero."""

ISO_TIMESTAMP = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?Z?"
"""What OpenX takes with a T, always UTC."""

PLAIN_EPOCH = r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?"
"""An epoch that a fixed-point number holds."""

MILLISECONDS_FROM = 1_000_000_000_000
"""An epoch of this size or more counts milliseconds, a smaller one seconds [observed of the service]."""
