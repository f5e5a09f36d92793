"""Names of resources in environments, SQL and stations: written once, and referred to everywhere else."""

from pathlib import Path
from typing import Any

import pytest

from clickgen.model.errors import UsageProblem
from clickgen.pipeline.creation import create
from clickgen.pipeline.description import in_order, sql_with_names
from clickgen.pipeline.pipeline_file import load_pipeline, pipeline_of
from clickgen.pipeline.statements import statements_of

LAKE = """
[firehose.views]
to = "s3:raw"
prefix = "views/"
[s3.raw]
[lambda.convert]
code = "lambda"
handler = "convert.handler"
environment = { TARGET = "s3:processed", LEVEL = "INFO", URL = "s3://other/" }
on = [{ source = "s3:raw" }]
[s3.processed]
bucket = "my-processed"
verify = { place = "parquet", prefix = "events/", errors = "rejected/", id_column = "event.id" }
"""


def problems_of(text: str, folder: Path | None = None) -> str:
    with pytest.raises(UsageProblem) as refused:
        pipeline_of(text, "mine.toml", folder)
    return refused.value.message


def test_events_go_to_what_a_function_is_given_the_name_of() -> None:
    pipeline = pipeline_of(LAKE, "mine.toml")
    assert in_order(pipeline) == ["firehose:views", "s3:raw", "lambda:convert", "s3:processed"]
    delivered, processed = (station.model_dump(exclude_unset=True) for station in pipeline.stations)
    assert delivered["name"] == "firehose:views"
    assert processed == {
        "name": "s3:processed", "place": "parquet", "id_column": "event.id",
        "at": "s3://my-processed/events/", "errors": "s3://my-processed/rejected/",
    }  # fmt: skip


def test_a_bucket_that_is_to_be_verified_as_it_is_has_json() -> None:
    text = LAKE.replace(
        '{ place = "parquet", prefix = "events/", errors = "rejected/", id_column = "event.id" }', "true"
    )
    processed = pipeline_of(text, "mine.toml").stations[-1].model_dump(exclude_unset=True)
    assert processed == {"name": "s3:processed", "place": "s3", "at": "s3://my-processed/", "content": "ids"}


def test_a_function_that_is_given_the_bucket_that_calls_it_makes_no_circle() -> None:
    text = LAKE.replace('TARGET = "s3:processed"', 'TARGET = "s3:processed", SOURCE = "s3:raw"')
    assert in_order(pipeline_of(text, "mine.toml")) == in_order(pipeline_of(LAKE, "mine.toml"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"s3:processed"', '"s3:procesed"', 'lambda.convert.environment.TARGET: there is no "s3:procesed"'),
        ('place = "parquet"', 'place = "athena"', "s3.processed.verify"),
        ("id_column", "id_colum", "id_colum"),
        ('place = "parquet", ', "", "id_column"),
    ],
)
def test_a_name_that_is_not_there_is_refused(old: str, new: str, said: str) -> None:
    assert said in problems_of(LAKE.replace(old, new))


def test_sql_names_a_resource_and_leaves_the_templates_of_athena_alone(tmp_path: Path) -> None:
    (tmp_path / "tables.sql").write_text("CREATE TABLE a LOCATION 's3://${s3:lake}/${day}/';\nSELECT 2")
    text = '[s3.lake]\nbucket = "mine"\n[glue.web]\nsetup = ["tables.sql"]\n'
    (tmp_path / "pipeline.toml").write_text(text)
    ran = _Athena()
    create(load_pipeline(tmp_path), lambda _: ran)
    assert ran.statements == ["CREATE TABLE a LOCATION 's3://mine/${day}/'", "SELECT 2"]
    assert "names" in problems_of(text.replace("s3.lake", "s3.lakes"), tmp_path)
    assert list(statements_of(sql_with_names("${s3:a};${b}", str.upper))) == ["S3:A", "${b}"]


@pytest.mark.parametrize("where", ["", 'path = "s3:lake/a/"\ntable = "a"'])
def test_a_crawler_has_one_target(where: str) -> None:
    text = f'[s3.lake]\n[glue.web]\n[crawler.a]\ndatabase = "glue:web"\n{where}'
    assert "say where it looks" in problems_of(text)


class _Athena:
    """Takes every call, and remembers what Athena was to run."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __getattr__(self, action: str) -> Any:
        return lambda **_: {}

    def start_query_execution(self, QueryString: str, **_: Any) -> dict[str, str]:  # noqa: N803  # boto3's name
        self.statements.append(QueryString)
        return {"QueryExecutionId": "1"}

    def get_query_execution(self, **_: Any) -> dict[str, Any]:
        return {"QueryExecution": {"Status": {"State": "SUCCEEDED"}}}
