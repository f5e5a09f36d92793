"""Calls in parts, for one thread that sends many at their moments and waits for all their answers at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clickgen.model.batch import Batch, CallResult

if TYPE_CHECKING:
    import socket

    from botocore.awsrequest import AWSResponse

    Heard = bytes | AWSResponse


@dataclass(frozen=True, slots=True)
class Express:
    """What a sink that sends its calls itself, over connections that can be waited for, makes of a batch."""

    request: Callable[[Batch], bytes]  # the whole call; raises what botocore raises for credentials
    connect: "Callable[[], socket.socket]"  # raises what botocore's session raises
    close: "Callable[[socket.socket], None]"
    is_idle: "Callable[[socket.socket], bool]"  # whether a connection is open, with nothing to read
    more_follows: Callable[[bytes], bool]  # whether what was read of an answer is plain HTTP, and not all of it
    takes_all: Callable[[bytes, Batch], bool]  # whether what was read is all of an answer and takes every record
    stays_open: Callable[[bytes], bool]  # whether the connection may be used again after such an answer
    # sends what is unsent of a call, reads what is missing of its answer, and says what became of it
    finish: "Callable[[Batch, socket.socket, bytes, bytes], CallResult]"
