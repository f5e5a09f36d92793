"""Which events a table no longer holds because another event has their key."""

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap64
from xxhash import xxh3_64_intdigest

from clickgen.model.block import Block
from clickgen.verify.landings.dynamodb.items import Item
from clickgen.verify.proof.content.expectations import LaneOpener
from clickgen.verify.proof.found.findings import number_array, number_set


class HeldKeys:
    """The keys that a table holds, by a digest of eight bytes each. Equal numbers are one key, 1 as 1.0."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        """keys: the names of the key attributes, with their type S or N."""
        self._keys = dict(keys)
        self._parts: list[NDArray[np.uint64]] = []

    def add(self, items: Iterable[Item]) -> None:
        digests = [
            _digest(_key_text(kind, item[name][kind]) for name, kind in self._keys.items()) for item in items
        ]
        self._parts.append(np.array(digests, dtype=np.uint64))

    def holds(self, events: Iterable[bytes]) -> NDArray[np.bool_]:
        """For each event, a JSON object, whether an item has its key. An event without a key is not held."""
        texts = (self._texts(event) for event in events)
        digests = [_digest(parts) if parts else None for parts in texts]
        known = np.array([digest or 0 for digest in digests], dtype=np.uint64)
        have = np.array([digest is not None for digest in digests], dtype=np.bool_)
        return have & np.isin(known, np.concatenate(self._parts) if self._parts else [])

    def settle(self) -> None:
        """All keys have been noted: keep each once."""
        if self._parts:
            self._parts = [np.unique(np.concatenate(self._parts))]

    def _texts(self, event: bytes) -> list[str]:
        try:
            fields: dict[str, Any] = json.loads(event, parse_int=Decimal, parse_float=Decimal)
            return [_key_text(kind, fields[name]) for name, kind in self._keys.items()]
        except (ValueError, KeyError, TypeError, InvalidOperation):
            return []


def overwritten(absent: Mapping[int, BitMap64], held: HeldKeys, lanes: LaneOpener) -> dict[int, BitMap64]:
    """The absent events, by lane, whose key another item has. lanes: the events as they were sent."""
    held.settle()
    found: dict[int, BitMap64] = {}
    for lane, numbers in absent.items():
        for block in _blocks(lanes, lane, numbers):
            chosen = numbers & _range(block.first, block.end)
            if not chosen:
                continue
            positions = number_array(chosen)
            events = (block.event(position - block.first) for position in positions.tolist())
            gone = number_set(positions[held.holds(events)])
            if gone:
                found[lane] = found.get(lane, BitMap64()) | gone
    return found


def _blocks(lanes: LaneOpener, lane: int, numbers: BitMap64) -> Iterator[Block]:
    """The blocks of a lane that can hold these numbers."""
    if not numbers:
        return
    source = lanes.open_lane(lane, numbers.min())
    while (block := source.next_block()) is not None:
        yield block
        if block.end > numbers.max():
            return


def _range(first: int, end: int) -> BitMap64:
    numbers = BitMap64()
    numbers.add_range(first, end)
    return numbers


def _key_text(kind: str, value: object) -> str:
    return f"N{Decimal(str(value)).normalize()}" if kind == "N" else f"S{value}"


def _digest(parts: Iterable[str]) -> int:
    return xxh3_64_intdigest(json.dumps(list(parts)).encode())
