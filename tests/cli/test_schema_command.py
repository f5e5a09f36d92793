"""`send --schema`: events of other profiles and shapes go through the embedded pipeline and are verified."""

import json
from pathlib import Path

import pytest

from clickgen.profile.load import load_profile
from tests.conftest import CommandLine


@pytest.mark.parametrize(
    ("profile", "schema", "id_field"),
    [("news", "ga4", "clickgen_id"), ("saas", "snowplow-tsv", ""), ("prime-day", "combined", "")],
)
def test_events_of_any_profile_and_schema_are_verified(
    clickgen: CommandLine, profile: str, schema: str, id_field: str
) -> None:
    asked = ["--profile", profile, "--schema", schema, "--rate", "max", "--events", "2000", "--lanes", "1"]
    sent = clickgen.run("send", *asked, "--json")
    assert sent.code == 0, sent.err
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    assert (proof.json["verdict"], proof.json["delivered"]) == ("verified", 2000), proof.err
    assert (proof.json["foreign"], proof.json["other_runs"]) == (0, 0)
    plan = clickgen.run("runs", "show", "--json").json["plan"]
    assert (plan["event_schema"], plan["id_field"]) == (schema, id_field)


def test_a_profile_has_fields_of_its_own(clickgen: CommandLine, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    fields = '[fields]\nid = "event_id"\nwhen = "epoch_ms"\n[fields.user]\nid = "visitor_id"\nnew = "is_new"\n'
    mine.write_text(load_profile("minimal").text + "\n" + fields)
    sent = clickgen.run("send", "--profile", str(mine), "--rate", "max", "--events", "300", "--to", "-")
    assert sent.code == 0, sent.err
    event = json.loads(sent.out.splitlines()[0])
    assert list(event) == ["id", "when", "user"]
    assert list(event["user"]) == ["id", "new"]


def test_an_unknown_schema_is_told_with_what_was_meant(clickgen: CommandLine) -> None:
    said = clickgen.run("send", "--schema", "ga-4", "--events", "10")
    assert said.code == 2
    assert 'did you mean "ga4"?' in said.err
