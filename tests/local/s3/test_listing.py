"""Listing: order, prefixes, delimiters and pages, held against a plain model of S3."""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.local.platform.lake import Lake
from clickgen.local.s3.listing import Listing
from clickgen.local.s3.store import ObjectStore
from tests.support.local_server import LocalServer

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_NUMBERS = count()
_PARTS = st.sampled_from(["a", "a.b", "a-b", "b", "A", "é", "a b"])
_KEYS = st.lists(_PARTS, min_size=1, max_size=3).map("/".join)


def _modelled(keys: set[str], prefix: str, delimiter: str, after: str) -> list[str]:
    """All that S3 would list, page by page, in order: keys and rolled-up prefixes."""
    found: list[str] = []
    for key in sorted(keys, key=str.encode):
        if not key.startswith(prefix) or key <= after:
            continue
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        name = key if cut < 0 else key[: cut + len(delimiter)]
        if name not in found:
            found.append(name)
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    lake = Lake(tmp_path_factory.mktemp("listing"))
    lake.hold()
    store = ObjectStore(lake)
    yield store
    store.close()
    lake.release()


@settings(max_examples=80, deadline=None)
@given(
    wanted=st.sets(_KEYS, min_size=1, max_size=12),
    prefix=st.one_of(st.just(""), _KEYS, _KEYS.map(lambda key: key + "/")),
    delimiter=st.sampled_from(["", "/", "b", "/a"]),
    after=st.one_of(st.just(""), _KEYS),
    limit=st.integers(1, 5),
)
def test_pages_together_are_what_s3_lists(
    store: ObjectStore, wanted: set[str], prefix: str, delimiter: str, after: str, limit: int
) -> None:
    bucket = f"bucket{next(_NUMBERS)}"
    root = store.lake.root / bucket
    keys: set[str] = set()
    for key in sorted(wanted):
        path = root / key
        if any(other.startswith(key + "/") or key.startswith(other + "/") for other in keys):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        keys.add(key)
    (root / "empty" / "below").mkdir(parents=True)
    listing, found, start, resumed = Listing(store), list[str](), after, False
    while True:
        page = listing.page(bucket, prefix, delimiter, start, limit, resumed=resumed)
        names = sorted([*(info.key for info in page.objects), *page.prefixes])
        assert 0 < len(names) <= limit or page.last is None
        found += names
        if page.last is None:
            break
        assert page.last == names[-1]
        start, resumed = page.last, True
    assert found == _modelled(keys, prefix, delimiter, after)


def test_a_listing_is_read_by_the_paginator_of_boto3(s3: "S3Client", bucket: str) -> None:
    keys = ["a b+c.txt", "a/1", "a/2", "b/\u00e4 &<>", "c"]
    for key in reversed(keys):
        s3.put_object(Bucket=bucket, Key=key, Body=b"xyz")
    pages: Any = list(
        s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    )
    assert [one["Key"] for page in pages for one in page["Contents"]] == keys
    assert [page["KeyCount"] for page in pages] == [2, 2, 1]
    first = pages[0]["Contents"][0]
    assert (first["Size"], first["StorageClass"]) == (3, "STANDARD")
    assert first["ETag"] == s3.head_object(Bucket=bucket, Key=keys[0])["ETag"]
    pages = list(
        s3.get_paginator("list_objects").paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 1})
    )
    rolled = [one.get("Prefix") or one.get("Key") for page in pages for one in _entries(page)]
    assert rolled == ["a b+c.txt", "a/", "b/", "c"]
    versions = s3.list_object_versions(Bucket=bucket, Prefix="a/")["Versions"]
    assert [(one["Key"], one["VersionId"], one["IsLatest"]) for one in versions] == [
        ("a/1", "null", True),
        ("a/2", "null", True),
    ]
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=0)["KeyCount"] == 0


def _entries(page: dict[str, Any]) -> list[dict[str, str]]:
    return [*page.get("Contents", ()), *page.get("CommonPrefixes", ())]


def test_what_has_just_landed_is_listed(s3: "S3Client", bucket: str, server: LocalServer) -> None:
    folder = server.lake / bucket / "many"
    folder.mkdir()
    for number in range(
        60
    ):  # each is listed right after it landed, in folders that are remembered and that are not
        (folder / f"{number:03}").touch()
        if number == 30:
            time.sleep(1.1)
        found = s3.list_objects_v2(Bucket=bucket, Prefix="many/")["KeyCount"]
        assert found == number + 1
    for path in sorted(folder.iterdir())[:10]:
        path.unlink()
    assert s3.list_objects_v2(Bucket=bucket, Prefix="many/")["KeyCount"] == 50
    Path(folder / "inner").mkdir()
    (folder / "inner" / "x").touch()
    assert s3.list_objects_v2(Bucket=bucket, Prefix="many/", Delimiter="/")["CommonPrefixes"] == [
        {"Prefix": "many/inner/"}
    ]
