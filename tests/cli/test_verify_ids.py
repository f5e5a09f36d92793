"""`verify PLACE delivery --ids`: events that clickgen never made, proved by a list of their ids."""

import gzip
import json
import random
import uuid
from pathlib import Path

import boto3
import pyarrow as pa
import pytest
from pyarrow import parquet

from clickgen.verify.inspections.ids import expected_ids
from tests.conftest import CREDENTIALS, CommandLine, Said

DRAW = random.Random(7)
IDS = [
    *[str(uuid.UUID(int=DRAW.getrandbits(128))) for _ in range(400)],
    *map(str, range(400)),
    *[f"Ünïcode id, {n}" for n in range(200)],
]


def write(folder: Path, ids: list[str], field: str = "event_id") -> Path:
    """Events with these ids, a part in each of three objects of different forms. Ids of digits are numbers."""
    folder.mkdir(exist_ok=True)
    events = [{field: int(text) if text.isdigit() else text, "page": "/"} for text in ids]
    lines = [json.dumps(event, ensure_ascii=n % 2 == 0) for n, event in enumerate(events)]
    third = len(lines) // 3
    (folder / "lines.jsonl").write_text("\n".join(lines[:third]))
    (folder / "joined.gz").write_bytes(gzip.compress("".join(lines[third : 2 * third]).encode()))
    (folder / "pretty").write_text("\n".join(json.dumps(event, indent=1) for event in events[2 * third :]))
    return folder


def listed(file: Path, ids: list[str]) -> Path:
    """A file with these ids, one a line."""
    file.write_text("\n".join(ids) + "\n")
    return file


def verify(
    clickgen: CommandLine, at: Path | str, ids: Path | str, *more: str, stdin: bytes = b"", place: str = "s3"
) -> Said:
    """`verify s3 delivery` of a list, or of another place."""
    words = ["--at", str(at), "--ids", str(ids), "--id-field", "event_id", "--json"]
    return clickgen.run("verify", place, "delivery", *words, *more, stdin=stdin)


def test_all_ids_of_any_kind_are_found_whatever_the_list_looks_like(clickgen: CommandLine, tmp_path: Path) -> None:
    at = write(tmp_path / "lake", IDS)
    plain = listed(tmp_path / "plain.txt", IDS)
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(b"\n\n" + plain.read_bytes().replace(b"\n", b"\r\n")))
    objects = tmp_path / "sent.jsonl"
    objects.write_text("\n".join(json.dumps({"at": 1, "event_id": text}) for text in IDS))
    for said in (
        verify(clickgen, at, plain),
        verify(clickgen, at, packed),
        verify(clickgen, at, objects),
        verify(clickgen, at, "-", stdin=plain.read_bytes()),
        verify(clickgen, at, plain, place="file"),
    ):
        assert said.code == 0, said.err
        assert said.json["verdict"] == "verified"
        assert (said.json["expected"], said.json["found"], said.json["objects"]) == (1000, 1000, 3)


def test_missing_doubled_and_foreign_are_counted_with_examples(clickgen: CommandLine, tmp_path: Path) -> None:
    lost, twice, others = IDS[10:25], [IDS[500], IDS[501], IDS[501]], ["somebody's", "else's"]
    at = write(tmp_path / "lake", [text for text in IDS if text not in lost] + twice + others)
    said = verify(clickgen, at, listed(tmp_path / "ids.txt", IDS))
    found = said.json
    assert (said.code, found["verdict"]) == (1, "anomalous")
    assert (found["found"], found["missing"], found["doubled"], found["copies"], found["foreign"]) == (
        985,
        15,
        2,
        3,
        2,
    )
    assert found["missing_ids"] == lost[:10]
    assert {seen["id"] for seen in found["doubled_ids"]} == set(twice)
    assert {(seen["id"], seen["object"]) for seen in found["foreign_ids"]} == {(text, "pretty") for text in others}
    assert "15 missing, 2 doubled" in said.err


def test_events_of_others_spoil_the_verdict_only_if_they_are_not_to_be_there(
    clickgen: CommandLine, tmp_path: Path
) -> None:
    at, ids = write(tmp_path / "lake", [*IDS, "foreign"]), listed(tmp_path / "ids.txt", IDS)
    assert verify(clickgen, at, ids).code == 0
    assert verify(clickgen, at, ids, "--exclusive").code == 1


def test_a_list_that_repeats_itself_is_said_and_one_without_ids_proves_nothing(
    clickgen: CommandLine, tmp_path: Path
) -> None:
    at = write(tmp_path / "lake", IDS)
    said = verify(clickgen, at, listed(tmp_path / "ids.txt", [*IDS, IDS[3], IDS[3], IDS[4]]))
    assert (said.code, said.json["listed_again"]) == (0, 3)
    assert set(said.json["listed_again_ids"]) == {IDS[3], IDS[4]}
    empty = verify(clickgen, at, listed(tmp_path / "empty.txt", []))
    assert (empty.code, empty.json["verdict"], empty.json["foreign"]) == (4, "incomplete", 1000)


