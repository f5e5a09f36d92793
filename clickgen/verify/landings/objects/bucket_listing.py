"""Listing a bucket: several prefixes at once, and one that holds much by the folders in it."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from clickgen.verify.landings.objects.place import Stored

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import ListObjectsV2OutputTypeDef

_MOST_FOLDERS = 64  # a request a folder is only worth it where each holds many objects


class ListingMode(Enum):
    """How a prefix is listed.

    GLANCE: its first page, which mostly is all. FOLDERS: what is in it up to the next slash, to share it out.
    THROUGH: page by page.
    """

    GLANCE = auto()
    FOLDERS = auto()
    THROUGH = auto()


@dataclass(frozen=True, slots=True)
class ListingRequest:
    """A page of the keys that begin with `prefix`. token: where it goes on; None at the beginning."""

    prefix: str
    way: ListingMode = ListingMode.GLANCE
    token: str | None = None


GetPage = Callable[[ListingRequest], "ListObjectsV2OutputTypeDef"]


def list_objects(prefixes: Iterable[str], get_page: GetPage, connections: int) -> Iterator[Stored]:
    """The objects under prefixes of which none begins with another, each once, in any order.

    connections: how many pages are asked for at once, and wait to be taken, at most. Raises what `get_page` does.
    """
    waiting = deque(ListingRequest(prefix) for prefix in prefixes)
    under_way: dict[Future[ListObjectsV2OutputTypeDef], ListingRequest] = {}
    executor = ThreadPoolExecutor(connections)
    try:
        while waiting or under_way:
            while waiting and len(under_way) < connections:
                asked = waiting.popleft()
                under_way[executor.submit(get_page, asked)] = asked
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                asked, page = under_way.pop(future), future.result()
                again = _differently(asked, page)
                if again is not None:
                    waiting.append(again)
                    continue
                waiting.extend(_following(asked, page))
                yield from _stored(page)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _differently(asked: ListingRequest, page: "ListObjectsV2OutputTypeDef") -> ListingRequest | None:
    """How the prefix is better listed, from its beginning; None where this page is as good as any."""
    if asked.way is ListingMode.GLANCE and page["IsTruncated"]:
        return ListingRequest(asked.prefix, ListingMode.FOLDERS)
    if asked.way is ListingMode.FOLDERS:
        folders = len(page.get("CommonPrefixes", []))
        if page["IsTruncated"] or not 0 < folders <= _MOST_FOLDERS:
            return ListingRequest(asked.prefix, ListingMode.THROUGH)
    return None


def _following(asked: ListingRequest, page: "ListObjectsV2OutputTypeDef") -> list[ListingRequest]:
    """What is still to be asked for after a page."""
    if asked.way is ListingMode.FOLDERS:
        return [ListingRequest(folder["Prefix"]) for folder in page.get("CommonPrefixes", [])]
    if page["IsTruncated"]:
        return [ListingRequest(asked.prefix, ListingMode.THROUGH, page["NextContinuationToken"])]
    return []


def _stored(page: "ListObjectsV2OutputTypeDef") -> Iterator[Stored]:
    for entry in page.get("Contents", []):
        landed_ms = int(entry["LastModified"].timestamp() * 1000)
        yield Stored(entry["Key"], entry["Size"], landed_ms, entry["ETag"])
