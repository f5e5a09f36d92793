"""Reading several parts of a place side by side, a page at a time, in bounded memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol, TypeVar


class PagedPart(Protocol):
    """One part, read from its beginning to its end: a shard of a stream, a segment of a table."""

    @property
    def done(self) -> bool:
        """Whether there is nothing more to read for now."""


PartT = TypeVar("PartT", bound=PagedPart)
PageT = TypeVar("PageT")


def pages_of(
    parts: Iterable[PartT], read: Callable[[PartT], PageT], at_once: int
) -> Iterator[tuple[PartT, PageT]]:
    """The pages of all parts, those of one part in order, each part read until it is done.

    read: gives the next page of a part; it is called in threads, `at_once` at most and never two for one part, so
    that no more than `at_once` pages are held.
    """
    waiting = deque(parts)
    under_way: dict[Future[PageT], PartT] = {}
    with ThreadPoolExecutor(at_once) as pool:
        while waiting or under_way:
            while waiting and len(under_way) < at_once:
                part = waiting.popleft()
                under_way[pool.submit(read, part)] = part
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                part = under_way.pop(future)
                page = future.result()
                if not part.done:
                    waiting.append(part)
                yield part, page
