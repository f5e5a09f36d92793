"""A shipper: the lines of a file as records of a Firehose stream; what failed goes again.

python examples/ship.py FILE STREAM [ENDPOINT]
"""

import sys
import time
from pathlib import Path

import boto3
from botocore.exceptions import EndpointConnectionError

file, stream, *endpoint = sys.argv[1:]
client = boto3.client("firehose", endpoint_url=endpoint[0] if endpoint else None)
records = [{"Data": line} for line in Path(file).read_bytes().splitlines(keepends=True)]
tries = 0
while records:
    batch, records = records[:500], records[500:]
    try:
        answers = client.put_record_batch(DeliveryStreamName=stream, Records=batch)["RequestResponses"]
        failed = [record for record, answer in zip(batch, answers, strict=True) if "ErrorCode" in answer]
    except (client.exceptions.ServiceUnavailableException, EndpointConnectionError):
        failed = batch
    records += failed
    tries += bool(failed)
    time.sleep(0.1 if failed else 0)
sys.stdout.write(f"shipped, after {tries} calls of which something failed\n")
