"""`clickgen cost`: the table, the JSON, and what is said of a plan that makes no sense."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from clickgen.model.errors import ExitCode
from tests.conftest import CommandLine


def test_the_table_fits_a_narrow_terminal_and_has_its_date(clickgen: CommandLine) -> None:
    said = clickgen.run("cost", "--rate", "500", "--kinesis", "on-demand", "--dynamodb")
    assert said.code == 0
    assert said.err == ""
    lines = said.out.splitlines()
    assert lines[0] == "1,296,000,000 events of 420 B, 500/s for 30d 00h"
    assert re.fullmatch(r"prices of \d{4}-\d\d-\d\d, us-east-1, before taxes and free tiers", lines[1])
    assert any(re.fullmatch(r"ingestion, GB +6,180 +\$179\.21 +515 +\$14\.93", line) for line in lines)
    assert any(re.fullmatch(r"packing would save \$164\.28 \(86 %\)", line) for line in lines)
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() and line.isprintable() for line in lines)


@pytest.mark.parametrize(
    "plan",
    [
        ["--rate", "3", "--duration", "500ms"],
        ["--events", "1000000000000", "--event-bytes", "1100", "--dynamodb", "--kinesis", "provisioned"],
    ],
)
def test_the_table_stays_narrow_for_tiny_and_for_huge_traffic(clickgen: CommandLine, plan: list[str]) -> None:
    said = clickgen.run("cost", *plan)
    assert said.code == 0
    table = [line for line in said.out.splitlines() if not line.startswith("note: ")]
    assert max(map(len, table)) <= 80
    assert "e+" not in said.out


def document(clickgen: CommandLine, *arguments: str) -> Any:
    said = clickgen.run("cost", "--json", *arguments)
    assert said.code == 0, said.err
    return said.json


def test_the_json_adds_up_and_names_its_sources(clickgen: CommandLine) -> None:
    found = document(clickgen, "--rate", "500", "--duration", "1d", "--kinesis", "provisioned", "--dynamodb")
    assert (found["events"], found["event_bytes"], found["seconds"], found["rate"]) == (
        43_200_000,
        420,
        86400,
        500,
    )
    for key in ("firehose", "kinesis", "dynamodb"):
        lines = found[key]["lines"]
        assert found[key]["unpacked_usd"] == pytest.approx(sum(line["unpacked_usd"] for line in lines))
        assert all(line["formula"] and line["price"] and line["source"] for line in lines)
    assert found["total_usd"] == found["firehose"]["unpacked_usd"]
    assert {line["name"] for line in found["extras"]} == {
        "format conversion",
        "partitioning",
        "partitioned objects",
    }


def test_pack_decides_which_total_counts(clickgen: CommandLine) -> None:
    packed = document(clickgen, "--events", "1000000", "--pack")
    assert packed["total_usd"] == packed["firehose"]["packed_usd"]
    assert packed["packing_saves_usd"] == packed["firehose"]["unpacked_usd"] - packed["firehose"]["packed_usd"]
    assert "packing saves" in clickgen.run("cost", "--events", "1000000", "--pack").out


def test_the_bound_that_comes_first_counts_as_in_a_run(clickgen: CommandLine) -> None:
    assert document(clickgen, "--rate", "10", "--duration", "3s", "--events", "50")["events"] == 30
    both = document(clickgen, "--rate", "10", "--duration", "1h", "--events", "50")
    assert (both["events"], both["seconds"]) == (50, 5)
    assert document(clickgen, "--rate", "0.1", "--duration", "30s")["events"] == 3
    assert document(clickgen, "--events", "60", "--duration", "1m")["rate"] == 1


def test_how_long_it_is_kept_is_what_storage_costs(clickgen: CommandLine) -> None:
    def storage(keep: str) -> float:
        lines = document(clickgen, "--rate", "500", "--duration", "1d", "--keep", keep)["firehose"]["lines"]
        return float(next(line["unpacked_usd"] for line in lines if line["name"] == "S3 storage"))

    assert storage("60d") == pytest.approx(2 * storage("30d"))
    assert storage("0s") == 0


def test_every_line_is_explained_with_its_source(clickgen: CommandLine) -> None:
    arguments = ("cost", "--events", "1000000", "--event-bytes", "401")
    short, long = clickgen.run(*arguments).out, clickgen.run(*arguments, "--explain").out
    assert long.startswith(short)
    assert "83,334 packed with 12" in long
    assert "$0.029 a GB up to 512,000 a month, $0.025 up to 2,048,000, then $0.02" in long
    explained = re.findall(r"^[^ ].*: (.+)\n  .+\n  \$.+\n  source: .+$", long, re.MULTILINE)
    assert explained == [line["name"] for line in _all_lines(document(clickgen, *arguments[1:]))]


def _all_lines(found: Any) -> list[Any]:
    return [*found["firehose"]["lines"], *found["extras"]]


def test_another_region_is_a_warning(clickgen: CommandLine) -> None:
    said = clickgen.run("cost", "--events", "1000", "--region", "eu-west-1", "--json")
    assert (said.code, said.json["region"], said.json["prices"]["region"]) == (0, "eu-west-1", "us-east-1")
    assert said.err == "warning: the prices are those of us-east-1; eu-west-1 may be dearer\n"
    assert clickgen.run("cost", "--events", "1000", "--region", "us-east-1").err == ""


def test_options_come_from_the_environment(clickgen: CommandLine) -> None:
    said = clickgen.run("cost", "--json", env={"CLICKGEN_COST_EVENTS": "7", "CLICKGEN_COST_EVENT_BYTES": "6000"})
    assert (said.json["events"], said.json["event_bytes"]) == (7, 6000)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "what is to be priced is not said"),
        (["--rate", "1", "--duration", "0s"], "no event is due in that time"),
        (["--events", "5", "--duration", "0s"], "no event is due in that time"),
        (["--rate", "0.001", "--duration", "1s"], "no event is due in that time"),
        (["--events", "5", "--duration", "1e300"], "longer than a hundred years"),
        (["--rate", "1", "--duration", "1e300"], "more than 1,000,000,000,000,000 events"),
        (["--events", "5", "--keep", "1e300"], "longer than a hundred years"),
        (["--events", "5", "--lambda-gb-seconds", "1"], "--lambda-gb-seconds is about a transform Lambda"),
        (["--rate", "nan"], "is not a rate"),
        (["--rate", "0"], "--rate"),
        (["--events", "0"], "--events"),
        (["--events", "5", "--kinesis", "both"], "on-demand"),
        (["--events", "5", "--prices", "nowhere.json"], "nowhere.json: the prices cannot be read"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(clickgen: CommandLine, arguments: list[str], words: str) -> None:
    said = clickgen.run("cost", *arguments)
    assert said.code == ExitCode.USAGE
    assert words in said.err
    assert said.out == ""


def test_a_price_of_ones_own_changes_the_bill(clickgen: CommandLine, tmp_path: Path) -> None:
    prices = json.loads((Path(__file__).parents[2] / "clickgen/cost/prices.json").read_text())
    prices |= {"region": "eu-north-1", "date": "2026-05-01"}
    prices["firehose"]["ingestion_gb"] = {"usd": 1.0, "source": "our contract"}
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(prices))
    found = document(clickgen, "--events", "209715200", "--event-bytes", "5120", "--prices", str(mine))
    line = found["firehose"]["lines"][0]  # 209,715,200 × 5,120 B = 1,000 GB
    assert (line["unpacked_usd"], line["source"]) == (1000.0, "our contract")
    assert found["prices"] == {"date": "2026-05-01", "region": "eu-north-1"}
    assert found["region"] == "eu-north-1"
