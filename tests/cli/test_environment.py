"""Environment variables that nothing reads are named, and AWS profiles are told apart from clickgen's."""

from pathlib import Path

import pytest

from tests.conftest import CommandLine


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CLICKGEN_SEND_RTE", "; did you mean CLICKGEN_SEND_RATE?"),
        ("CLICKGEN_SEDN_RATE", "; did you mean CLICKGEN_SEND_RATE?"),
        ("CLICKGEN_EVENTS", "; did you mean CLICKGEN_SEND_EVENTS?"),
        ("CLICKGEN_HOMES", "; did you mean CLICKGEN_HOME?"),
        ("CLICKGEN_PSEUDONYM_KEYS", "; did you mean CLICKGEN_PSEUDONYM_KEY?"),
        ("CLICKGEN_VERIFY_S3_DELIVERY_WAIT_", "; did you mean CLICKGEN_VERIFY_S3_DELIVERY_WAIT?"),
        ("CLICKGEN_MOON", ""),
    ],
)
def test_a_variable_that_nothing_reads_is_named_with_the_nearest(
    clickgen: CommandLine, name: str, meant: str
) -> None:
    said = clickgen.run("send", "--profile", "nosuch", env={name: "5"})
    assert said.err.splitlines()[0] == f"warning: nothing reads the environment variable {name}{meant}"


def test_variables_that_are_read_are_not_named(clickgen: CommandLine) -> None:
    read = {
        "CLICKGEN_SEND_RATE": "5k/min", "CLICKGEN_VERIFY_WAIT": "5s", "CLICKGEN_VERIFY_S3_DELIVERY_AT": "x",
        "CLICKGEN_LOCAL_SERVE_PORT": "1", "CLICKGEN_PSEUDONYM_KEY": "0" * 64, "CLICKGEN_RUNS_RESUME_LINGER": "1s",
        "_CLICKGEN_COMPLETE": "", "CLICKGENERATION": "x",
    }  # fmt: skip
    said = clickgen.run("profiles", "list", env=read)
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize(
    "words", [["send", "--profile"], ["probe", "-p"], ["generate", "-p"], ["bench", "generate", "-p"],
              ["profiles", "show"], ["profiles", "check"]], ids=" ".join
)  # fmt: skip
@pytest.mark.parametrize(
    ("variable", "text"),
    [("AWS_CONFIG_FILE", "[profile lake-account]\nregion = x\n"),
     ("AWS_SHARED_CREDENTIALS_FILE", "[lake-account]\naws_access_key_id = x\n")],
)  # fmt: skip
def test_the_name_of_an_aws_profile_is_told_apart_in_every_command(
    clickgen: CommandLine, tmp_path: Path, words: list[str], variable: str, text: str
) -> None:
    (tmp_path / "aws").write_text(text)
    said = clickgen.run(*words, "lake-account", env={variable: str(tmp_path / "aws")})
    assert said.code == 2
    assert "'lake-account' is an AWS profile: did you mean --aws-profile?" in said.err


def test_a_damaged_aws_configuration_is_no_reason_to_fail_otherwise(clickgen: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "aws").write_bytes(b"\xff[[[ profile")
    said = clickgen.run("send", "-p", "nosuch", env={"AWS_CONFIG_FILE": str(tmp_path / "aws")})
    assert 'no profile "nosuch"' in said.err
