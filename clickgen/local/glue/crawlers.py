"""The actions on crawlers: kept with their settings, started, stopped, and what their last crawl came to."""

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import orjson

from clickgen.local.glue.catalogue_actions import ResourceTags, arn, page_of
from clickgen.local.glue.shapes import CrawlerNames, CrawlerSettings, CreateCrawler, OneCrawler, UpdateCrawler
from clickgen.local.platform.documents import Document, Documents
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.faults import ServiceFaults
from clickgen.local.platform.service import Action, Answer, Call, StationReport
from clickgen.local.platform.shapes import parse

_METRICS_RUNS = 20  # of which the median duration is
_TARGETS = ("S3Targets", "CatalogTargets")
_OWN = ("runs", "counts", "ended")  # members that only metrics and reports show
_INTERNAL = "Internal Service Exception"
_PAUSED_SECONDS = 0.1  # between two looks whether a planted pause has ended


class Crawlers:
    """The crawlers of one lake. `state` is the folder of the catalogue."""

    def __init__(
        self, lake: Path, state: Path, documents: Documents, tags: ResourceTags, faults: ServiceFaults
    ) -> None:
        """Take up the crawlers; what an earlier server left running has failed."""
        self._faults = faults
        self._lake = lake
        self._state = state
        self._documents = documents
        self._tags = tags
        self._running: dict[str, asyncio.Task[None]] = {}
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        for name, crawler in documents.all("crawler"):
            if crawler["State"] != "READY":
                self._end(name, time.time(), {"failed": "the server ended meanwhile"})

    def actions(self) -> dict[str, Action]:
        """The actions by name."""
        return {
            "CreateCrawler": self._create,
            "GetCrawler": lambda call: {"Crawler": _public(self._find(parse(OneCrawler, call.body).Name))},
            "GetCrawlers": self._list,
            "ListCrawlers": lambda call: page_of("CrawlerNames", self._names(), call),
            "BatchGetCrawlers": self._several,
            "UpdateCrawler": self._update,
            "DeleteCrawler": self._delete,
            "StartCrawler": self._start,
            "StopCrawler": self._stop,
            "GetCrawlerMetrics": self._metrics,
        }

    def reports(self) -> list[StationReport]:
        """What each crawler has done, of all its crawls."""
        reports = []
        for name, crawler in self._documents.all("crawler"):
            ended = crawler.get("ended") or {}
            well, badly = ended.get("SUCCEEDED", 0), ended.get("FAILED", 0)
            running = int(crawler["State"] != "READY")
            last = crawler.get("LastCrawl") or {}
            reports.append(
                StationReport(
                    station=f"crawler:{name}",
                    state=crawler["State"],
                    arrived=running + sum(ended.values()),
                    left=well,
                    waiting=running,
                    failed=badly,
                    last_error=last.get("ErrorMessage"),
                )
            )
        return reports

    async def close(self) -> None:
        """End the crawls that are under way."""
        for process in self._processes.values():
            process.kill()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _create(self, call: Call) -> Answer:
        request = parse(CreateCrawler, call.body)
        _check(request)
        now = time.time()
        crawler = {
            "DatabaseName": "default",
            "Classifiers": [],
            "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
            "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
            **_given(request),
            "SchemaChangePolicy": {
                "UpdateBehavior": "UPDATE_IN_DATABASE",
                "DeleteBehavior": "DEPRECATE_IN_DATABASE",
                **(request.SchemaChangePolicy or {}),
            },
            "State": "READY",
            "CrawlElapsedTime": 0,
            "CreationTime": now,
            "LastUpdated": now,
            "Version": 1,
        }
        if not self._documents.add("crawler", "", request.Name, crawler):
            raise ServiceError("AlreadyExistsException", f"Crawler with name {request.Name} already exists")
        if request.Tags:
            self._tags.add(arn(call, f"crawler/{request.Name}"), request.Tags)
        return {}

    def _update(self, call: Call) -> Answer:
        request = parse(UpdateCrawler, call.body)
        crawler = self._find(request.Name)
        if crawler["State"] != "READY":
            raise ServiceError("CrawlerRunningException", f"Crawler with name {request.Name} is currently running")
        _check(request)
        changed = {**crawler, **_given(request), "LastUpdated": time.time(), "Version": crawler["Version"] + 1}
        self._documents.put("crawler", "", request.Name, changed)
        return {}

    def _list(self, call: Call) -> Answer:
        return page_of("Crawlers", [_public(self._find(name)) for name in self._names()], call)

    def _several(self, call: Call) -> Answer:
        names = parse(CrawlerNames, call.body).CrawlerNames or []
        found = {name: self._documents.get("crawler", "", name) for name in names}
        return {
            "Crawlers": [_public(crawler) for crawler in found.values() if crawler],
            "CrawlersNotFound": [name for name, crawler in found.items() if crawler is None],
        }

    def _delete(self, call: Call) -> Answer:
        name = parse(OneCrawler, call.body).Name
        if self._find(name)["State"] != "READY":
            raise ServiceError("CrawlerRunningException", f"Crawler with name {name} is currently running")
        self._documents.delete("crawler", "", name)
        return {}

    def _start(self, call: Call) -> Answer:
        name = parse(OneCrawler, call.body).Name
        crawler = self._find(name)
        if crawler["State"] != "READY":
            raise ServiceError("CrawlerRunningException", f"Crawler with name {name} has already started")
        self._documents.put("crawler", "", name, {**crawler, "State": "RUNNING", "CrawlElapsedTime": 0})
        task = asyncio.create_task(self._crawl(name))
        self._running[name] = task
        task.add_done_callback(lambda _: self._running.pop(name, None))
        return {}

    async def _crawl(self, name: str) -> None:
        began = time.time()
        if not await self._may_crawl(name):
            self._end(name, began, {"failed": _INTERNAL})
            return
        command = ["-m", "clickgen.local.glue.crawl", str(self._lake), str(self._state), name]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        self._processes[name] = process
        try:
            answer, words = await process.communicate()
        finally:
            del self._processes[name]
        if process.returncode == 0:
            self._end(name, began, orjson.loads(answer))
        else:
            last = words.decode(errors="replace").strip().rpartition("\n")[2]
            self._end(name, began, {"failed": f"{_INTERNAL}: {last or process.returncode}"})

    async def _may_crawl(self, name: str) -> bool:
        """Let planted faults hold up a crawl until it is stopped; whether they let it be carried out."""
        faults = self._faults.own(name)
        if faults is not None and faults.settings.latency:
            await asyncio.sleep(faults.settings.latency)
        while (faults := self._faults.own(name)) is not None and faults.settings.pause:
            await asyncio.sleep(_PAUSED_SECONDS)
            if self._find(name)["State"] == "STOPPING":
                return False
        try:
            if faults is not None:
                faults.refuse_call()
        except ServiceError:
            return False
        return True

    def _end(self, name: str, began: float, answer: dict[str, Any]) -> None:
        crawler = self._documents.get("crawler", "", name)
        if crawler is None:
            return
        seconds = time.time() - began
        status = "CANCELLED" if crawler["State"] == "STOPPING" else "FAILED" if "failed" in answer else "SUCCEEDED"
        last = {
            "Status": status,
            "LogGroup": "/aws-glue/crawlers",
            "LogStream": name,
            "MessagePrefix": f"{int(began * 1000):x}",
            "StartTime": began,
        }
        if status == "FAILED":
            last["ErrorMessage"] = answer["failed"]
        crawler |= {"State": "READY", "LastCrawl": last, "CrawlElapsedTime": int(seconds * 1000)}
        ended = crawler.get("ended") or {}
        crawler["ended"] = {**ended, status: 1 + ended.get(status, 0)}
        if status == "SUCCEEDED":
            crawler["runs"] = [*crawler.get("runs", []), seconds][-_METRICS_RUNS:]
            crawler["counts"] = {kind: answer[kind] for kind in ("created", "updated", "deleted")}
        self._documents.put("crawler", "", name, crawler)

    def _stop(self, call: Call) -> Answer:
        name = parse(OneCrawler, call.body).Name
        crawler = self._find(name)
        if crawler["State"] == "STOPPING":
            raise ServiceError("CrawlerStoppingException", f"Crawler with name {name} is already stopping")
        if crawler["State"] != "RUNNING":
            raise ServiceError("CrawlerNotRunningException", f"Crawler with name {name} isn't running")
        self._documents.put("crawler", "", name, {**crawler, "State": "STOPPING"})
        if name in self._processes:
            self._processes[name].kill()
        return {}

    def _metrics(self, call: Call) -> Answer:
        names = parse(CrawlerNames, call.body).CrawlerNameList or self._names()
        found = []
        for name in names:
            crawler = self._find(name)
            runs = crawler.get("runs") or [0.0]
            counts = crawler.get("counts") or {"created": 0, "updated": 0, "deleted": 0}
            found.append(
                {
                    "CrawlerName": name,
                    "TimeLeftSeconds": 0.0,
                    "StillEstimating": crawler["State"] == "RUNNING",
                    "LastRuntimeSeconds": runs[-1],
                    "MedianRuntimeSeconds": statistics.median(runs),
                    "TablesCreated": counts["created"],
                    "TablesUpdated": counts["updated"],
                    "TablesDeleted": counts["deleted"],
                }
            )
        return page_of("CrawlerMetricsList", found, call)

    def _names(self) -> list[str]:
        return [name for name, _ in self._documents.all("crawler")]

    def _find(self, name: str) -> Document:
        crawler = self._documents.get("crawler", "", name)
        if crawler is None:
            raise ServiceError("EntityNotFoundException", f"Crawler with name {name} does not exist")
        return crawler


