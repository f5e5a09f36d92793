"""Functions as they are created, described, changed and deleted through boto3."""

import io
import json
import signal
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.functions.conftest import ROLE, MakeFunction, called, create_function
from tests.support.local_server import LocalServer, service_client, serving, until

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

_INVALID = "InvalidParameterValueException"
_ECHO = "def handler(event, context):\n    return ['%s', event]\n"


def _archive(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return packed.getvalue()


def _create(functions: "LambdaClient", name: str, **settings: Any) -> Any:
    given: dict[str, Any] = {"Runtime": "python3.11", "Handler": "app.handler", "Role": ROLE}
    given["Code"] = {"ZipFile": _archive(app=_ECHO % "zip")}
    return functions.create_function(FunctionName=name, **(given | settings))


def test_a_function_is_made_of_an_archive_and_described(functions: "LambdaClient") -> None:
    created = _create(
        functions,
        "zipped",
        Description="says it back",
        Environment={"Variables": {"A": "1"}},
        Tags={"team": "clicks"},
        TracingConfig={"Mode": "Active"},
        EphemeralStorage={"Size": 1024},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="zipped")
    found = functions.get_function(FunctionName=created["FunctionArn"])
    described = found["Configuration"]
    assert called(functions, "zipped", 5) == ["zip", 5]
    assert described["FunctionArn"] == "arn:aws:lambda:eu-west-1:000000000000:function:zipped"
    assert (described["Timeout"], described["MemorySize"], described["PackageType"]) == (3, 128, "Zip")
    assert (described["State"], described["LastUpdateStatus"]) == ("Active", "Successful")
    assert described["Environment"] == {"Variables": {"A": "1"}}
    assert described["TracingConfig"] == {"Mode": "Active"}
    assert described["EphemeralStorage"] == {"Size": 1024}
    assert described["CodeSize"] == len(_archive(app=_ECHO % "zip"))
    assert found["Tags"] == {"team": "clicks"}
    with pytest.raises(ClientError, match="Function already exist: zipped"):
        _create(functions, "zipped")


def test_code_may_be_an_object_of_the_lake(functions: "LambdaClient", server: LocalServer) -> None:
    (server.lake / "artifacts" / "v1").mkdir(parents=True)
    (server.lake / "artifacts" / "v1" / "code.zip").write_bytes(_archive(app=_ECHO % "from S3"))
    _create(functions, "stored", Code={"S3Bucket": "artifacts", "S3Key": "v1/code.zip"})
    assert called(functions, "stored", 1) == ["from S3", 1]
    with pytest.raises(ClientError, match="NoSuchKey"):
        _create(functions, "unstored", Code={"S3Bucket": "artifacts", "S3Key": "v2/code.zip"})


def test_code_and_configuration_change_what_runs(functions: "LambdaClient") -> None:
    before = _create(functions, "changing")
    assert called(functions, "changing", 1) == ["zip", 1]
    functions.update_function_code(FunctionName="changing", ZipFile=_archive(app=_ECHO % "new", b=_ECHO % "b"))
    functions.get_waiter("function_updated_v2").wait(FunctionName="changing")
    assert called(functions, "changing", 2) == ["new", 2]
    after = functions.update_function_configuration(FunctionName="changing", Handler="b.handler", Timeout=9)
    functions.get_waiter("function_updated_v2").wait(FunctionName="changing")
    assert called(functions, "changing", 3) == ["b", 3]
    assert after["Timeout"] == 9
    assert (
        len({before["RevisionId"], after["RevisionId"]}) == len({before["CodeSha256"], after["CodeSha256"]}) == 2
    )
    with pytest.raises(ClientError, match="RevisionId"):
        functions.update_function_configuration(FunctionName="changing", RevisionId=before["RevisionId"])


def test_functions_are_listed_by_page_and_deleted(functions: "LambdaClient") -> None:
    for name in ("list-a", "list-b", "list-c"):
        _create(functions, name)
    pages = functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    names = [function["FunctionName"] for page in pages for function in page["Functions"]]
    assert names == sorted(names)
    assert {"list-a", "list-b", "list-c"} <= set(names)
    functions.delete_function(FunctionName="list-b")
    with pytest.raises(ClientError, match="Function not found"):
        functions.get_function(FunctionName="list-b")
    with pytest.raises(ClientError, match="Function not found"):
        functions.delete_function(FunctionName="list-b")


def test_permissions_tags_and_what_terraform_reads(functions: "LambdaClient") -> None:
    arn = _create(functions, "shared")["FunctionArn"]
    functions.add_permission(
        FunctionName="shared",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::lake",
    )
    statement = json.loads(functions.get_policy(FunctionName="shared")["Policy"])["Statement"][0]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Condition"] == {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::lake"}}
    functions.remove_permission(FunctionName="shared", StatementId="s3")
    with pytest.raises(ClientError, match="does not exist"):
        functions.get_policy(FunctionName="shared")
    functions.tag_resource(Resource=arn, Tags={"a": "1", "b": "2"})
    functions.untag_resource(Resource=arn, TagKeys=["a"])
    assert functions.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    assert functions.list_versions_by_function(FunctionName="shared")["Versions"][0]["Version"] == "$LATEST"
    assert functions.get_function_code_signing_config(FunctionName="shared")["CodeSigningConfigArn"] == ""
    assert functions.invoke(FunctionName="shared", InvocationType="DryRun")["StatusCode"] == 204
    assert functions.invoke(FunctionName="shared", Qualifier="$LATEST")["ExecutedVersion"] == "$LATEST"


