"""A pytest plugin: a pipeline on this machine for tests, and the proof that what was sent arrived.

    def test_checkout(clickgen_pipeline, assert_delivered):
        sent = my_producer(clickgen_pipeline.client("firehose"), clickgen_pipeline.stream)
        assert_delivered(sent, id_field="event_id")

It imports what it works with when a fixture is used, so that other tests do not wait for it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from clickgen.model.errors import ClickgenError
    from clickgen.testing.delivered import Report, Sent
    from clickgen.testing.pipelines import Pipeline

_MARK = "clickgen_pipeline"
_EACH, _SHARED = "clickgen_pipeline", "clickgen_session_pipeline"
_PATIENCE_S = 60.0  # far longer than quick buffers need; on a machine with too much to do, they do


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line(
        "markers",
        f"{_MARK}(description=None, **options): the pipeline.toml of clickgen_pipeline, from the test's folder on,"
        " and options of `clickgen local up`; without it, options of `clickgen local serve`",
    )


@pytest.fixture(scope="session")
def clickgen_pipeline_options() -> Mapping[str, Any]:
    """What pipelines have unless a mark says otherwise; to be overridden: {"description": Path(...), ...}."""
    return {}


@pytest.fixture
def clickgen_pipeline(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    clickgen_pipeline_options: Mapping[str, Any],
) -> "Iterator[Pipeline]":
    """A pipeline of this test's own, with an empty lake, quick buffers and any credentials.

    `@pytest.mark.clickgen_pipeline("pipeline.toml")`, or a parameter with indirect=True, describes another one.
    """
    options = {**clickgen_pipeline_options, **_marked(request)}
    with _running(tmp_path_factory.mktemp("clickgen"), options, request.path.parent) as pipeline:
        yield pipeline


@pytest.fixture(scope="session")
def clickgen_session_pipeline(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    clickgen_pipeline_options: Mapping[str, Any],
) -> "Iterator[Pipeline]":
    """A pipeline that all tests of this process share: one for each worker of pytest-xdist."""
    folder = tmp_path_factory.mktemp("clickgen-session")
    with _running(folder, clickgen_pipeline_options, request.config.rootpath) as pipeline:
        yield pipeline


@pytest.fixture
def clickgen_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The pipeline's variables in the environment of this test, for a producer that makes its own client."""
    variables = _pipeline_of(request, "clickgen_environment").environment
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return variables


@pytest.fixture
def assert_delivered(request: pytest.FixtureRequest) -> "Callable[..., Report]":
    """A function that waits until the verdict on what was sent is final, and fails unless all of it arrived.

    It takes a run (what `send` returned, or its id), or the ids of your own producer (a list, or the Path of a
    file) with `id_field`, the field of the events that has the id. `timeout`: how long it waits, in seconds or
    like "30s". `at`: "BUCKET/PREFIX" if a described pipeline has several. `exclusive`: nothing else may be there.
    `pipeline`: which, if the test uses several. It returns the report.
    """

    def check(
        sent: "Sent",
        *,
        id_field: str | None = None,
        timeout: float | str = _PATIENCE_S,
        at: str | Path | None = None,
        exclusive: bool = False,
        pipeline: "Pipeline | None" = None,
    ) -> "Report":
        __tracebackhide__ = True
        from clickgen.model.errors import ClickgenError  # noqa: PLC0415  # see the module
        from clickgen.testing.delivered import NotDeliveredError, delivered_report  # noqa: PLC0415

        try:
            return delivered_report(
                sent,
                _pipeline_of(request, "assert_delivered") if pipeline is None else pipeline,
                id_field=id_field,
                timeout=timeout,
                at=at,
                exclusive=exclusive,
            )
        except NotDeliveredError as lost:
            words = f"not delivered\n{lost}"
        except ClickgenError as problem:
            words = _words(problem)
        pytest.fail(words)

    return check


def _marked(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the mark nearest to the test, or the fixture's parameter, says of its pipeline."""
    marks = list(request.node.iter_markers_with_node(_MARK))
    nearest = [mark for node, mark in marks if node is marks[0][0]]
    named = [value for mark in nearest for value in mark.args]
    named += [request.param] if hasattr(request, "param") else []
    if len(nearest) > 1 or len(named) > 1:
        names = ", ".join(map(repr, reversed(named))) or "two marks"
        pytest.fail(
            f"{request.node.nodeid} names several pipelines: {names}\n"
            "keep one mark or parameter; a second pipeline is clickgen.testing.running_pipeline(folder, ...)",
            pytrace=False,
        )
    options = dict(nearest[0].kwargs) if nearest else {}
    return options | ({"description": named[0]} if named else {})


@contextmanager
def _running(folder: Path, options: Mapping[str, Any], beside: Path) -> "Iterator[Pipeline]":
    """A running pipeline, or a test that fails with one screen of words. beside: where its description is."""
    from clickgen.model.errors import ClickgenError  # noqa: PLC0415  # see the module
    from clickgen.testing.pipelines import running_pipeline  # noqa: PLC0415

    description = options.get("description")
    others = {name: value for name, value in options.items() if name != "description"}
    started, words = False, ""
    try:
        with running_pipeline(folder, description and beside / description, **others) as pipeline:
            started = True
            yield pipeline
    except ClickgenError as problem:
        if started:
            raise
        words = _words(problem)
    if words:
        pytest.fail(f"the pipeline of this test cannot start\n{words}", pytrace=False)


def _words(problem: "ClickgenError") -> str:
    return f"{problem.message}\nhint: {problem.hint}" if problem.hint else problem.message


def _pipeline_of(request: pytest.FixtureRequest, fixture: str) -> "Pipeline":
    """The pipeline that the test uses; it fails if that is none, or if there are two."""
    used = [name for name in (_EACH, _SHARED) if name in request.fixturenames]
    if len(used) == 1:
        pipeline: Pipeline = request.getfixturevalue(used[0])
        return pipeline
    if used:
        remedy = "say which: assert_delivered(sent, pipeline=clickgen_session_pipeline)"
        words = f"{fixture} in a test that uses both {_EACH} and {_SHARED}"
    else:
        remedy = f"let the test, or a fixture of it, use {_EACH} or {_SHARED}"
        words = f"{fixture} in a test without a pipeline"
    pytest.fail(f"{words}\n{remedy}", pytrace=False)


def __getattr__(name: str) -> object:
    if name not in ("Pipeline", "running_pipeline"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from clickgen.testing import pipelines  # noqa: PLC0415  # see the module

    return getattr(pipelines, name)
