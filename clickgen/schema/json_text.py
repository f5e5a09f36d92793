"""Events as JSON: a template of objects, arrays and constants with facts in their places, made into pieces."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from clickgen.schema.parts import RowEnding
from clickgen.schema.pieces import Cart, InCart, Of, Piece, Wide
from clickgen.schema.sources import FieldSource, View

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Raw:
    """A value that is written as it is, such as digits."""

    pieces: tuple[bytes | Wide | RowEnding, ...]


@dataclass(frozen=True, slots=True)
class RawSpread:
    """Members of an object that are written as they are, each with a comma before it."""

    pieces: tuple[bytes | Wide | RowEnding, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Value(Generic[T]):
    """A value that depends on a word of a source."""

    source: FieldSource[T]
    of: Callable[[T], object]


@dataclass(frozen=True, slots=True, eq=False)
class SpreadText(Generic[T]):
    """Members of an object, or elements of an array, after the others; often none.

    In an object its own key is for readers of the template only.
    """

    source: FieldSource[T]
    of: Callable[[T], dict[str, object] | list[object]]


@dataclass(frozen=True, slots=True, eq=False)
class CartValue:
    """A value that depends on the cart; on pages that are not about it, on the view alone.

    tells_lines: whether `of` looks at the cart's lines.
    """

    of: Callable[[Cart], object]
    elsewhere: Callable[[View], object] = lambda _: None
    tells_lines: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CartSpread:
    """Members or elements, as in `SpreadText`, that depend on the cart; on other pages on the view alone."""

    of: Callable[[Cart], dict[str, object] | list[object]]
    elsewhere: Callable[[View], dict[str, object] | list[object]] = lambda _: {}
    tells_lines: bool = False


def number(*pieces: bytes | Wide) -> Raw:
    """A number of these digits; the first is not 0."""
    return Raw(pieces)


def text(*pieces: bytes | Wide) -> Raw:
    """A text of these pieces, in which nothing must be escaped."""
    return Raw((b'"', *pieces, b'"'))


def json_pieces(template: object) -> Iterator[Piece]:
    """The pieces of a JSON value: dicts, lists and constants, and in them the values of this file."""
    match template:
        case Raw() | RawSpread():
            yield from template.pieces
        case Value():
            yield Of(template.source, _of(_to_keep, template.of))
        case SpreadText():
            yield Of(template.source, _of(_inside, template.of))
        case CartValue():
            yield InCart(
                _of(orjson.dumps, template.of), _of(orjson.dumps, template.elsewhere), template.tells_lines
            )
        case CartSpread():
            yield InCart(_of(_inside, template.of), _of(_inside, template.elsewhere), template.tells_lines)
        case Mapping():
            yield from _object(template)
        case list():
            yield from _array(template)
        case _:
            yield orjson.dumps(template)


def _object(template: Mapping[str, object]) -> Iterator[Piece]:
    opening = b"{"
    for key, value in template.items():
        if isinstance(value, SpreadText | CartSpread | RawSpread):
            if opening == b"{":
                raise ValueError(f"the spread {key} is the first of its object")  # its comma would stand alone
        else:
            yield opening + orjson.dumps(key) + b":"
            opening = b","
        yield from json_pieces(value)
    yield b"}" if template else b"{}"


def _array(template: list[object]) -> Iterator[Piece]:
    opening = b"["
    for value in template:
        if not isinstance(value, SpreadText | CartSpread):
            yield opening
            opening = b","
        elif opening == b"[":
            raise ValueError("a spread is the first of its array")
        yield from json_pieces(value)
    yield b"]" if template else b"[]"


def _of(write: Callable[[Any], bytes], of: Callable[[Any], object]) -> Callable[[Any], bytes]:
    return lambda word: write(of(word))


def _to_keep(value: object) -> bytes:
    # a copy: what orjson returns is cut from a kilobyte, whose rest is lost for as long as the text is kept
    return bytes(memoryview(orjson.dumps(value)))


def _inside(members: dict[str, object] | list[object]) -> bytes:
    return b"," + orjson.dumps(members)[1:-1] if members else b""