@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        ({"Runtime": "nodejs22.x"}, _INVALID, "runs Python only"),
        ({"Code": {"ImageUri": "a/b"}}, _INVALID, "runs no container images"),
        ({"Code": {"ZipFile": b"PK nonsense"}}, _INVALID, "Could not unzip"),
        ({"Code": {}}, _INVALID, "provide a source"),
        (
            {"Code": {"S3Bucket": "hot-reload", "S3Key": "/none"}},
            _INVALID,
            "no folder /none",
        ),
        ({"Timeout": 901}, "ValidationException", "less than or equal to 900"),
        ({"MemorySize": 20_000}, "ValidationException", "less than or equal to 10240"),
        ({"Layers": ["arn:aws:lambda:a:1:layer:x:1"]}, _INVALID, "absolute path"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, _INVALID, "reserved keys"),
        ({"Environment": {"Variables": {"A": "x" * 4096}}}, _INVALID, "4KB"),
        (
            {"FileSystemConfigs": [{"Arn": "a", "LocalMountPath": "/m"}]},
            _INVALID,
            "FileSys",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    functions: "LambdaClient", settings: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        _create(functions, "refused", **settings)
    assert refused.value.response["Error"]["Code"] == code


def test_a_missing_handler_file_in_a_folder_is_refused_at_once(functions: "LambdaClient", tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="has no such module"):
        create_function(functions, "handlerless", tmp_path)


def test_a_folder_brings_its_requirements_and_layers(
    functions: "LambdaClient", make: MakeFunction, tmp_path: Path
) -> None:
    wheel = tmp_path / "told-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("told.py", "WORD = 'installed'\n")
        archive.writestr("told-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: told\nVersion: 1.0\n")
        archive.writestr(
            "told-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("told-1.0.dist-info/RECORD", "")
    (tmp_path / "layer" / "python").mkdir(parents=True)
    (tmp_path / "layer" / "python" / "laid.py").write_text("WORD = 'layer'\n")
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text("import told, laid\ndef handler(e, c):\n    return [told.WORD, laid.WORD]\n")
    (code / "requirements.txt").write_text(f"{wheel}\n")
    create_function(functions, "packaged", code, Layers=[str(tmp_path / "layer")])
    assert called(functions, "packaged") == ["installed", "layer"]
    assert sorted(entry.name for entry in code.iterdir() if entry.suffix) == ["app.py", "requirements.txt"]


def test_changed_code_in_a_folder_is_taken_up(
    functions: "LambdaClient", make: MakeFunction, tmp_path: Path
) -> None:
    name = make(_ECHO % "before")
    assert called(functions, name, 1) == ["before", 1]
    (tmp_path / name / "app.py").write_text(_ECHO % "after")
    until(lambda: called(functions, name, 1) == ["after", 1])


def test_a_function_runs_in_the_interpreter_that_it_names(
    functions: "LambdaClient", make: MakeFunction, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -X dev "$@"\n')
    python.chmod(0o700)
    source = "import sys\ndef handler(event, context):\n    return sys.flags.dev_mode\n"
    assert called(functions, make(source, Environment={"Variables": {"CLICKGEN_PYTHON": str(python)}})) is True
    lost = make(source, Environment={"Variables": {"CLICKGEN_PYTHON": "/none/python"}})
    assert "/none/python cannot be started" in called(functions, lost)["errorMessage"]


def test_requirements_that_cannot_be_installed_are_said(functions: "LambdaClient", tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(_ECHO % "x")
    (tmp_path / "requirements.txt").write_text("./none-1.0-py3-none-any.whl\n")
    code = {"S3Bucket": "hot-reload", "S3Key": str(tmp_path)}
    assert _create(functions, "unpackaged", Code=code)["State"] == "Pending"
    with pytest.raises(ClientError, match="currently in the following state: Pending"):
        called(functions, "unpackaged")
    until(lambda: functions.get_function_configuration(FunctionName="unpackaged")["State"] == "Failed", 60)
    reason = functions.get_function_configuration(FunctionName="unpackaged")["StateReason"]
    assert "pip could not install" in reason
    assert "none-1.0-py3-none-any.whl" in reason
    with pytest.raises(ClientError, match="pip could not install"):
        called(functions, "unpackaged")


def _throttled(functions: "LambdaClient", name: str) -> bool:
    try:
        called(functions, name)
    except functions.exceptions.TooManyRequestsException:
        return True
    return False


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_functions_outlive_the_server_and_their_processes_do_not(tmp_path: Path, how: signal.Signals) -> None:
    lake = tmp_path / "lake"
    source = (
        "import os, time\ndef handler(event, context):\n    return os.getpid() if not event else time.sleep(60)\n"
    )
    with serving(lake) as server:
        functions = service_client("lambda", server.endpoint)
        _create(functions, "lasting", Code={"ZipFile": _archive(app=source)}, Timeout=60)
        functions.put_function_concurrency(FunctionName="lasting", ReservedConcurrentExecutions=1)
        worker = called(functions, "lasting")
        functions.invoke(FunctionName="lasting", InvocationType="Event", Payload=b"1")
        until(lambda: _throttled(functions, "lasting"))
        server.stop(how)
        functions.close()
        until(lambda: not Path(f"/proc/{worker}").exists())
    with serving(lake) as server:
        functions = service_client("lambda", server.endpoint)
        found = functions.get_function(FunctionName="lasting")
        assert found["Concurrency"] == {"ReservedConcurrentExecutions": 1}
        functions.delete_function(FunctionName="lasting")
        functions.close()
