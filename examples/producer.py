"""Your own producer against the embedded Firehose: start it, run this, look into the lake.

clickgen local serve --port 4573 --stream clicks --buffer-seconds 5 &
python examples/producer.py http://127.0.0.1:4573
"""

import json
import sys

import boto3

client = boto3.client(
    "firehose",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="any",
    aws_secret_access_key="any",  # noqa: S106  # the embedded pipeline checks no credentials
)
records = [{"Data": json.dumps({"user": n, "page": "/home"}).encode() + b"\n"} for n in range(10)]
answer = client.put_record_batch(DeliveryStreamName="clicks", Records=records)
failed = [entry for entry in answer["RequestResponses"] if "ErrorCode" in entry]
sys.stdout.write(f"{len(records) - len(failed)} accepted, {len(failed)} failed\n")
