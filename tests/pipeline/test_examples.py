"""The pipelines of the examples: their files hold, and their functions do what their READMEs say."""

import base64
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from clickgen.pipeline.pipeline_file import load_pipeline

EXAMPLES = Path(__file__).parents[2] / "examples"
PIPELINES = sorted(file.parent for file in EXAMPLES.glob("*/pipeline.toml"))


@pytest.mark.parametrize("folder", PIPELINES, ids=lambda folder: folder.name)
def test_the_file_holds_and_says_where_events_enter(folder: Path) -> None:
    pipeline = load_pipeline(folder)
    assert pipeline.name == folder.name
    assert pipeline.entry is not None
    assert pipeline.stations


def module_of(file: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(file.stem, file)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def record(content: Any) -> dict[str, Any]:
    return {"recordId": "1", "data": base64.b64encode(json.dumps(content).encode()).decode()}


def test_orders_are_flattened_and_what_is_none_fails() -> None:
    handler = module_of(EXAMPLES / "prime-day" / "lambda" / "flatten.py").handler
    image = {
        "orderid": {"S": "9690"}, "quantity": {"N": "2"}, "price": {"N": "6.9"}, "gift": {"BOOL": False},
        "note": {"NULL": True}, "tags": {"L": [{"S": "a"}, {"M": {"b": {"N": "-1"}}}]},
    }  # fmt: skip
    change = {"dynamodb": {"NewImage": image, "ApproximateCreationDateTime": 1_767_225_600}}
    removed = {"dynamodb": {"Keys": {}, "ApproximateCreationDateTime": 1_767_225_600}}
    answers = handler({"records": [record(change), record(removed), record("no object")]}, None)["records"]
    assert [answer["result"] for answer in answers] == ["Ok", "ProcessingFailed", "ProcessingFailed"]
    line = base64.b64decode(answers[0]["data"])
    assert line.endswith(b"\n")
    assert json.loads(line) == {
        "orderid": "9690", "quantity": 2, "price": 6.9, "gift": False, "note": None, "tags": ["a", {"b": -1}],
        "ordered_at": "2026-01-01 00:00:00",
    }  # fmt: skip
