"""What a pipeline.toml says of the traffic that is for it."""

from pathlib import Path

import pytest

from clickgen.model.errors import UsageProblem
from clickgen.pipeline.pipeline_file import load_pipeline, pipeline_of

PIPELINE = """
[traffic]
profile = "{}"
schema = "{}"
[firehose.clicks]
to = "s3:lake"
[s3.lake]
"""


def test_names_are_those_of_the_options_of_send() -> None:
    traffic = pipeline_of(PIPELINE.format("saas", "ga4"), "mine.toml").traffic
    assert (traffic.profile, traffic.schema_name) == ("saas", "ga4")


def test_what_is_not_known_is_said_with_what_may_have_been_meant() -> None:
    with pytest.raises(UsageProblem) as refused:
        pipeline_of(PIPELINE.format("shap", "ga5"), "mine.toml")
    profile, schema = sorted(refused.value.message.splitlines())
    assert profile.startswith('mine.toml:3: traffic.profile: There is no profile "shap"; did you mean "shop"?')
    assert schema.startswith('mine.toml:4: traffic.schema: there is no schema "ga5"; did you mean "ga4"?')
    with pytest.raises(UsageProblem, match=r"mine\.toml:5: traffic\.rate: unknown key"):
        pipeline_of(PIPELINE.format("saas", "ga4").replace("[firehose", "rate = 3\n[firehose"), "mine.toml")


def test_a_profile_is_found_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "pipeline.toml").write_text(PIPELINE.format("mine.toml", "flat"))
    with pytest.raises(UsageProblem, match=r"traffic\.profile: .*mine\.toml"):
        load_pipeline(tmp_path)
    (tmp_path / "mine.toml").write_text("")
    assert load_pipeline(tmp_path).traffic.profile == str(tmp_path / "mine.toml")
