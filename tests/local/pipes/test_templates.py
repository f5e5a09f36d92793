"""Input templates and JSON paths of pipes, as the EventBridge user guide describes them."""

import json
from typing import Any

import pybase64
import pytest

from clickgen.local.pipes.paths import MISSING, compile_path
from clickgen.local.pipes.template import Template
from clickgen.local.platform.errors import ServiceError

EVENT: dict[str, Any] = {
    "eventName": "INSERT",
    "dynamodb": {"Keys": {"id": {"S": 'say "hi"'}}, "n": [1, 2, {"x": 3}]},
    "data": pybase64.b64encode_as_string(b'{"page": "/a", "n": 2}'),
    "plain": pybase64.b64encode_as_string(b"no json"),
    "odd name": True,
}
ABOUT = {"aws.pipes.pipe-name": "mine"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", EVENT),
        ("$.eventName", "INSERT"),
        ("$.dynamodb.Keys.id.S", 'say "hi"'),
        ("$.dynamodb.n[2].x", 3),
        ("$['odd name']", True),
        ("$.data.page", "/a"),
        ("$.plain.page", MISSING),
        ("$.dynamodb.n[9]", MISSING),
        ("$.eventName.deeper", MISSING),
    ],
)
def test_a_path_finds_its_value(path: str, value: Any) -> None:
    found = compile_path(path)(EVENT)
    assert found is value if value is MISSING else found == value


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"kind": <$.eventName>, "n": <$.dynamodb.n>}', {"kind": "INSERT", "n": [1, 2, {"x": 3}]}),
        ('{"id": "<$.dynamodb.Keys.id.S>!"}', {"id": 'say "hi"!'}),
        ('{"all": "n is <$.dynamodb.n[0]>, <$.dynamodb.n>"}', {"all": 'n is 1, [1,2,{"x":3}]'}),
        ('{"page": <$.data.page>, "gone": <$.nothing>}', {"page": "/a", "gone": ""}),
        ('{"by": <aws.pipes.pipe-name>, "event": <aws.pipes.event.json>}', {"by": "mine", "event": EVENT}),
        ('{"quoted \\"<$.eventName>\\"": 1}', {'quoted "INSERT"': 1}),
        ('"<$.eventName>"', "INSERT"),
        ('{"fixed": 1}', {"fixed": 1}),
    ],
)
def test_a_json_template_gives_json(template: str, expected: Any) -> None:
    assert json.loads(Template(template, ABOUT).fill(EVENT)) == expected


def test_any_other_template_gives_text() -> None:
    filled = Template("<$.eventName> of <$.dynamodb.n>: <$.dynamodb.Keys.id.S> <b>", ABOUT).fill(EVENT)
    assert filled == b'INSERT of [1,2,{"x":3}]: say "hi" <b>'
    assert b"T" in Template("<aws.pipes.event.ingestion-time>", ABOUT).fill(EVENT)


@pytest.mark.parametrize("wrong", ["<$.a[*]>", "<$..a>", "<aws.pipes.weather>"])
def test_a_template_that_cannot_be_filled_is_refused(wrong: str) -> None:
    with pytest.raises(ServiceError):
        Template(wrong, ABOUT)
