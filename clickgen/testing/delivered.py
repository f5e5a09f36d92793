"""Whether the events of a run, or of a producer under test, arrived: the words of a test that fails."""

import re
from collections.abc import Iterable
from pathlib import Path

from clickgen.api.verifying import verify, verify_ids, verify_pipeline
from clickgen.api.words import Duration
from clickgen.model.errors import UsageProblem
from clickgen.run.run_report import RunReport
from clickgen.testing.pipelines import Pipeline
from clickgen.verify.inspections.ids.report import IdsReport
from clickgen.verify.proof.compare.verify_report import VerifyReport
from clickgen.verify.stations.stations_report import StationsReport

Report = VerifyReport | StationsReport | IdsReport
Sent = RunReport | str | Path | Iterable[object]

_RUN_ID = re.compile(r"[0-9a-f]{12}")


class NotDeliveredError(AssertionError):
    """Something that was sent did not arrive, or nothing was sent."""


def delivered_report(
    sent: Sent,
    pipeline: Pipeline,
    *,
    id_field: str | None = None,
    timeout: Duration,
    at: Path | str | None = None,
    exclusive: bool = False,
) -> Report:
    """The report that everything arrived. NotDeliveredError if something did not, or if there was nothing.

    sent: a run, or its id; else the ids that a producer sent, or the Path of a file that lists them. at: the
    folder with a producer's events, from the lake on, such as "BUCKET/PREFIX".
    """
    if isinstance(sent, RunReport) or (isinstance(sent, str) and _RUN_ID.fullmatch(sent)):
        report = _of_run(sent, pipeline, timeout, exclusive=exclusive)
    elif isinstance(sent, str):
        raise UsageProblem(
            f"assert_delivered({sent!r}): neither a run nor a list of ids",
            "give what send() returned, the id of a run, a list of ids, or the Path of a file that lists them",
        )
    else:
        report = _of_ids(sent, pipeline, id_field, timeout, at, exclusive=exclusive)
    if not report.ok:
        raise NotDeliveredError(_last_words(report))
    return report


def _last_words(report: Report) -> str:
    """What was printed for people, without what was said while looking."""
    lines = report.text.splitlines()
    begin = next((at for at, line in enumerate(lines) if report.verdict in line), 0)
    return "\n".join(lines if isinstance(report, StationsReport) else lines[begin:])


def _of_run(run: RunReport | str, pipeline: Pipeline, timeout: Duration, *, exclusive: bool) -> Report:
    if isinstance(run, RunReport) and not run.accepted:
        raise NotDeliveredError(f"run {run.run} has no accepted events, so none can arrive\n{run.text}")
    common = {
        "wait": timeout,
        "exclusive": exclusive,
        "home": pipeline.home,
        "environment": pipeline.environment,
    }
    if pipeline.file is not None:
        return verify_pipeline(pipeline.file, run, **common)  # type: ignore[arg-type]  # the four are as above
    return verify(run, **common)  # type: ignore[arg-type]  # the same


def _of_ids(
    ids: Path | Iterable[object],
    pipeline: Pipeline,
    id_field: str | None,
    timeout: Duration,
    at: Path | str | None,
    *,
    exclusive: bool,
) -> IdsReport:
    if id_field is None:
        raise UsageProblem(
            "assert_delivered(ids) without id_field", "name the field of the events that has the id: id_field=..."
        )
    listed = ids if isinstance(ids, Path) else list(ids)
    if not listed:
        raise NotDeliveredError("the list of ids is empty: the producer sent nothing")
    where = _only_bucket(pipeline) if at is None else pipeline.lake / at
    if _is_bucket(pipeline.lake / where.relative_to(pipeline.lake).parts[0]):
        where.mkdir(parents=True, exist_ok=True)  # a prefix is no folder before the first object is delivered
    return verify_ids(listed, id_field=id_field, at=where, wait=timeout, exclusive=exclusive)


def _only_bucket(pipeline: Pipeline) -> Path:
    buckets = sorted(folder.name for folder in pipeline.lake.iterdir() if _is_bucket(folder))
    if len(buckets) != 1:
        raise UsageProblem(
            f"assert_delivered(ids): this pipeline has several buckets: {', '.join(buckets)}"
            if buckets
            else "assert_delivered(ids): this pipeline has no bucket",
            'say where the events land: at="BUCKET/PREFIX"',
        )
    return pipeline.lake / buckets[0]


def _is_bucket(folder: Path) -> bool:
    return folder.is_dir() and not folder.name.startswith(".")
