"""The limits of CloudWatch metrics.

Sources: the API model and documentation (botocore, cloudwatch 2010-08-01); what is kept is ours.
"""

MAX_DATA_A_CALL = 1000
"""Metrics of one PutMetricData [API documentation]."""

MAX_VALUES = 150
"""Values of one metric in one PutMetricData [API documentation]."""

MAX_QUERIES = 500
"""Of one GetMetricData [API documentation]."""

MAX_DATAPOINTS = 1440
"""That one GetMetricStatistics gives [API documentation]."""

MAX_LISTED = 500
"""Metrics that one ListMetrics gives [API documentation]."""

MAX_DIMENSIONS = 30
"""Of a metric [API model]."""

OLDEST_SECONDS, NEWEST_SECONDS = 14 * 86_400, 2 * 3600
"""How long ago, and how far ahead, a datum may be [API documentation of PutMetricData]."""

MAX_POINTS = 50_000
"""Minutes of metrics that are kept, the oldest going first: about 20 MB. At AWS there is no such limit."""

SAVE_SECONDS = 1.0
"""How often changed minutes are written to disk; a kill loses what was counted since."""