def _given(request: CrawlerSettings) -> dict[str, Any]:
    return request.model_dump(exclude_none=True, exclude={"Tags"})


def _public(crawler: Document) -> Document:
    return {key: value for key, value in crawler.items() if key not in _OWN}


def _check(request: CrawlerSettings) -> None:
    """InvalidInputException for what cannot be honoured, here or at Glue."""
    targets = request.Targets or {}
    unknown = sorted(
        kind for kind, given in targets.items() if given and kind not in ("S3Targets", "CatalogTargets")
    )
    if unknown:
        raise _invalid(f"The embedded pipeline crawls S3Targets and CatalogTargets, not {unknown[0]}.")
    if request.Targets is not None and not any(targets.values()):
        raise _invalid("Crawler requires at least one target.")
    if request.Schedule:
        raise _invalid("The embedded pipeline runs crawlers by StartCrawler only; leave Schedule out.")
    if request.Classifiers:
        raise _invalid("The embedded pipeline has the built-in classifiers only; leave Classifiers out.")
    behaviour = (request.RecrawlPolicy or {}).get("RecrawlBehavior", "CRAWL_EVERYTHING")
    if behaviour == "CRAWL_EVENT_MODE":
        raise _invalid("The embedded pipeline has no queue of S3 events: CRAWL_EVENT_MODE is not supported.")
    policy = request.SchemaChangePolicy or {}
    if behaviour == "CRAWL_NEW_FOLDERS_ONLY" and set(policy.values()) != {"LOG"}:
        raise _invalid(
            "The SchemaChangePolicy for a crawler with CRAWL_NEW_FOLDERS_ONLY can be only LOG: set UpdateBehavior"
            " and DeleteBehavior."
        )
    try:
        configuration = json.loads(request.Configuration or '{"Version": 1.0}')
    except ValueError:
        raise _invalid("Crawler configuration is not valid JSON.") from None
    if not isinstance(configuration, dict) or "Version" not in configuration:
        raise _invalid("Crawler configuration must have a Version.")


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidInputException", message)
