"""Listing a bucket in parallel: every object once, however keys and pages lie, in few requests."""

from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Event, Lock
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.errors import EnvironmentProblem
from clickgen.verify.landings.objects.bucket_listing import ListingMode, ListingRequest, list_objects

LANDED = datetime(2026, 1, 1, tzinfo=UTC)
CONNECTIONS = 4


class Bucket:
    """Answers as ListObjectsV2 does: keys in order, a page at a time, those in folders left out if so asked."""

    def __init__(self, keys: Sequence[str], page: int) -> None:
        self._keys = sorted(keys)
        self._page = page
        self._lock = Lock()
        self.requests = 0
        self.under_way = self.most_under_way = 0

    def get_page(self, asked: ListingRequest) -> Any:
        with self._lock:
            self.requests += 1
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return self._answer(asked)
        finally:
            with self._lock:
                self.under_way -= 1

    def _answer(self, asked: ListingRequest) -> Any:
        found: dict[str, bool] = {}  # in order; whether it is a folder
        for key in self._keys:
            if key.startswith(asked.prefix):
                folder, slash, _ = key[len(asked.prefix) :].partition("/")
                is_folder = asked.way is ListingMode.FOLDERS and bool(slash)
                found[asked.prefix + folder + "/" if is_folder else key] = is_folder
        names = [name for name in found if asked.token is None or name > asked.token]
        page = names[: self._page]
        answer: dict[str, Any] = {
            "IsTruncated": len(names) > len(page),
            "Contents": [
                {"Key": name, "Size": 1, "LastModified": LANDED, "ETag": '"1"'} for name in page if not found[name]
            ],
            "CommonPrefixes": [{"Prefix": name} for name in page if found[name]],
        }
        if answer["IsTruncated"]:
            answer["NextContinuationToken"] = page[-1]
        return answer

    def listed(self, *prefixes: str) -> list[str]:
        return [stored.key for stored in list_objects(prefixes, self.get_page, CONNECTIONS)]


@given(
    keys=st.sets(st.text("ab/", min_size=1, max_size=8), max_size=60),
    prefixes=st.sets(st.text("ab/", min_size=2, max_size=2), min_size=1) | st.just({""}),
    page=st.integers(1, 20),
)
def test_every_object_is_listed_once(keys: set[str], prefixes: set[str], page: int) -> None:
    bucket = Bucket(sorted(keys), page)
    listed = bucket.listed(*sorted(prefixes))
    assert sorted(listed) == sorted(key for key in keys if key.startswith(tuple(prefixes)))
    assert bucket.most_under_way <= CONNECTIONS


def test_what_is_not_much_takes_one_request_a_prefix() -> None:
    bucket = Bucket([f"{hour:02}/{number}" for hour in range(24) for number in range(10)], 1000)
    assert len(bucket.listed(*(f"{hour:02}/" for hour in range(24)))) == 240
    assert bucket.requests == 24


def test_much_in_folders_is_shared_out_by_folder() -> None:
    bucket = Bucket([f"{hour:02}/{number:04}" for hour in range(20) for number in range(90)], 100)
    assert len(bucket.listed("")) == 1800
    assert bucket.requests == 1 + 1 + 20


@pytest.mark.parametrize(("folders", "requests"), [(64, 1 + 1 + 64), (65, 1 + 1 + 2)])
def test_up_to_64_folders_are_worth_a_request_each(folders: int, requests: int) -> None:
    bucket = Bucket([f"{folder:02}/{number}" for folder in range(folders) for number in range(2)], 100)
    assert len(bucket.listed("")) == 2 * folders
    assert bucket.requests == requests


def test_much_without_folders_or_with_too_many_is_listed_through() -> None:
    flat = Bucket([f"{number:04}" for number in range(1000)], 100)
    assert len(flat.listed("")) == 1000
    assert flat.requests == 1 + 1 + 10
    scattered = Bucket([f"{number:04}/x" for number in range(1000)], 100)
    assert len(scattered.listed("")) == 1000
    assert scattered.requests == 1 + 1 + 10


def test_pages_are_not_asked_for_before_there_is_room_for_them() -> None:
    bucket = Bucket([f"{hour:02}/{number}" for hour in range(24) for number in range(10)], 1000)
    one_too_many = Event()

    def get_page(asked: ListingRequest) -> Any:
        page = bucket.get_page(asked)
        if bucket.requests > CONNECTIONS:
            one_too_many.set()
        return page

    listing = list_objects([f"{hour:02}/" for hour in range(24)], get_page, CONNECTIONS)
    next(listing)
    assert not one_too_many.wait(0.1)
    assert len(list(listing)) == 239


def test_what_a_page_raises_is_raised() -> None:
    def refuse(_: ListingRequest) -> Any:
        raise EnvironmentProblem("no permission")

    with pytest.raises(EnvironmentProblem, match="no permission"):
        list(list_objects(["a", "b", "c"], refuse, CONNECTIONS))
