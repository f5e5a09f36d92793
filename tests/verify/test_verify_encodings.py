"""Events that a re-serialiser or a packer changed the bytes of, and objects that no look can read."""

import bz2
import gzip
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.event_id import EventId, format_id, seal
from clickgen.read.open import MAX_RATIO
from clickgen.verify.proof.compare.report import DeliveryReport, Verdict
from clickgen.verify.proof.delivery import Notice, Waiting
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.scan.event_classifier import MAX_SHREDS, unescaped
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern
from clickgen.verify.proof.scan.scan import scan_object
from tests.conftest import CommandLine
from tests.support.planted import ID_AT, RUN, HeldClock, Planted, event, events, lines

COUNT = 300


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(sign):04x}" for sign in text)


def id_escaped(whole: bytes) -> bytes:
    """The event, with every character of its id as an escape."""
    found = json.loads(whole)["event_id"]
    return whole.replace(found.encode(), escaped(found).encode())


def first_digit_escaped(whole: bytes) -> bytes:
    return whole.replace(b'"event_id":"6', b'"event_id":"\\u0036')


def all_escaped(whole: bytes) -> bytes:
    """Keys and texts as escapes, white space as it was."""
    text = whole.decode()
    for word in ("event_id", json.loads(whole)["event_id"], "event_type", "view", "path"):
        text = text.replace(f'"{word}"', f'"{escaped(word)}"')
    return text.encode()


def rewritten(change: Callable[[bytes], bytes]) -> Callable[[Iterable[bytes]], bytes]:
    return lambda parts: lines(map(change, parts))


WHOLE: dict[str, Callable[[Iterable[bytes]], bytes]] = {
    "ids as escapes": rewritten(id_escaped),
    "one digit as an escape": rewritten(first_digit_escaped),
    "keys and texts as escapes": rewritten(all_escaped),
    "slashes as escapes": rewritten(lambda whole: whole.replace(b"/", b"\\/")),
    "UTF-16": lambda parts: lines(parts).decode().encode("utf-16"),
    "UTF-16 without a mark": lambda parts: lines(parts).decode().encode("utf-16-be"),
    "UTF-16 in gzip": lambda parts: gzip.compress(lines(parts).decode().encode("utf-16-le")),
    "UTF-32": lambda parts: lines(parts).decode().encode("utf-32"),
    "bzip2": lambda parts: bz2.compress(lines(parts)),
    "zstd": lambda parts: zstandard.compress(lines(parts)),
    "zstd frames": lambda parts: b"".join(zstandard.compress(part + b"\n") for part in parts),
    "bzip2 streams": lambda parts: b"".join(bz2.compress(part + b"\n") for part in parts),
    "zeros between": b"\0".join,
    "zeros around lines": lambda parts: b"".join(b"\0\0" + part + b"\0\n\0" for part in parts),
    "zeros behind": lambda parts: lines(parts) + bytes(5000),
    "a zero and a newline": b"\0\n".join,
}


@pytest.mark.parametrize("ids_only", [False, True])
@pytest.mark.parametrize("how", WHOLE)
def test_events_in_other_bytes_are_found_whole(tmp_path: Path, how: str, ids_only: bool) -> None:
    run = Planted(tmp_path)
    run.claim(0, COUNT)
    run.put("a", WHOLE[how](events(0, COUNT)))
    report = run.verify(ids_only=ids_only)
    assert (report.verdict, report.delivered, report.foreign) == (Verdict.VERIFIED, COUNT, 0)


