"""`send` with planted disorder: it goes through the embedded pipeline and is verified; and what is told of it."""

import pytest

from tests.conftest import CommandLine

ALL = [
    "--late",
    "2%:30s",
    "--duplicate",
    "2%",
    "--malformed",
    "3%",
    "--reorder",
    "1%",
    "--drift",
    "page_number@12h",
    "--start",
    "2026-01-01T00:00:00Z",
]


def test_planted_disorder_is_verified_and_counted(clickgen: CommandLine) -> None:
    sent = clickgen.run("send", "--rate", "max", "--events", "2000", "--lanes", "2", "--seed", "7", *ALL, "--json")
    assert sent.code == 0, sent.err
    assert sent.json["accepted"] == 2000
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    assert proof.code == 0, proof.err
    assert (proof.json["verdict"], proof.json["delivered"], proof.json["missing"]) == ("verified", 2000, 0)
    planted = proof.json["planted"]
    assert planted["drifted"] == 1390  # of a day of the shop those after noon
    assert all(20 <= planted[kind] <= 100 for kind in ("late", "duplicates", "malformed"))
    assert 0 < proof.json["duplicates"]["explained"] <= planted["duplicates"]
    assert sent.json["records"] == 2000 + planted["duplicates"]
    assert "arrived as sent" in proof.err
    assert f"{planted['malformed']} malformed" in proof.err


def test_two_runs_that_damage_events_are_told_apart_in_one_lake(clickgen: CommandLine) -> None:
    runs = []
    for seed, run in enumerate(["0a1b2c3d4e5f", "67404b1c9d2e"]):
        damaging = ["--malformed", "20%", "--seed", str(seed), "--run-id", run]
        sent = clickgen.run("send", "--rate", "max", "--events", "3000", "--lanes", "2", *damaging, "--json")
        runs.append(sent.json["run"])
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    # some lines were cut so short that both runs have them
    assert (proof.code, proof.json["verdict"]) == (0, "verified"), proof.err
    assert proof.json["foreign"] > 0
    assert f"no id of clickgen; run {runs[0]} damaged some on purpose" in proof.err


@pytest.mark.parametrize(
    ("given", "problem", "hint"),
    [
        (["--late", "2%"], "'2%' does not say how late", "write 2%:30s"),
        (["--late", "2%:0s"], "are not late", "write 2%:30s"),
        (["--duplicate", "120%"], "'120%' is not a percentage", "write 0.5%"),
        (["--malformed", "few"], "'few' is not a percentage", "write 0.5%"),
        (["--drift", "page"], "'page' is not a drift", "write FIELD@10m"),
        (["--drift", "pagenumber@1s"], "no event has such a field", "did you mean page_number?"),
        (["--drift", "page:device@1s"], "events have a field device already", "choose a name"),
        (["--drift", "page@2h"], "the run ends after 60 s", "let it begin earlier"),
        (["--schema", "combined", "--drift", "page@1s"], "no named fields", "choose a schema of JSON events"),
    ],
)
def test_disorder_that_cannot_be_is_explained(
    clickgen: CommandLine, given: list[str], problem: str, hint: str
) -> None:
    refused = clickgen.run("send", "--duration", "60s", *given)
    assert refused.code == 2
    assert problem in " ".join(refused.err.split())
    assert hint in " ".join(refused.err.split())
