"""`clickgen.verify` and its kin: what became of a run's events, or of those of another producer."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from clickgen.api.command import Ended, Tell, carry_out, noted
from clickgen.api.words import Duration, Name, Value, duration_word, option_words
from clickgen.model.document import report_of
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.run.run_report import RunReport
from clickgen.verify.inspections.ids.report import IdsReport
from clickgen.verify.proof.compare.verify_report import VerifyReport
from clickgen.verify.stations.stations_report import StationsReport

Run = RunReport | str
"""A run as `send` returned it, or its id."""

Place = Literal["s3", "file", "parquet", "kinesis", "dynamodb", "athena", "redshift"]


def verify(
    run: Run | None = None,
    *,
    place: Place | None = None,
    at: Name | None = None,
    wait: Duration | None = None,
    exclusive: bool = False,
    home: Name | None = None,
    tell: Tell | None = None,
    environment: Mapping[str, str] | None = None,
    **options: Value,
) -> VerifyReport:
    """Compare what landed with the account of a run; return what `clickgen verify --json` prints.

    Without a place it looks where the run delivered. With one, or any of its options, it is `clickgen verify PLACE
    delivery`, whose options may be given by their names with _ for -, such as content="fields",
    added=["loaded_at"], renamed={"page": "page_path"} or table="web.clicks". The place of options alone is s3.

    Args:
        run: what `send` returned, or the id of a run; None is the latest of the home.
        at: where to look instead of where the run delivered: a folder, or "s3://bucket/prefix".
        wait: keep looking for so long, even past the deadline that the stream's buffer sets; "full" also for late
            copies. Without it, until everything is there or that deadline.
        exclusive: events of others spoil the verdict too.
        home: the folder of runs and the lake; .clickgen, or what CLICKGEN_HOME says.
        tell: receives each line that the command prints for people, such as `print`. Nothing is printed otherwise.
        environment: variables beside those of the process: credentials, for example.

    Returns:
        The verdict with its counts and witnesses. Lost events are a result, not an exception: `report.ok` says
        whether everything arrived, and `report.text` says it all for people.

    Raises:
        UsageProblem: if the parameters cannot be used, or there is no such run.
        EnvironmentProblem: if the place cannot be looked at.
    """
    given: dict[str, Value] = {"at": at, "wait": duration_word(wait), "exclusive": exclusive, "home": home}
    if place is None and not options and at is None:
        ended = _ended(["verify"], given, run, tell, environment)
    else:
        ended = _ended(["verify", place or "s3", "delivery"], given | options, run, tell, environment)
    document = _document(ended)
    if "stations" in document:
        hint = "verify_pipeline(...) returns all of its stations; place='s3' looks at one place"
        raise noted(UsageProblem(f"run {document['run']} was sent to a pipeline, which has several places", hint))
    return report_of(VerifyReport, document, text=ended.text)


def verify_pipeline(
    pipeline: Name,
    run: Run | None = None,
    *,
    wait: Duration | None = None,
    exclusive: bool = False,
    home: Name | None = None,
    tell: Tell | None = None,
    environment: Mapping[str, str] | None = None,
    **options: Value,
) -> StationsReport:
    """Compare every station of a pipeline with the account of a run, as `clickgen verify all delivery` does.

    pipeline: its file, its folder, or its name while it runs here. The other parameters are those of `verify`.
    """
    given: dict[str, Value] = {"wait": duration_word(wait), "exclusive": exclusive, "home": home}
    given |= {"pipeline": pipeline}
    ended = _ended(["verify", "all", "delivery"], given | options, run, tell, environment, stations=True)
    return StationsReport.from_json(_document(ended), ended.text)


def verify_ids(
    ids: Iterable[object] | Path,
    *,
    id_field: str,
    at: Name,
    wait: Duration | None = None,
    exclusive: bool = False,
    home: Name | None = None,
    tell: Tell | None = None,
    environment: Mapping[str, str] | None = None,
    **options: Value,
) -> IdsReport:
    """Look for the events of your own producer, as `clickgen verify s3 delivery --ids` does.

    ids: what it sent, or the file that lists them. id_field: the field of its events that has the id, with dots
    for nesting. at: the folder or "s3://bucket/prefix" where they land. The others are those of `verify`.
    An empty list proves nothing: its verdict is `incomplete`.
    """
    with _listed(ids, id_field) as file:
        given: dict[str, Value] = {"wait": duration_word(wait), "exclusive": exclusive, "home": home}
        given |= {"ids": file, "id_field": id_field, "at": at}
        ended = _ended(["verify", "s3", "delivery"], given | options, None, tell, environment)
    return report_of(IdsReport, _document(ended), text=ended.text)


def _ended(
    command: list[str],
    options: Mapping[str, Value],
    run: Run | None,
    tell: Tell | None,
    environment: Mapping[str, str] | None,
    *,
    stations: bool = False,
) -> Ended:
    """The end of a command that came to a report; stations: also if one of them could not be looked at."""
    words = [*command, *option_words({"json": True, **options})]
    if run is not None:
        words += ["--", run if isinstance(run, str) else run.run]
    ended = carry_out(words, tell=tell, environment=environment)
    problem = ended.problem()
    if problem is not None and not (stations and ended.document is not None):
        raise problem
    return ended


def _document(ended: Ended) -> dict[str, Any]:
    if ended.document is None:
        raise EnvironmentProblem("clickgen verify printed no report", ended.text)
    return ended.document


@contextmanager
def _listed(ids: Iterable[object] | Path, id_field: str) -> Iterator[Path]:
    """A file that lists the ids, each in its field, so that they may be any text."""
    if isinstance(ids, Path):
        yield ids
        return
    if isinstance(ids, str | bytes):
        raise noted(UsageProblem("ids is one text", "give a list of ids, or the Path of the file that lists them"))
    with tempfile.NamedTemporaryFile("w", prefix="clickgen-ids-", suffix=".jsonl") as file:
        for each in ids:
            value: object = each if isinstance(each, int) else str(each)
            for name in reversed(id_field.split(".")):
                value = {name: value}
            file.write(f"{json.dumps(value)}\n")
        file.flush()
        yield Path(file.name)
