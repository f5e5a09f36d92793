"""Names of a deployed pipeline: what Terraform, its files of several versions and CloudFormation say."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from clickgen.model.errors import ClickgenError, EnvironmentProblem, UsageProblem
from clickgen.pipeline.derived_stations import stations_of
from clickgen.pipeline.outputs import NamesLacking, Output, Outputs, names_from
from clickgen.pipeline.pipeline_file import pipeline_of
from clickgen.pipeline.stack_outputs import stack_outputs
from clickgen.pipeline.terraform_outputs import terraform_outputs
from clickgen.sink.aws import Access

PIPELINE = """
[kinesis.page-views]
[s3.lake]
[glue.web]
[crawler.views]
path = "s3:lake/views/"
database = "glue:web"
[firehose.views]
from = "kinesis:page-views"
to = "s3:lake"
verify = { at = "s3:lake/views/" }
[[station]]
name = "table"
place = "athena"
table = "glue:web.views"
output = "s3:lake/results/"
"""
NAMES = {
    "kinesis_page_views": "acme-views", "s3_lake": "acme-lake-4711", "glue_web": "acme_web",
    "crawler_views": "acme-crawler", "firehose_views": "acme-delivery",
}  # fmt: skip
OTHERS = {"region": "eu-central-1", "athena_workgroup": "acme-queries"}


def saved(values: Mapping[str, Any], *sensitive: str) -> dict[str, Any]:
    """What `terraform output -json` prints."""
    return {
        name: {"sensitive": name in sensitive, "type": "string", "value": value} for name, value in values.items()
    }


def state(values: Mapping[str, Any], terraform: str, **more: Any) -> dict[str, Any]:
    """A state of format 4, whose outputs say that they are sensitive only if they are."""
    outputs = {name: {"value": value, "type": "string"} for name, value in values.items()}
    key = {"mode": "managed", "type": "aws_iam_access_key", "instances": [{"attributes": {"secret": "hush"}}]}
    about = {"version": 4, "terraform_version": terraform, "serial": 3, "lineage": "5c3"}
    return {**about, "outputs": outputs, "resources": [key], **more}


def write(file: Path, document: object) -> Path:
    file.write_text(json.dumps(document))
    return file


def named(outputs: Outputs, *needed: str) -> Mapping[str, str]:
    return names_from(outputs, pipeline_of(PIPELINE, "mine.toml").resources, needed).by_address


@pytest.mark.parametrize(
    "document",
    [
        saved(NAMES | OTHERS),
        state(NAMES | OTHERS, "0.12.31"),
        state(NAMES | OTHERS, "1.11.4", check_results=None),
        {"format_version": "1.0", "terraform_version": "1.9.0", "values": {"outputs": saved(NAMES | OTHERS)}},
    ],
    ids=["output -json", "state of 0.12", "state of 1.11", "show -json"],
)
def test_every_form_says_the_same(document: dict[str, Any], tmp_path: Path) -> None:
    outputs = terraform_outputs(write(tmp_path / "anything.json", document))
    description = pipeline_of(PIPELINE, "mine.toml")
    names = names_from(outputs, description.resources, set(description.resources))
    assert names.by_address["kinesis:page-views"] == "acme-views"
    assert (names.region, names.athena_workgroup) == ("eu-central-1", "acme-queries")
    stations = {one.name: one.model_dump() for one in stations_of(description, names.by_address.__getitem__)}
    assert stations["kinesis:page-views"]["stream"] == "acme-views"
    assert stations["firehose:views"]["at"] == "s3://acme-lake-4711/views/"
    table = stations["table"]
    assert (table["table"], table["output"]) == ("acme_web.views", "s3://acme-lake-4711/results/")


def test_on_this_machine_references_mean_the_names_of_the_file() -> None:
    stations = {one.name: one.model_dump() for one in pipeline_of(PIPELINE, "mine.toml").stations}
    assert stations["firehose:views"]["at"] == "s3://lake/views/"
    assert (stations["table"]["table"], stations["table"]["output"]) == ("web.views", "s3://lake/results/")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'at = "s3:lake/views/"',
            'at = "s3:lak/views/"',
            r'firehose\.views\.verify\.at: there is no "s3:lak/views/"',
        ),
        (
            'table = "glue:web.views"',
            'table = "s3:lake/views"',
            r"table: it has to be of the kind dynamodb or glue",
        ),
    ],
)
def test_a_reference_to_nothing_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        pipeline_of(PIPELINE.replace(old, new), "mine.toml")


def test_all_that_lack_a_name_are_said_at_once_and_no_value(tmp_path: Path) -> None:
    values: dict[str, Any] = {**NAMES, "s3_lake": ["hush-a"], "firehose_view": "hush-b", "glue_web": "hush-c"}
    del values["firehose_views"], values["crawler_views"]
    outputs = terraform_outputs(write(tmp_path / "outputs.json", saved(values, "glue_web")))
    with pytest.raises(NamesLacking) as lacking:
        named(outputs, "s3:lake")
    said = str(lacking.value)
    assert 'firehose:views  needs the output firehose_views; did you mean "firehose_view"?' in said
    assert "crawler:views   needs the output crawler_views\n" in said
    assert "s3:lake         its output s3_lake is a list, not text" in said
    assert "glue:web        its output glue_web is marked as sensitive" in said
    assert "outputs that are there: firehose_view, glue_web, kinesis_page_views, s3_lake" in said
    assert "hush" not in said
    assert "kinesis:page-views" not in said
    # what a command can do without does not stop it
    assert named(outputs, "kinesis:page-views") == {"kinesis:page-views": "acme-views"}


@pytest.mark.parametrize(
    ("value", "said"), [("", "is empty"), (7, "is a number"), (None, "is null"), ("a\nb", "is not one line")]
)
def test_a_name_is_text(value: object, said: str) -> None:
    outputs = Outputs("here", {name: Output(one) for name, one in {**NAMES, "s3_lake": value}.items()}, "declare")
    with pytest.raises(NamesLacking, match=said):
        named(outputs, "s3:lake")


def test_a_bucket_that_the_file_names_needs_no_output() -> None:
    description = pipeline_of(PIPELINE.replace("[s3.lake]", '[s3.lake]\nbucket = "old"'), "mine.toml")
    given = {name: Output(value) for name, value in NAMES.items() if name != "s3_lake"}
    names = names_from(Outputs("here", given, "declare"), description.resources, description.resources)
    assert names.by_address["s3:lake"] == "old"


def test_two_resources_of_one_output_are_refused() -> None:
    description = pipeline_of('entry = "s3:a-b"\n[s3.a-b]\n[s3.a_b]', "mine.toml")
    with pytest.raises(UsageProblem, match="s3:a-b and s3:a_b would both be named by the output s3_a_b"):
        names_from(Outputs("here", {"s3_a_b": Output("x")}, "declare"), description.resources, ())


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (state({}, "1.9.0"), "has no outputs yet"),
        ({}, "has no outputs yet"),
        ({"version": 3, "terraform_version": "0.11.14", "modules": []}, "a state of version 3"),
        ({"serial": 1, "encrypted_data": "xyz", "encryption_version": "v0"}, "OpenTofu has encrypted"),
        ({"name": "package"}, "neither a state nor"),
        ("acme-views", "neither a state nor"),
        (["a"], "neither a state nor"),
    ],
)
def test_a_file_that_says_nothing_is_named(document: object, said: str, tmp_path: Path) -> None:
    with pytest.raises(ClickgenError, match=said):
        terraform_outputs(write(tmp_path / "file.json", document))


@pytest.fixture
def no_tool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH with neither Terraform nor OpenTofu; the folder that it names."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("TF_WORKSPACE", raising=False)
    return folder


def tool(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def test_without_a_tool_the_state_of_the_workspace_is_read(no_tool: Path, tmp_path: Path) -> None:
    folder = tmp_path / "terraform"
    folder.mkdir()
    with pytest.raises(EnvironmentProblem, match="there is no Terraform state in") as problem:
        terraform_outputs(folder)
    assert "terraform apply first" in str(problem.value.hint)
    write(folder / "terraform.tfstate", state(NAMES, "1.9.0"))
    assert named(terraform_outputs(folder), "s3:lake")["s3:lake"] == "acme-lake-4711"
    (folder / ".terraform").mkdir()
    (folder / ".terraform" / "environment").write_text("staging")
    (folder / "terraform.tfstate.d" / "staging").mkdir(parents=True)
    write(
        folder / "terraform.tfstate.d" / "staging" / "terraform.tfstate", state(NAMES | {"s3_lake": "b"}, "1.9.0")
    )
    assert named(terraform_outputs(folder), "s3:lake")["s3:lake"] == "b"
    # a state that moved to a backend leaves one behind that is old
    write(folder / ".terraform" / "terraform.tfstate", {"version": 3, "backend": {"type": "s3"}})
    with pytest.raises(EnvironmentProblem, match=r"is in its backend \(s3\)"):
        terraform_outputs(folder)


def test_the_tool_is_asked_in_the_folder_for_outputs_alone(no_tool: Path, tmp_path: Path) -> None:
    folder = tmp_path / "with space; and signs"
    folder.mkdir()
    write(folder / "answer.json", saved(NAMES))
    for name in ("terraform", "tofu"):
        tool(no_tool, name, f'echo "{name} $*" >> said; exec /bin/cat answer.json')
    assert named(terraform_outputs(folder), "s3:lake")["s3:lake"] == "acme-lake-4711"
    (folder / ".terraform.lock.hcl").write_text('provider "registry.opentofu.org/hashicorp/aws" {}')
    terraform_outputs(folder)
    assert (folder / "said").read_text().splitlines() == [
        "terraform output -json -no-color", "tofu output -json -no-color",
    ]  # fmt: skip


def test_why_the_tool_fails_is_said_unless_a_state_is_there(no_tool: Path, tmp_path: Path) -> None:
    tool(
        no_tool, "terraform", r'printf "╷\n│ \033[31mError:\033[0m Backend initialization required\n" >&2; exit 1'
    )
    with pytest.raises(EnvironmentProblem, match="failed: Backend initialization required"):
        terraform_outputs(tmp_path)
    write(tmp_path / "terraform.tfstate", state(NAMES, "1.9.0"))
    assert named(terraform_outputs(tmp_path), "s3:lake")["s3:lake"] == "acme-lake-4711"


def test_a_tool_that_hangs_is_ended_with_all_that_it_started(
    no_tool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clickgen.pipeline.terraform_outputs._TOOL_S", 0.3)
    tool(no_tool, "terraform", "/bin/sleep 60 & echo $! > pid; wait")
    with pytest.raises(EnvironmentProblem, match="took longer than"):
        terraform_outputs(tmp_path)
    assert not runs(int((tmp_path / "pid").read_text()))


def runs(pid: int) -> bool:
    """Whether a process has not ended; one that nobody has waited for is left as a name alone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not installed")
