"""Listing a bucket: several prefixes at once, and a prefix with many keys by the folders in it."""

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
    """How a prefix is listed."""

    GLANCE = auto()  # its first page, which mostly is all
    FOLDERS = auto()  # what is in it up to the next slash, to list the folders at the same time
    THROUGH = auto()  # page by page


@dataclass(frozen=True, slots=True)
class ListingRequest:
    """A page of the keys that begin with `prefix`."""

    prefix: str
    way: ListingMode = ListingMode.GLANCE
    token: str | None = None  # where the page begins, if it is not the first


GetPage = Callable[[ListingRequest], "ListObjectsV2OutputTypeDef"]


def list_objects(prefixes: Iterable[str], get_page: GetPage, connections: int) -> Iterator[Stored]:
    """The objects under prefixes of which none begins with another, each once, in any order.

    connections: the most pages that are requested at once, and wait to be used. Raises what `get_page` does.
    """
    waiting = deque(ListingRequest(prefix) for prefix in prefixes)
    under_way: dict[Future[ListObjectsV2OutputTypeDef], ListingRequest] = {}
    executor = ThreadPoolExecutor(connections)
    try:
        while waiting or under_way:
            while waiting and len(under_way) < connections:
                request = waiting.popleft()
                under_way[executor.submit(get_page, request)] = request
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                request, page = under_way.pop(future), future.result()
                again = _differently(request, page)
                if again is not None:
                    waiting.append(again)
                    continue
                waiting.extend(_following(request, page))
                yield from _stored(page)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _differently(request: ListingRequest, page: "ListObjectsV2OutputTypeDef") -> ListingRequest | None:
    """How to list the prefix better, from its beginning; None if this page is good."""
    if request.way is ListingMode.GLANCE and page["IsTruncated"]:
        return ListingRequest(request.prefix, ListingMode.FOLDERS)
    if request.way is ListingMode.FOLDERS:
        folders = len(page.get("CommonPrefixes", []))
        if page["IsTruncated"] or not 0 < folders <= _MOST_FOLDERS:
            return ListingRequest(request.prefix, ListingMode.THROUGH)
    return None


def _following(request: ListingRequest, page: "ListObjectsV2OutputTypeDef") -> list[ListingRequest]:
    """What remains to be requested after a page."""
    if request.way is ListingMode.FOLDERS:
        return [ListingRequest(folder["Prefix"]) for folder in page.get("CommonPrefixes", [])]
    if page["IsTruncated"]:
        return [ListingRequest(request.prefix, ListingMode.THROUGH, page["NextContinuationToken"])]
    return []


def _stored(page: "ListObjectsV2OutputTypeDef") -> Iterator[Stored]:
    for entry in page.get("Contents", []):
        landed_ms = int(entry["LastModified"].timestamp() * 1000)
        yield Stored(entry["Key"], entry["Size"], landed_ms, entry["ETag"])
