"""What a pipeline.toml with resources may say, what follows from it, and what is refused, all at once."""

from pathlib import Path

import pytest

from clickgen.model.errors import UsageProblem
from clickgen.pipeline.description import in_order
from clickgen.pipeline.pipeline_file import load_pipeline, pipeline_of

PRIME_DAY = """
name = "prime-day"

[dynamodb.orders]
key = "event_id"
stream = "NEW_IMAGE"

[pipe.orders]
from = "dynamodb:orders"
to = "kinesis:orders"
partition_key = "$.dynamodb.Keys.event_id.S"

[kinesis.orders]
shards = 2

[lambda.flatten]
code = "lambda"
handler = "flatten.handler"

[s3.lake]

[firehose.orders]
from = "kinesis:orders"
to = "s3:lake"
prefix = "orders/!{timestamp:yyyy/MM/dd}/"
transform = "lambda:flatten"
backup = { to = "s3:lake", prefix = "source/" }
"""


def problems_of(text: str, folder: Path | None = None) -> list[str]:
    with pytest.raises(UsageProblem) as refused:
        pipeline_of(text, "mine.toml", folder)
    return refused.value.message.splitlines()


def test_events_enter_where_nothing_leads_to() -> None:
    pipeline = pipeline_of(PRIME_DAY, "mine.toml")
    assert pipeline.entry == "dynamodb:orders"
    assert in_order(pipeline) == [
        "dynamodb:orders", "pipe:orders", "kinesis:orders", "firehose:orders", "s3:lake",
    ]  # fmt: skip


def test_stations_are_derived_with_where_they_are_and_what_is_compared() -> None:
    stations = {station.name: station for station in pipeline_of(PRIME_DAY, "mine.toml").stations}
    assert list(stations) == ["dynamodb:orders", "kinesis:orders", "source of firehose:orders", "firehose:orders"]
    source, delivered = stations["source of firehose:orders"], stations["firehose:orders"]
    assert (source.place, delivered.place) == ("s3", "s3")
    assert source.model_dump()["at"] == "s3://lake/source/"
    assert (delivered.model_dump()["at"], delivered.model_dump()["stream"]) == (None, "orders")
    contents = {name: station.model_dump()["content"] for name, station in stations.items()}
    assert contents == {
        "dynamodb:orders": "fields",
        "kinesis:orders": "ids",
        "source of firehose:orders": "ids",
        "firehose:orders": "ids",
    }


def test_what_nothing_touches_is_compared_whole_and_a_resource_may_say_otherwise() -> None:
    text = """
    [s3.lake]
    bucket = "my-lake"
    [firehose.clicks]
    to = "s3:lake"
    prefix = "clicks/"
    [[station]]
    name = "curated"
    place = "athena"
    table = "clicks.curated"
    """
    first, second = pipeline_of(text, "mine.toml").stations
    assert first.model_dump()["stream"] == "clicks"
    assert first.model_dump()["content"] == "check"
    assert second.name == "curated"
    told = text.replace('prefix = "clicks/"', 'verify = { content = "fields", added = ["seen"] }')
    assert pipeline_of(told, "mine.toml").stations[0].model_dump()["added"] == ["seen"]
    elsewhere = text.replace('prefix = "clicks/"', 'verify = { at = "s3://copy/clicks/" }')
    moved = pipeline_of(elsewhere, "mine.toml").stations[0].model_dump()
    assert (moved["at"], moved["stream"]) == ("s3://copy/clicks/", None)
    silent = text.replace('prefix = "clicks/"', "verify = false")
    assert [station.name for station in pipeline_of(silent, "mine.toml").stations] == ["curated"]


def test_every_error_is_reported_with_its_line() -> None:
    text = """
    [firehose.clicks]
    to = "s3:lak"
    transform = "s3:lake"
    bufer_mb = 3
    [s3.lake]
    [pipe.p]
    from = "dynamodb:table"
    to = "firehose:clicks"
    [dynamodb.table]
    key = "id"
    """
    assert problems_of(text) == ['mine.toml:5: firehose.clicks.bufer_mb: unknown key; did you mean "buffer_mb"?']
    assert problems_of(text.replace("bufer_mb = 3", "")) == [
        'mine.toml:3: firehose.clicks.to: there is no "s3:lak"; did you mean "s3:lake"?',
        "mine.toml:4: firehose.clicks.transform: it has to be of the kind lambda",
        'mine.toml:7: pipe.p: dynamodb:table has no stream: add stream = "NEW_IMAGE" to it',
    ]


def test_a_circle_is_named() -> None:
    text = """
    [kinesis.a]
    [kinesis.b]
    [pipe.there]
    from = "kinesis:a"
    to = "kinesis:b"
    [pipe.back]
    from = "kinesis:b"
    to = "kinesis:a"
    """
    assert (
        "events go in a circle: kinesis:a → pipe:there → kinesis:b → pipe:back → kinesis:a" in problems_of(text)[0]
    )


def test_files_that_are_missing_are_named(tmp_path: Path) -> None:
    assert problems_of(PRIME_DAY, tmp_path) == [
        f"mine.toml:17: lambda.flatten.code: there is no folder {tmp_path / 'lambda'}"
    ]
    (tmp_path / "lambda").mkdir()
    assert "there is no file" in problems_of(PRIME_DAY, tmp_path)[0]
    (tmp_path / "lambda" / "flatten.py").write_text("")
    (tmp_path / "pipeline.toml").write_text(PRIME_DAY)
    assert load_pipeline(tmp_path).name == "prime-day"


def test_where_events_enter_has_to_be_clear() -> None:
    two = """
    [s3.lake]
    [firehose.a]
    to = "s3:lake"
    [firehose.b]
    to = "s3:lake"
    """
    assert problems_of(two) == ['mine.toml: entry: say where events are sent, like entry = "firehose:a"']
    assert pipeline_of('entry = "firehose:b"' + two, "mine.toml").entry == "firehose:b"
    assert "not to s3" not in problems_of('entry = "firehose:c"' + two)[0]
