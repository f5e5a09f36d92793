"""`clickgen verify s3 delivery --content fields`: what a transform may do is delivered, all else conflicts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from tests.conftest import CommandLine
from tests.support.planted import Planted

RULES = ("--added", "loaded_at", "--dropped", "language", "--renamed", "page=page_name", "--loose-types")
VERIFY = ("verify", "s3", "delivery", "--content", "fields", "--json")


def rewrite(lake: Path, transform: Callable[[int, dict[str, Any]], object]) -> None:
    """What a transform does to every event that landed."""
    for path in lake.rglob("*"):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(lake).parts):
            values = map(orjson.loads, path.read_bytes().splitlines())
            changed = (transform(number, value) for number, value in enumerate(values))
            path.write_bytes(b"".join(orjson.dumps(value) + b"\n" for value in changed))


def test_a_transform_is_allowed_for_by_rules_and_damage_is_not(clickgen: CommandLine) -> None:
    assert clickgen.run("send", "--events", "900", "--rate", "max").code == 0

    def transform(number: int, event: dict[str, Any]) -> dict[str, Any]:
        event = {"loaded_at": number, **event, "page_name": event["page"]}
        if number % 2:
            event["page_number"] = str(event["page_number"])
            del event["language"]
        del event["page"]
        return dict(reversed(event.items()))

    rewrite(clickgen.home / "lake", transform)
    said = clickgen.run(*VERIFY, *RULES)
    assert (said.code, said.json["verdict"], said.json["delivered"]) == (0, "verified", 900), said.err

    def damage(number: int, event: dict[str, Any]) -> object:
        if number in (3, 5):
            return {**event, "page_name": "elsewhere"}
        return {**event, "language": "tlh"} if number == 4 else event

    rewrite(clickgen.home / "lake", damage)
    said = clickgen.run(*VERIFY, *RULES)
    assert (said.code, said.json["delivered"], said.json["conflicting"]) == (1, 897, 3)
    details = sorted(witness["detail"] for witness in said.json["witnesses"]["conflicting"])
    assert details[0].startswith("language: sent ")
    assert details[0].endswith('landed "tlh"')
    assert details[1].startswith("page as page_name: sent ")
    said = clickgen.run(*VERIFY)
    assert (said.code, said.json["delivered"], said.json["conflicting"]) == (1, 0, 900)


def test_rules_need_something_to_compare(clickgen: CommandLine, tmp_path: Path) -> None:
    run = Planted(tmp_path)
    run.claim(0, 10)
    run.run.write_plan(run.plan.model_copy(update={"event_schema": "combined"}))
    said = clickgen.run("verify", "s3", "delivery", "--at", str(run.lake), "--added", "x")
    assert (said.code, "add --content fields" in said.err) == (2, True)
    said = clickgen.run(*VERIFY, "--at", str(run.lake))
    assert (said.code, "lines of text" in said.err) == (2, True)