def test_a_field_that_no_event_has_is_named_with_those_there_are(clickgen: CommandLine, tmp_path: Path) -> None:
    at = write(tmp_path / "lake", IDS, field="messageId")
    said = verify(clickgen, at, listed(tmp_path / "ids.txt", IDS))
    assert (said.code, said.json["without_id"], said.json["found"]) == (1, 1000, 0)
    assert "no event has the field event_id" in said.err
    assert "messageId, page" in said.err


def test_ids_within_objects_and_lists_are_found(clickgen: CommandLine, tmp_path: Path) -> None:
    at = tmp_path / "events.jsonl"
    at.write_text(
        "\n".join(json.dumps({"data": [{"meta": {"id": a}}, {"meta": {"id": b}}]}) for a, b in ("ab", "cd"))
    )
    ids = listed(tmp_path / "ids.txt", list("abcd"))
    said = clickgen.run(
        "verify", "s3", "delivery", "--at", str(at), "--ids", str(ids), "--id-field", "data.meta.id"
    )
    assert said.code == 0, said.err


def test_what_is_damaged_or_unread_is_never_a_success(clickgen: CommandLine, tmp_path: Path) -> None:
    at, ids = write(tmp_path / "lake", IDS), listed(tmp_path / "ids.txt", IDS)
    (at / "cut.jsonl").write_text('{"event_id": "x", "pa')
    assert (verify(clickgen, at, ids).code, verify(clickgen, at, ids).json["damaged"]) == (1, 1)
    (at / "cut.jsonl").write_bytes(b"PAR1 and so on")
    said = verify(clickgen, at, ids)
    assert (said.code, said.json["unread"]) == (4, 1)
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(ids.read_bytes())[:-50])
    assert verify(clickgen, at, cut).code == 3


def test_ids_are_found_in_a_column_of_parquet(clickgen: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    rows = [{"meta": {"id": text}} for text in [*IDS[1:], IDS[7]]]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "lake" / "part.parquet")
    ids = listed(tmp_path / "ids.txt", IDS)
    words = ["verify", "parquet", "delivery", "--at", str(tmp_path / "lake"), "--ids", str(ids), "--json"]
    said = clickgen.run(*words, "--id-column", "meta.id")
    assert (said.code, said.json["missing_ids"], said.json["copies"]) == (1, [IDS[0]], 1), said.err
    absent = clickgen.run(*words, "--id-column", "event_id")
    assert (absent.code, absent.json["without_id"], absent.json["fields"]) == (1, 1000, ["meta"])


def test_objects_in_s3_are_read_and_waited_for(clickgen: CommandLine, moto: str, tmp_path: Path) -> None:
    s3 = boto3.client(
        "s3", endpoint_url=moto, aws_access_key_id="t", aws_secret_access_key="t", region_name="us-east-1"
    )
    s3.create_bucket(Bucket="lake")
    for path in write(tmp_path / "lake", IDS[:-1]).iterdir():
        s3.upload_file(str(path), "lake", f"events/{path.name}")
    ids = listed(tmp_path / "ids.txt", IDS)
    clickgen.environment.update(CREDENTIALS)
    said = verify(clickgen, "s3://lake/events/", ids, "--endpoint-url", moto, "--wait", "1s")
    assert (said.code, said.json["missing_ids"]) == (1, [IDS[-1]]), said.err
    assert "1 of 1,000 ids are not there yet" in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--ids", "no-such-file", "--id-field", "id", "--at", "."], "no-such-file"),
        (["--ids", "-", "--at", "."], "--ids without --id-field"),
        (["--ids", "-", "--id-field", "id"], "--ids without --at"),
        (["--ids", "-", "--id-field", "id", "--at", ".", "--fresh"], "--fresh with --ids"),
        (["0a1b2c", "--ids", "-", "--id-field", "id", "--at", "."], "RUN with --ids"),
        (["--id-field", "id"], "--id-field without --ids"),
    ],
)
def test_what_cannot_be_meant_is_refused(clickgen: CommandLine, arguments: list[str], words: str) -> None:
    said = clickgen.run("verify", "s3", "delivery", *arguments)
    assert said.code == 2
    assert words in said.err


def test_a_list_larger_than_a_batch_is_looked_up_as_one(
    clickgen: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expected_ids, "BATCH", 7)
    file = listed(tmp_path / "ids.txt", [*IDS, *IDS[:3]])
    expected = expected_ids.ExpectedIds(file, ("id",))
    assert (len(expected), expected.listed, expected.repeated) == (1000, 1003, 3)
    for batch in expected_ids.in_batches([*IDS[5:], IDS[5], "foreign"]):
        expected.see(batch)
    assert (expected.found, expected.doubled) == (995, 1)
    assert expected.missing(10) == IDS[:5]
