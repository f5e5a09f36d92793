"""parquet-lake from `local up` to Athena's answers, with faults that are found at their stations."""

from clickgen.model.errors import ExitCode
from tests.conftest import CommandLine
from tests.support.running_example import RunningExample, running_example

DELIVERED, PROCESSED = "firehose:page-views", "s3:processed"
DATABASE = ("--database", "lake")


def answers(lake: RunningExample, name: str) -> list[dict[str, str]]:
    return lake.query(lake.folder / "sql" / f"{name}.sql", *DATABASE)


def test_page_views_become_parquet_and_the_answers_are_those_expected(clickgen: CommandLine) -> None:
    with running_example("parquet-lake", clickgen) as lake:
        lake.send(600)
        assert {name: seen["verdict"] for name, seen in lake.verify().items()} == {
            DELIVERED: "verified", PROCESSED: "verified",
        }  # fmt: skip
        answers(lake, "partitions")
        expected = lake.run("expect", "--by", "day,page", "--json").json["rows"]
        hits = answers(lake, "daily_page_hits")
        assert sorted((row["dt"], row["page"], int(row["hits"])) for row in hits) == sorted(
            (row["day"], row["page"], row["hits"]) for row in expected
        )
        users = {row["day"]: row["users"] for row in lake.run("expect", "--by", "day", "--json").json["rows"]}
        assert {row["dt"]: int(row["unique_users"]) for row in answers(lake, "unique_users")} == users
        latest = answers(lake, "latest")
        assert len(latest) == 10
        assert latest == sorted(latest, key=lambda row: row["ts"], reverse=True)
        assert len({row["user"] for row in answers(lake, "latest_of_each_user")}) == 10
        answers(lake, "curated_daily")
        [curated] = lake.query("SELECT sum(hits) AS hits, count(*) AS pages FROM curated_daily", *DATABASE)
        assert (int(curated["hits"]), int(curated["pages"])) == (600, len(expected))


def test_faults_are_found_at_their_stations_and_gone_when_they_are_lifted(clickgen: CommandLine) -> None:
    with running_example("parquet-lake", clickgen) as lake:
        lake.fault(DELIVERED, "--poison", "5%")
        lake.send(400)
        torn = lake.verify(code=ExitCode.LOST)
        damaged = torn[DELIVERED]["step"]["damaged"]
        assert damaged > 0
        assert torn[PROCESSED]["failed_codes"] == {"Convert.NotAPageView": damaged}
        assert (torn[PROCESSED]["step"]["found"], torn[PROCESSED]["step"]["lost"]) == (400 - damaged, 0)

        lake.fault(DELIVERED, "--clear")
        lake.fault("lambda:convert", "--pause")
        lake.send(100)
        held = lake.verify("--wait", "3s", code=ExitCode.INCOMPLETE)
        assert [held[name]["step"]["found"] for name in (DELIVERED, PROCESSED)] == [100, 0]
        lake.fault("lambda:convert", "--clear")
        assert {seen["verdict"] for seen in lake.verify().values()} == {"verified"}
