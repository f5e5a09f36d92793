"""Running the crawlers of a pipeline, and waiting for what they find."""

import time
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from clickgen.model.errors import EnvironmentProblem

_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Crawl:
    """What a crawler did to the catalogue when it last ran."""

    crawler: str
    created: int  # tables
    updated: int
    deleted: int


def crawlers_that_never_ran(glue: Any, names: list[str]) -> list[str]:
    """Those of these crawlers that have not run since they were created. EnvironmentProblem without an answer."""
    try:
        return [name for name in names if "LastCrawl" not in glue.get_crawler(Name=name)["Crawler"]]
    except (ClientError, BotoCoreError) as problem:
        raise _no_answer(problem) from problem


def crawl(glue: Any, name: str) -> Crawl:
    """Run a crawler to its end; one that runs already is waited for. EnvironmentProblem if it fails."""
    try:
        _start(glue, name)
        while (crawler := glue.get_crawler(Name=name)["Crawler"])["State"] != "READY":
            time.sleep(_POLL_S)
        counts = glue.get_crawler_metrics(CrawlerNameList=[name])["CrawlerMetricsList"][0]
    except (ClientError, BotoCoreError) as problem:
        raise _no_answer(problem) from problem
    last = crawler["LastCrawl"]
    if last["Status"] != "SUCCEEDED":
        raise EnvironmentProblem(
            f"crawler:{name} {str(last['Status']).lower()}: {last.get('ErrorMessage', 'it does not say why')}",
            "clickgen local status shows its faults; what it looks at is in the pipeline file",
        )
    return Crawl(name, counts["TablesCreated"], counts["TablesUpdated"], counts["TablesDeleted"])


def _start(glue: Any, name: str) -> None:
    try:
        glue.start_crawler(Name=name)
    except ClientError as problem:
        if problem.response["Error"]["Code"] != "CrawlerRunningException":
            raise


def _no_answer(problem: Exception) -> EnvironmentProblem:
    return EnvironmentProblem(f"Glue did not do what was asked: {problem}", "clickgen local status shows why")
