"""What a pipeline's file may say: how many stations, and which ways to Redshift."""

import pytest

from clickgen.model.errors import UsageProblem
from clickgen.pipeline.pipeline_file import pipeline_of


def stations(count: int) -> str:
    return "".join(f'[[station]]\nplace = "s3"\nname = "s{number}"\n' for number in range(count))


@pytest.mark.parametrize("count", [1, 20])
def test_a_pipeline_has_up_to_twenty_stations(count: int) -> None:
    assert [station.name for station in pipeline_of(stations(count), "mine.toml").stations] == [
        f"s{number}" for number in range(count)
    ]


@pytest.mark.parametrize("count", [0, 21])
def test_none_and_too_many_are_refused(count: int) -> None:
    with pytest.raises(UsageProblem, match=f"a pipeline has 1 to 20 stations, .*; here {count}"):
        pipeline_of(stations(count), "mine.toml")


@pytest.mark.parametrize(
    ("ways", "well"),
    [
        ("cluster database", True),
        ("workgroup database", True),
        ("dsn", True),
        ("", False),
        ("cluster", False),
        ("database", False),
        ("dsn database", False),
        ("cluster workgroup database", False),
        ("cluster dsn", False),
        ("cluster dsn database", False),
    ],
)
def test_redshift_is_asked_in_one_way(ways: str, well: bool) -> None:
    told = "".join(f'{way} = "x"\n' for way in ways.split())
    text = f'[[station]]\nplace = "redshift"\nname = "wh"\ntable = "public.clicks"\n{told}'
    if well:
        assert pipeline_of(text, "mine.toml").stations[0].name == "wh"
        return
    with pytest.raises(UsageProblem, match="name a cluster or a workgroup, each with its database, or a dsn"):
        pipeline_of(text, "mine.toml")
