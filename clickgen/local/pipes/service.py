"""EventBridge Pipes as a service of the endpoint."""

from clickgen.local.pipes.control import PipeControl
from clickgen.local.pipes.pipes import EmbeddedPipes
from clickgen.local.pipes.targets import Neighbours
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.faults import FaultBoard, ServiceFaults
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.rest import RestService
from clickgen.local.platform.service import StationReport

_PIPE = "/v1/pipes/{name}"
_TAGS = "/tags/{arn}"


class Pipes(RestService):
    """All pipes of one lake behind the endpoint."""

    def __init__(self, lake: Lake, clock: ServiceClock, board: FaultBoard, neighbours: Neighbours) -> None:
        """Load the pipes; those that ran go on. LocalProblem if their state cannot be read."""
        self._pipes = EmbeddedPipes(lake, clock, ServiceFaults(board, "pipe"), neighbours)
        control = PipeControl(self._pipes)
        super().__init__(
            "pipes",
            [
                ("POST", _PIPE, control.create),
                ("PUT", _PIPE, control.update),
                ("GET", _PIPE, control.describe),
                ("DELETE", _PIPE, control.delete),
                ("POST", f"{_PIPE}/start", control.start),
                ("POST", f"{_PIPE}/stop", control.stop),
                ("GET", "/v1/pipes", control.list),
                ("GET", _TAGS, control.tags),
                ("POST", _TAGS, control.tag),
                ("DELETE", _TAGS, control.untag),
            ],
        )

    def reports(self) -> list[StationReport]:
        """What each pipe has moved."""
        return self._pipes.reports()

    async def close(self) -> int:
        """Stop the pipes where they are."""
        await self._pipes.close()
        return 0
