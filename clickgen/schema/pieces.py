"""The pieces of text that an event consists of, in order: what a schema is written in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from clickgen.model.event_id import ID_LENGTH
from clickgen.schema.parts import RowEnding, Values, id_of
from clickgen.schema.sources import FieldSource, View

T = TypeVar("T")


class Wide(NamedTuple):
    """Text of a fixed width, another for each event."""

    width: int
    values: Values


@dataclass(frozen=True, slots=True, eq=False)
class Of(Generic[T]):
    """Text that depends on one word of a source."""

    source: FieldSource[T]
    write: Callable[[T], bytes]


class Cart(NamedTuple):
    """What an event on a page about the cart says of it: what is in it afterwards, or what an order buys."""

    view: View
    quantity: int  # pieces put in by this event
    items: int
    cents: int
    lines: tuple[tuple[int, int], ...]  # the number of each product, and how many pieces
    order: int

    @property
    def order_id(self) -> str:
        """The order's id as 16 hex digits."""
        return f"{self.order:016x}"


@dataclass(frozen=True, slots=True, eq=False)
class InCart:
    """Text that depends on the cart on pages that are about it, elsewhere on the view alone.

    tells_lines: whether `write` looks at the cart's lines, which otherwise may be None.
    """

    write: Callable[[Cart], bytes]
    elsewhere: Callable[[View], bytes]
    tells_lines: bool = False


ID = Wide(ID_LENGTH, id_of)
Piece = bytes | Wide | RowEnding | Of[Any] | InCart