def test_changed_content_stays_a_conflict_whatever_the_escapes(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    run.claim(0, 3)
    changed = id_escaped(event(1)).replace(b"view", b"buys")
    run.put("a", lines([event(0), changed, first_digit_escaped(event(2))]))
    report = run.verify()
    assert (report.delivered, report.conflicting, report.missing) == (2, 1, 1)


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(_TEXTS, st.data())
def test_an_event_written_with_any_escapes_is_the_event(text: str, data: st.DataObject) -> None:
    body = json.dumps({"event_id": format_id(EventId(RUN, 0, 7, 0)).decode(), "t": text}, ensure_ascii=False)
    whole = seal(body.encode().replace(b'"event_id": ', b'"event_id":'), ID_AT)
    value = json.loads(whole)["t"]
    picked = [data.draw(st.booleans()) for _ in value]
    written = "".join(
        json.dumps(sign)[1:-1] if pick else json.dumps(sign, ensure_ascii=False)[1:-1]
        for sign, pick in zip(value, picked, strict=True)
    )
    plain = json.dumps(value, ensure_ascii=False)
    again = whole.replace(plain.encode(), f'"{written}"'.encode())
    assert unescaped(again) == whole or "\x7f" in value
    assert json.loads(unescaped(again)) == json.loads(whole)
    found = ObjectFindings("a", 0, 0)
    scan_object([again + b"\n"], RunIdPattern(RUN, "event_id"), found)
    assert 7 in found.lanes[0].once


@pytest.mark.parametrize(
    "text",
    [b'"\\\\u0041"', b'"\\u0022\\u005c"', b'"\\ud83d\\ude00"', b'"\\ud83d"', b'"\\\\\\u0041"', b'"\\n\\u000a"'],
)
def test_unescaping_changes_no_value_and_is_done_once(text: bytes) -> None:
    plain = unescaped(text)
    assert json.loads(plain) == json.loads(text)
    assert unescaped(plain) == plain


def test_delivered_wins_over_a_copy_in_the_error_output_which_is_told(
    tmp_path: Path, clickgen: CommandLine
) -> None:
    run = Planted(tmp_path)
    run.claim(0, 5)
    run.put("data", lines(events(0, 4)))
    records = [{"errorCode": "Lambda.Failed", "rawData": event(number).decode()} for number in (2, 3, 4)]
    run.put("errors", lines(json.dumps(record).encode() for record in records))
    report = run.verify()
    assert (report.verdict, report.delivered, report.failed, report.also_failed) == (Verdict.ANOMALOUS, 4, 1, 2)
    assert (report.explained, report.unexplained) == (0, 0)
    run.put("late", lines([event(4)]))
    said = clickgen.run("verify", "s3", "delivery", "--at", str(run.lake))
    assert said.code == 0, said.err
    assert "also failed" in said.out
    said = clickgen.run("verify", "s3", "delivery", "--at", str(run.lake), "--json")
    assert [said.json[name] for name in ("verdict", "failed", "also_failed")] == ["verified", 0, 3]


UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a": (lambda: b"PAR1" + bytes(100), f"it is read by: clickgen verify parquet delivery {RUN} --at "),
    "c": (lambda: b"Obj\x01" + bytes(100), "it is an Avro file"),
    "d": (lambda: gzip.compress(b" " * (64 << 20)), f"expand to more than {MAX_RATIO} times as many"),
    "e": (lambda: bz2.compress(bytes(64 << 20)), f"expand to more than {MAX_RATIO} times as many"),
    "f": (lambda: gzip.compress(b"{\n" * (MAX_SHREDS + 1)), f"more than {MAX_SHREDS:,} pieces"),
}


@pytest.mark.parametrize("key", UNREADABLE)
def test_what_no_waiting_can_mend_ends_at_once_as_incomplete(tmp_path: Path, key: str) -> None:
    make, why = UNREADABLE[key]
    run = Planted(tmp_path)
    run.claim(0, COUNT)
    run.put("good", lines(events(0, COUNT - 1)))
    run.put(key, make())
    told: list[Notice] = []
    clock = HeldClock(run.plan.created_ms + 6_000)
    began = time.process_time()
    report: DeliveryReport = run.verify(clock=clock, tell=told.append)
    assert time.process_time() - began < 30
    assert (report.verdict, report.delivered, report.pending, report.missing) == (Verdict.INCOMPLETE, 299, 1, 0)
    assert clock.slept == 0
    assert not [notice for notice in told if isinstance(notice, Waiting)]
    (witness,) = report.witnesses["unread"]
    assert witness.object == key
    assert why in witness.detail
    assert report.verdict.exit_code == 4


def test_a_parquet_file_among_files_is_told_with_its_command(tmp_path: Path, clickgen: CommandLine) -> None:
    run = Planted(tmp_path)
    run.claim(0, 20)
    copy = run.put("copy.parquet", b"PAR1" + bytes(100))
    said = clickgen.run("verify", "file", "delivery", "--at", str(copy))
    assert said.code == 4
    assert f"clickgen verify parquet delivery {RUN} --at {copy}" in " ".join(said.out.split())


@pytest.mark.parametrize("byte", [b"\0", b" ", b"\n", b"\r\n", b"a", b"\n\0"])
def test_bytes_without_an_event_are_passed_quickly(byte: bytes) -> None:
    block = byte * ((1 << 20) // len(byte))
    found = ObjectFindings("a", 0, 0)
    began = time.process_time()
    scan_object(
        [*([block] * (1 if b"\0\n" in block else 4)), b"\n" + event(3) + b"\n"],
        RunIdPattern(RUN, "event_id"),
        found,
    )
    assert time.process_time() - began < 12
    assert list(found.lanes[0].once) == [3]
    assert not found.unread


def test_short_lines_among_events_lose_none(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    run.claim(0, COUNT)
    short = [b"", b"{", b"x", b"{}", b"", b"\r", b'{"a":1}']
    mixed: list[Any] = []
    for number, part in enumerate(events(0, COUNT)):
        mixed += [*short * (number % 40), part]
    run.put("a", lines(mixed))
    report = run.verify()
    assert (report.delivered, report.missing) == (COUNT, 0)
    assert report.foreign > 0
