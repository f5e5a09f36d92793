"""`clickgen profiles`: what is listed, drawn, checked, printed and begun."""

import importlib
import json
import tomllib
from pathlib import Path

import pytest

from clickgen.model.errors import ExitCode
from clickgen.profile.load import load_profile, profile_names
from clickgen.profile.model import profile_json_schema
from tests.conftest import CommandLine


def test_the_list_has_every_profile_with_its_size(clickgen: CommandLine) -> None:
    said = clickgen.run("profiles", "list")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()[::2]] == profile_names()
    assert max(map(len, said.out.splitlines())) <= 80
    found = clickgen.run("profiles", "list", "--json").json["profiles"]
    assert {entry["name"] for entry in found} == {"minimal", "news", "prime-day", "saas", "shop"}
    news = next(entry for entry in found if entry["name"] == "news")
    assert news["pages"] == 17
    assert news["pages_a_session"] == pytest.approx(4.75, abs=0.05)
    assert news["description"] == load_profile("news").description


def test_a_picture_is_drawn_in_ascii_where_the_output_can_no_more(clickgen: CommandLine) -> None:
    plain = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "COLUMNS": "80"}
    said = clickgen.run("profiles", "show", "prime-day", env=plain)
    assert (said.code, said.err) == (0, "")
    assert said.out.isascii()
    assert "####" in said.out
    assert "lightning deal on toys: from 24h for 2h, 3.2 times the rate" in said.out
    assert "carts that become an order" in said.out


def test_show_prints_one_json_object(clickgen: CommandLine, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(load_profile("minimal").text)
    found = clickgen.run("profiles", "show", str(mine), "--json").json
    assert found["profile"] == str(mine)
    assert {page["page"] for page in found["pages"]} == {"home", "post", "about"}
    assert (found["funnel"], found["hours"]) == (None, None)
    assert abs(found["sampled"]["sessions"] - 20_000) < 2_000


def test_check_says_ok_or_everything_that_is_wrong(clickgen: CommandLine, tmp_path: Path) -> None:
    sound, odd, no_toml = (tmp_path / name for name in ("sound.toml", "odd.toml", "none.toml"))
    sound.write_text(load_profile("minimal").text)
    odd.write_text(load_profile("minimal").text.replace("post = 0.9, about", "pst = 1.2, about"))
    no_toml.write_text("a = = 1")
    said = clickgen.run("profiles", "check", str(sound), "shop")
    assert (said.code, said.out, said.err) == (0, f"{sound}: ok\nshop: ok\n", "")
    said = clickgen.run("profiles", "check", str(odd), str(sound), str(no_toml), "shpo")
    assert said.code == ExitCode.USAGE
    assert said.out == f"{sound}: ok\n"
    line = odd.read_text().splitlines().index("next = { pst = 1.2, about = 0.1 }") + 1
    for told in (
        f"{odd}:{line}: pages.home.next.pst: input should be less than or equal to 1 (given: 1.2)",
        f'{odd}:{line}: pages.home.next.pst: there is no page "pst"; did you mean "post"?',
        f"{no_toml}:1: not a TOML file",
        'There is no profile "shpo"; did you mean "shop"?',
    ):
        assert told in said.err


def test_check_knows_the_schemas_and_the_facts_that_fields_carry(clickgen: CommandLine, tmp_path: Path) -> None:
    text, mine = load_profile("minimal").text, tmp_path / "mine.toml"
    mine.write_text(f'schema = "ga5"\n{text}')
    said = clickgen.run("profiles", "check", str(mine))
    assert said.code == ExitCode.USAGE
    assert f'{mine}:1: schema: there is no schema "ga5"; did you mean "ga4"?' in said.err
    mine.write_text(f'{text}\n[fields]\nid = "event_id"\nwho = "visitr_id"\n')
    said = clickgen.run("profiles", "check", str(mine))
    line = len(text.splitlines()) + 4
    assert f'{mine}:{line}: fields.who: there is no fact "visitr_id"; did you mean "visitor_id"?' in said.err


def test_every_profile_is_valid_by_the_printed_schema(clickgen: CommandLine) -> None:
    schema = clickgen.run("profiles", "schema").json
    assert schema == json.loads(json.dumps(profile_json_schema()))
    jsonschema = importlib.import_module("jsonschema")  # it has no types
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for name in profile_names():
        values = tomllib.loads(load_profile(name).text)
        assert list(validator.iter_errors(values)) == []
        mistakes: list[dict[str, object]] = [{"pagse": {}}, {"schema": 5}, {"site": ""}, {"sessions": {}}]
        for wrong in mistakes:
            assert list(validator.iter_errors(values | wrong)) != []


def test_the_printed_schema_says_what_each_key_means() -> None:
    schema = profile_json_schema()
    page = schema["$defs"]["Page"]["properties"]
    assert page["think_s"]["description"] == "Median of the time until the next click, in seconds."
    assert "title" in page
    assert "schema" in schema["properties"]
    for kind, table in schema["$defs"].items():
        assert table["description"], kind


def test_a_new_profile_is_sound_and_never_overwrites(
    clickgen: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = clickgen.run("profiles", "new", "mine")
    assert (said.code, said.out) == (0, "wrote mine.toml; next: clickgen profiles show mine.toml\n")
    assert load_profile("./mine.toml").description.startswith("mine: ")
    assert clickgen.run("profiles", "check", "mine.toml").code == 0
    Path("mine.toml").write_text("precious")
    again = clickgen.run("profiles", "new", "mine.toml")
    assert again.code == ExitCode.USAGE
    assert "mine.toml exists already; nothing was written" in again.err
    assert Path("mine.toml").read_text() == "precious"
    nowhere = clickgen.run("profiles", "new", "nowhere/mine")
    assert nowhere.code == ExitCode.ENVIRONMENT
    assert "nowhere/mine.toml cannot be written: No such file or directory" in nowhere.err


@pytest.mark.parametrize("words", [("show", "shpo"), ("show", "./none.toml"), ("check",), ("show",)])
def test_what_makes_no_sense_is_a_usage_error(clickgen: CommandLine, words: tuple[str, ...]) -> None:
    said = clickgen.run("profiles", *words)
    assert said.code == ExitCode.USAGE
    assert said.out == ""
