"""What the services around an emulator's Firehose do where emulators are known to differ, each in a few words."""

import json
from typing import Any

from botocore.exceptions import ClientError

from tests.local.blackbox.emulators import Emulator

_CALLED = """
def handler(event, context):
    with open("FILE", "w") as file:
        file.write(event["Records"][0]["s3"]["object"]["key"])
"""


def batch_of_26_items(at: Emulator) -> str:
    dynamodb, table = at.client("dynamodb"), _table(at)

    def write(items: int) -> None:
        puts = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(items)]
        dynamodb.batch_write_item(RequestItems={table: puts})

    write(25)
    try:
        write(26)
    except ClientError:
        return "refused"
    return "accepted"


def batch_of_501_records(at: Emulator) -> str:
    stream = _kinesis_stream(at)
    _put(at, stream, 500)
    try:
        _put(at, stream, 501)
    except ClientError:
        return "refused"
    return "accepted"


def shard_limit(at: Emulator) -> str:
    """3,000 records as fast as the client can into a shard, which takes 1,000 a second."""
    stream = _kinesis_stream(at)
    return "throttles" if any(_put(at, stream, 500) for _ in range(6)) else "takes everything"


def pipe(at: Emulator) -> str:
    """From a table's stream into a Kinesis stream."""
    dynamodb, kinesis, pipes = (at.client(name) for name in ("dynamodb", "kinesis", "pipes"))
    view = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    table, stream, name = _table(at, StreamSpecification=view), _kinesis_stream(at), at.new_name("pipe")
    pipes.create_pipe(
        Name=name,
        RoleArn=at.role(),
        Source=dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"],
        Target=kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"],
        SourceParameters={"DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON"}},
        TargetParameters={"KinesisStreamParameters": {"PartitionKey": "$.eventID"}},
    )
    at.happens(lambda: pipes.describe_pipe(Name=name)["CurrentState"] == "RUNNING")
    dynamodb.put_item(TableName=table, Item={"id": {"S": "moved"}})
    shard = kinesis.list_shards(StreamName=stream)["Shards"][0]["ShardId"]

    def arrived() -> bool:
        start = {"ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(StreamName=stream, **start)["ShardIterator"]
        try:
            records = kinesis.get_records(ShardIterator=iterator)["Records"]
        except kinesis.exceptions.ProvisionedThroughputExceededException:  # five reads a second
            return False
        return any(json.loads(record["Data"])["dynamodb"]["Keys"]["id"]["S"] == "moved" for record in records)

    return "moves records" if at.happens(arrived) else "moves nothing"


def crawler(at: Emulator) -> str:
    s3, glue, bucket = at.client("s3"), at.client("glue"), at.bucket()
    s3.put_object(Bucket=bucket, Key="clicks/dt=2026-01-01/a.json", Body=b'{"user": "u1", "n": 1}\n')
    database = at.new_name("crawled")
    glue.create_database(DatabaseInput={"Name": database})
    targets = {"S3Targets": [{"Path": f"s3://{bucket}/clicks/"}]}
    glue.create_crawler(Name=database, Role=at.role(), DatabaseName=database, Targets=targets)
    glue.start_crawler(Name=database)
    at.happens(lambda: glue.get_crawler(Name=database)["Crawler"]["State"] == "READY")
    tables = glue.get_tables(DatabaseName=database)["TableList"]
    if not tables:
        return "makes no table"
    described = [*tables[0]["StorageDescriptor"]["Columns"], *tables[0]["PartitionKeys"]]
    return ", ".join(f"`{column['Name']} {column['Type']}`" for column in described)


def integer_division(at: Emulator) -> str:
    athena, bucket = at.client("athena"), at.bucket()
    started = athena.start_query_execution(
        QueryString="SELECT 5/2", ResultConfiguration={"OutputLocation": f"s3://{bucket}/"}
    )["QueryExecutionId"]

    def state() -> str:
        return str(athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]["State"])

    at.happens(lambda: state() not in ("QUEUED", "RUNNING"))
    if state() != "SUCCEEDED":
        return f"the query stays {state()}"
    rows = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
    return str(rows[-1]["Data"][0]["VarCharValue"]) if rows else "no rows"


def notification(at: Emulator) -> str:
    s3, bucket = at.client("s3"), at.bucket()
    file = at.folder / bucket
    function = at.function(_CALLED.replace("FILE", str(file)))
    at.client("lambda").add_permission(
        FunctionName=function, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    target = {"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [target]}
    )
    s3.put_object(Bucket=bucket, Key="a.json", Body=b"{}")
    called = at.happens(lambda: file.exists() and file.read_text() == "a.json")
    return "calls the function" if called else "calls nothing"


def _table(at: Emulator, **settings: Any) -> str:
    dynamodb, name = at.client("dynamodb"), at.new_name("table")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        **settings,
    )
    assert at.happens(lambda: dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE")
    return name


def _kinesis_stream(at: Emulator) -> str:
    kinesis, name = at.client("kinesis"), at.new_name("events")
    kinesis.create_stream(StreamName=name, ShardCount=1)

    def status() -> str:
        return str(kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamStatus"])

    assert at.happens(lambda: status() == "ACTIVE")
    return name


def _put(at: Emulator, stream: str, records: int) -> int:
    """Put that many records with one call; how many of them failed."""
    batch = [{"Data": b"a", "PartitionKey": "k"}] * records
    return int(at.client("kinesis").put_records(StreamName=stream, Records=batch)["FailedRecordCount"])
