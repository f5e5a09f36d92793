"""A plan or a `runs/` that cannot be read is said in our own words, with the file, by all that need it."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clickgen.ledger.folder import Home, RunFolder
from clickgen.ledger.plan_file import MAX_BYTES, read_plan
from clickgen.model.errors import EnvironmentProblem
from tests.cli.test_runs_command import finished
from tests.conftest import CommandLine
from tests.support.snapshots import RUN, a_plan

_NEEDING_RUNS = (["runs", "list"], ["runs", "show"], ["send", "--events", "5"], ["verify", "s3", "delivery"])
_NOBODY = 65_534
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=2)
)


def changed(**fields: Any) -> bytes:
    return json.dumps({**json.loads(a_plan().model_dump_json()), **fields}).encode()


def without(name: str) -> bytes:
    return json.dumps({k: v for k, v in json.loads(a_plan().model_dump_json()).items() if k != name}).encode()


DAMAGED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is empty"),
    "cut off": (changed()[:200], "it is cut off"),
    "no JSON": (b"run = 5", "it is not JSON (line 1 column 1)"),
    "deep": (b"[" * 100_000, "it is not JSON"),
    "a list": (b"[]", "it is not a JSON object"),
    "not UTF-8": (b'{"run": "\xff"}', "it is not text in UTF-8"),
    "huge": (b" " * (MAX_BYTES + 1), "it has more than 16 MiB"),
    "a text for a number": (changed(lanes="many"), "`lanes` is not a whole number"),
    "a number for a text": (changed(profile=5), "`profile` is not text"),
    "a list for an object": (changed(destination=[]), "`destination` is not an object"),
    "a missing field": (without("start_ms"), "`start_ms` is missing"),
    "an unknown field": (changed(zeal=1), "'zeal' is not known to this version of clickgen"),
    "an unknown kind": (
        changed(destination={"kind": "moon", "stream": "clicks"}),
        "`destination.kind` is not one of 'firehose', 'kinesis', 'dynamodb', 's3', 'http', 'file', 'stdout', "
        "'lake'",
    ),
    "an unknown command": (changed(command="fly"), "`command` is not one of 'send', 'replay' or 'generate'"),
    "of another form": (changed(version=2), "it has the form 2"),
    "of another run": (changed(run="0" * 12), "it is the plan of another run, '000000000000'"),
    "no lanes": (changed(lanes=0), "`lanes` is not between 1 and 4,096"),
    "a billion lanes": (changed(lanes=10**9), "`lanes` is not between 1 and 4,096"),
    "a time beyond time": (changed(start_ms=10**30), "`start_ms` is not a time"),
    "less than nothing": (changed(planned=-1), "`planned` is more than a run can have, or less than nothing"),
    "a rate of NaN": (changed(rate=float("nan")), "`rate` is not a finite number from 0 on"),
    "a bucket that climbs": (changed(place={"bucket": "../x"}), "`place.bucket` is not a valid name of a bucket"),
    "a lake nearby": (changed(place={"bucket": "lake", "lake": "x"}), "`place.lake` is not an absolute path"),
    "a zone of no country": (changed(recording={"zone": "Mars/North"}), "`recording.zone` is not a time zone"),
    "a source that is not there": (
        changed(recording={"lanes": [[{"source": 7}]], "forms": [{}]}),
        "`recording.lanes` names a source that there is not",
    ),
    "a form that is not there": (
        changed(recording={"form_of": [3]}),
        "`recording.form_of` names a form that there is not",
    ),
    "a file nearby": (
        changed(destination={"kind": "file", "stream": "../x"}),
        "`destination.stream` is not an absolute path of a file",
    ),
}


@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_plan_is_said_in_our_words(how: str, tmp_path: Path) -> None:
    content, words = DAMAGED[how]
    folder = finished(tmp_path)
    folder.plan_file.write_bytes(content)
    with pytest.raises(EnvironmentProblem) as caught:
        folder.read_plan()
    assert f"the plan of run {RUN} cannot be read: {folder.plan_file}: {words}" in caught.value.message
    assert "pydantic" not in caught.value.message
    assert "http://" not in caught.value.message
    assert caught.value.exit_code == 3


def test_every_problem_has_a_line_of_its_own(tmp_path: Path) -> None:
    folder = finished(tmp_path)
    folder.plan_file.write_bytes(changed(lanes="x", rate=[], **{f"odd{number}": 1 for number in range(20)}))
    with pytest.raises(EnvironmentProblem) as caught:
        folder.read_plan()
    lines = caught.value.message.splitlines()
    assert (len(lines), lines[-1]) == (11, "and 12 more problems of it")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.dictionaries(st.sampled_from(list(json.loads(a_plan().model_dump_json()))), _JSON, max_size=3))
def test_whatever_a_plan_says_it_is_a_plan_or_a_problem(tmp_path: Path, fields: dict[str, Any]) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(changed(**fields))
    try:
        assert read_plan(file, RUN).run == RUN
    except EnvironmentProblem as problem:
        words = str(problem)
    else:
        words = ""
    assert "pydantic" not in words


@pytest.mark.parametrize("special", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_not_read(special: Callable[[Path], None], tmp_path: Path) -> None:
    folder = finished(tmp_path)
    folder.plan_file.unlink()
    special(folder.plan_file)
    with pytest.raises(EnvironmentProblem, match=r"plan\.json"):
        folder.read_plan()


def test_plans_of_the_version_before_are_read(tmp_path: Path) -> None:
    folder = finished(tmp_path)
    for missing in ("began_ms", "timetable", "disorder", "format", "gzip", "id_field"):
        folder.plan_file.write_bytes(without(missing))
        assert folder.read_plan().run == RUN


@pytest.mark.parametrize("what", ["a file", "a link to nothing"])
def test_runs_that_are_no_folder_are_said_by_every_command(
    what: str, tmp_path: Path, clickgen: CommandLine
) -> None:
    home = Home(clickgen.home)
    home.prepare()
    home.runs.rmdir()
    if what == "a file":
        home.runs.write_text("no folder")
    else:
        home.runs.symlink_to(tmp_path / "nowhere")
    for arguments in _NEEDING_RUNS:
        said = clickgen.run(*arguments)
        assert said.code == 3, said.err
        assert str(home.runs) in said.err
        assert "hint: " in said.err


def test_a_disk_that_fails_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(tmp_path)

    def fails(path: Path) -> None:
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(Path, "iterdir", fails)
    with pytest.raises(EnvironmentProblem, match=f"cannot read {tmp_path / 'runs'}: Input/output error"):
        Home(tmp_path).all_runs()


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can be somebody else; it may read everything itself")
@pytest.mark.parametrize("closed", ["runs", f"runs/{RUN}", f"runs/{RUN}/plan.json", "."])
def test_what_may_not_be_read_is_said(closed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # where somebody else can come
        monkeypatch.setenv("XDG_STATE_HOME", folder)
        os.chown(folder, _NOBODY, -1)
        os.seteuid(_NOBODY)
        try:
            home = Path(folder) / "home"
            finished(home)
            (home / closed).chmod(0)
            with pytest.raises(EnvironmentProblem) as caught:
                Home(home).find_run(None).read_plan()
            assert "Permission denied" in caught.value.message
            assert str(home) in caught.value.message
        finally:
            os.seteuid(0)


def test_a_run_folder_with_a_link_is_not_used(tmp_path: Path) -> None:
    folder = finished(tmp_path)
    folder.verifications.symlink_to(tmp_path)
    with pytest.raises(EnvironmentProblem, match=f"{folder.verifications} is a symbolic link"):
        RunFolder(folder.path).read_plan()
