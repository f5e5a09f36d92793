"""What a server killed between two writes has left is taken up so that each record is delivered once."""

from pathlib import Path

import pytest

from clickgen.local.firehose.journal import SpoolPlace
from clickgen.local.firehose.left_over import incoming_folder, left_in
from clickgen.local.firehose.objects import deliver
from clickgen.local.firehose.spool import Spool, SpoolWriter
from clickgen.local.platform.lake import Lake


@pytest.fixture
def stream(lake: Lake) -> Path:
    folder = lake.streams / "clicks"
    incoming_folder(folder).mkdir(parents=True)
    return folder


def spool(folder: Path, number: int, puts: list[tuple[bytes, int]]) -> Spool:
    """A spool with these puts, each with the incoming spool it was made from."""
    writer = SpoolWriter(folder, number, SpoolPlace("lake", f"out/{number}"))
    for payload, origin in puts:
        writer.append(payload, [len(payload)], origin=origin)
    writer.close()
    return writer.spool


def contents(lake: Lake, stream: Path) -> dict[str, bytes]:
    for one, _ in left_in(stream).outgoing:
        deliver(one, lake.root, lake.aside, verify=True)
    return {path.name: path.read_bytes() for path in (lake.root / "lake").rglob("*") if path.is_file()}


def test_what_was_made_of_a_spool_that_is_still_there_is_cut_off(lake: Lake, stream: Path) -> None:
    """Killed while the outcome of spool 2 was being added: two of three were added, the spool not yet removed."""
    spool(incoming_folder(stream), 2, [(b"again", 0)])
    spool(stream, 1, [(b"first;", 1), (b"second;", 2)])
    spool(stream, 2, [(b"third;", 2)])
    spool(stream, 3, [(b"fourth;", 1)])
    left = left_in(stream)
    assert [one.number for one in left.incoming] == [2]
    assert contents(lake, stream) == {"1": b"first;", "3": b"fourth;"}


def test_what_was_made_of_a_spool_that_is_gone_stays(lake: Lake, stream: Path) -> None:
    """Killed after the data was removed, which makes the outcome final, and before its journal was."""
    gone = spool(incoming_folder(stream), 2, [(b"done", 0)])
    gone.remove_data()
    spool(stream, 1, [(b"first;", 1), (b"second;", 2)])
    left = left_in(stream)
    assert (left.incoming, gone.journal.exists()) == ([], False)
    assert contents(lake, stream) == {"1": b"first;second;"}


def test_numbers_that_an_outgoing_spool_speaks_of_are_not_given_again(stream: Path) -> None:
    """A new spool 7 that was killed would otherwise take the records of the old one with it."""
    spool(stream, 1, [(b"first", 7)])
    left = left_in(stream)
    assert (left.next_incoming, left.next_outgoing) == (8, 2)
