"""What is opened when it is first used: most servers are asked for one or two of their services only.

To import and open all of them takes longer than all else that a server does before it is ready.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Generic, TypeVar, cast

from clickgen.local.platform.service import Service, StationReport
from clickgen.local.platform.web import web

T = TypeVar("T")
S = TypeVar("S", bound=Service)


def later(make: Callable[[], T]) -> T:
    """What `make` makes, made when something of it is first used."""
    return cast("T", _Later(cache(make)))


class _Later:
    def __init__(self, made: Callable[[], object]) -> None:
        self.__made = made

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__made(), name)


class LaterService(Generic[S]):
    """A service that is opened by what first needs it; satisfies `Service`."""

    def __init__(
        self,
        signing_name: str,
        targets: Sequence[str],
        open_service: Callable[[], S],
        *,
        reports_at_once: bool = False,
    ) -> None:
        """targets: as a `Service` has them. reports_at_once: it may have stations before it is opened."""
        self.signing_names = frozenset({signing_name})
        self.targets = frozenset(targets)
        self._open = open_service
        self._reports_at_once = reports_at_once
        self._service: S | None = None

    @property
    def opened(self) -> S | None:
        """The service, or None if nothing has needed it."""
        return self._service

    def open(self) -> S:
        """The service itself."""
        if self._service is None:
            self._service = self._open()
        return self._service

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, whatever it asks for."""
        return await self.open().answer(request)

    def reports(self) -> Sequence[StationReport]:
        """What each of its stations has to say."""
        return self.open().reports() if self._reports_at_once or self._service is not None else ()

    async def close(self) -> int:
        """Finish what is under way; how many buffers could not be delivered and stay on disk."""
        return 0 if self._service is None else await self._service.close()