def test_terraform_itself_says_what_the_state_says(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="has no outputs yet"):
        terraform_outputs(tmp_path)
    before = write(tmp_path / "terraform.tfstate", state(NAMES, "1.9.0")).read_bytes()
    assert named(terraform_outputs(tmp_path), *NAMES_OF_ALL)["glue:web"] == "acme_web"
    assert [file.name for file in tmp_path.iterdir()] == ["terraform.tfstate"]
    assert (tmp_path / "terraform.tfstate").read_bytes() == before


NAMES_OF_ALL = list(pipeline_of(PIPELINE, "mine.toml").resources)


def test_a_stack_names_its_outputs_as_it_likes(
    moto: str, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    make: Any = boto3.client
    stacks = make("cloudformation")
    with pytest.raises(EnvironmentProblem, match="there is no stack 'acme' in us-east-1"):
        stack_outputs("acme", Access())
    template = {
        "Resources": {"Lake": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "acme-lake-4711"}}},
        "Outputs": {
            "S3Lake": {"Value": {"Ref": "Lake"}}, "KinesisPageViews": {"Value": "acme-views"},
            "glueWeb": {"Value": "acme_web"}, "FirehoseView": {"Value": "x"},
        },
    }  # fmt: skip
    stacks.create_stack(StackName="acme", TemplateBody=json.dumps(template))
    outputs = stack_outputs("acme", Access(region="us-east-1"))
    names = names_from(outputs, pipeline_of(PIPELINE, "mine.toml").resources, ["s3:lake", "kinesis:page-views"])
    assert names.by_address == {
        "s3:lake": "acme-lake-4711", "kinesis:page-views": "acme-views", "glue:web": "acme_web",
    }  # fmt: skip
    assert names.region == "us-east-1"
    with pytest.raises(NamesLacking, match='needs the output FirehoseViews; did you mean "FirehoseView"'):
        named(outputs, "firehose:views")
