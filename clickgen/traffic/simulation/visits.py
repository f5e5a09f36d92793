"""Who starts a session: everything about a session that is known when it begins, as a function of its number.

Sessions of a lane are numbered in the order of their starts. Those of the run count from 0; negative numbers
are starts before the run, so that visitors can return to it from the first second.
"""

import numpy as np
from numpy.typing import NDArray

from clickgen.model.random_bits import WORDS, bits_at, key_of
from clickgen.profile.audience import BOTS, PEOPLE, RETURN_LEVELS
from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.hours import VisitorHours
from clickgen.traffic.simulation.starts import Starts

# what stays the same through a session: its number, the visitor's id, and who the visitor is
VISIT = np.dtype(
    [
        ("number", np.int64),
        ("visitor", np.uint64),
        ("place", np.uint32),
        ("device", np.uint16),
        ("channel", np.uint8),
        ("flags", np.uint8),
    ]
)
RETURNING, SIGNED_IN, BOT = 1, 2, 4

_LOW = np.uint64((1 << 32) - 1)
_HALF = np.uint64(32)
_FIRST_CHUNK, _CHUNK = 1_024, 16_384  # sessions worked out at once: a short run needs few, many are fastest
_LEVEL_SHIFT = np.uint64(64 - (RETURN_LEVELS - 1).bit_length())
_LANE_SHIFT = 52
_TRIES = 4  # to find a returning visitor who would come at this hour

# the words of random bits that a session has, and a visitor
_RETURNS, _CHANNEL, _BOT = range(WORDS - 1)
_DEVICE, _PLACE, _COUNTRY, _ACCOUNT = range(WORDS)


class Arrivals:
    """Where the sessions of a lane come from. A visitor's number is that of the first start.

    A returning visitor is drawn, by hash, from earlier starts: the start that is a power-law distributed time
    back, and if that was itself a return, the one that it returned from. Visitors come at the hours at which they
    are awake: new ones are drawn from the countries by what time it is there, and a visitor who would return in
    the middle of the night is mostly replaced by another.
    """

    def __init__(self, tables: Tables, *, run: str, seed: int, lane: int, starts: Starts) -> None:
        self._tables, self._starts = tables, starts
        self._hours = VisitorHours(tables)
        self._session_key = key_of("session", seed, lane)
        self._visitor_key = key_of("visitor", seed, lane)
        self._churn_key = key_of("churn", seed, lane)
        self._try_keys = [key_of("session", seed, lane, attempt) for attempt in range(1, _TRIES)]
        self._session_ids, self._visitor_ids = key_of("session id", run, seed), key_of("visitor id", run, seed)
        self._bot_ids = key_of("bot id", run, seed)
        self._lane_bits = lane << _LANE_SHIFT  # numbers stay far below in their amount
        self._chunk = np.zeros(0, dtype=VISIT)
        self._at_once = _FIRST_CHUNK
        self._next = 0

    def begin_at(self, starts: Starts) -> None:
        """Change the times of the starts, before a session is taken."""
        self._starts = starts
        self._chunk = self._chunk[:0]

    def take(self, count: int) -> NDArray[np.void]:
        """The next `count` sessions, from number 0 on, an item of `VISIT` each."""
        taken = self._chunk[:count]
        if len(taken) < count:
            first = self._next + len(taken)
            more = self.at(np.arange(first, first + max(count, self._at_once)))
            self._at_once = min(2 * self._at_once, _CHUNK)
            self._chunk = np.concatenate([taken, more])
        found, self._chunk = self._chunk[:count], self._chunk[count:]
        self._next += count
        return found

    def session_ids(self, numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
        return bits_at(self._session_ids, numbers ^ self._lane_bits)

    def at(self, numbers: NDArray[np.int64], kind: int | None = None) -> NDArray[np.void]:
        """The sessions with these numbers; kind: PEOPLE or BOTS, if it is known which of them they are."""
        audience = self._tables.audience
        bots = self._bots(numbers)
        if kind is not None:
            bots[:] = kind == BOTS
        visitor, place, returning = self._people(numbers)
        account_bits = bits_at(self._visitor_key, visitor * WORDS + _ACCOUNT)
        signed_in = (account_bits & _LOW) < np.uint64(audience.signed_in)
        device_bits = bits_at(self._visitor_key, visitor * WORDS + _DEVICE)
        channel = audience.channels.draw(
            self._starts.campaigns(numbers, self._tables.rhythm), self._bits(numbers, _CHANNEL)
        )
        items = np.zeros(len(numbers), dtype=VISIT)
        items["number"] = numbers
        # a bot was never there before, and never will be again
        items["visitor"] = np.where(
            bots,
            bits_at(self._bot_ids, numbers ^ self._lane_bits),
            bits_at(self._visitor_ids, visitor ^ self._lane_bits),
        )
        items["place"] = place
        items["device"] = audience.devices.draw(np.where(bots, BOTS, PEOPLE), device_bits)
        items["channel"] = np.where(bots, audience.direct, channel)
        items["flags"] = np.where(bots, BOT, returning * RETURNING + signed_in * SIGNED_IN)
        return items

    def first_starts(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """For each of these sessions the one with which its visitor first came: itself if it is the first."""
        return np.where(self._bots(numbers), numbers, self._people(numbers)[0])

    def _bots(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        bots: NDArray[np.bool_] = (self._bits(numbers, _BOT) & _LOW) < np.uint64(self._tables.sessions.bots)
        return bots

    def _people(
        self, numbers: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """The visitors of sessions, where they live, and whether they return, of bots as if they were people."""
        hours = self._hours.rows(self._starts.hours(numbers))
        return_bits = self._bits(numbers, _RETURNS)
        returning = (return_bits & _LOW) < np.uint64(self._tables.audience.returning)
        visitor, place = numbers.copy(), np.empty_like(numbers)
        chosen, new = np.flatnonzero(returning), np.flatnonzero(~returning)
        place[new] = self._places(numbers[new], hours[new])
        visitor[chosen], place[chosen] = self._returning(numbers[chosen], hours[chosen], return_bits[chosen])
        return visitor, place, returning

    def _returning(
        self, numbers: NDArray[np.int64], hours: NDArray[np.int64], bits: NDArray[np.uint64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The visitors and their places of sessions that are returning visitors' at these hours."""
        visitor = self._visitor_before(numbers, bits)
        place = self._places_of(visitor)
        if self._hours.alike and not self._tables.audience.churned:
            return visitor, place  # one visitor is as likely as another
        odd = np.arange(len(numbers))
        for key in self._try_keys:
            bits = bits_at(key, numbers[odd] * WORDS)
            odd = odd[~self._would_come(visitor[odd], place[odd], hours[odd], bits)]
            if not len(odd):
                break
            visitor[odd] = self._visitor_before(numbers[odd], bits_at(key, numbers[odd] * WORDS + 1))
            place[odd] = self._places_of(visitor[odd])
        return visitor, place

    def _visitor_before(self, numbers: NDArray[np.int64], bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Who was there as long before these sessions as the bits say; for a return, who had come first."""
        audience = self._tables.audience
        visitor, unsettled = numbers.copy(), np.arange(len(numbers))
        while len(unsettled):
            back_ms = audience.return_after_ms.take((bits >> _LEVEL_SHIFT).view(np.int64))
            reached = visitor[unsettled] = self._starts.before(visitor[unsettled], back_ms)
            bits = self._bits(reached, _RETURNS)
            again = (bits & _LOW) < np.uint64(audience.returning)
            bits, unsettled = bits[again], unsettled[again]
        if audience.known:  # who came before the run is one of so many
            earlier = np.flatnonzero(visitor < 0)
            bits = bits_at(self._visitor_key, visitor[earlier] * WORDS)
            visitor[earlier] = -1 - ((bits >> _HALF) * np.uint64(audience.known) >> _HALF).view(np.int64)
        return visitor

    def _would_come(
        self,
        visitor: NDArray[np.int64],
        place: NDArray[np.int64],
        hours: NDArray[np.int64],
        bits: NDArray[np.uint64],
    ) -> NDArray[np.bool_]:
        audience = self._tables.audience
        awake = self._hours.awake(hours, audience.country_of_place.take(place))
        lost = (bits_at(self._churn_key, visitor) & _LOW) < np.uint64(audience.churned)
        come: NDArray[np.bool_] = ((bits >> _HALF).astype(np.float64) < awake * (_LOW + np.uint64(1))) & ~lost
        return come

    def _places_of(self, visitor: NDArray[np.int64]) -> NDArray[np.int64]:
        return self._places(visitor, self._hours.rows(self._starts.hours(visitor)))

    def _places(self, visitor: NDArray[np.int64], hours: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where visitors live who first came at these hours."""
        country = self._hours.countries(hours, bits_at(self._visitor_key, visitor * WORDS + _COUNTRY) >> _HALF)
        return self._tables.audience.places.draw(country, bits_at(self._visitor_key, visitor * WORDS + _PLACE))

    def _bits(self, numbers: NDArray[np.int64], word: int) -> NDArray[np.uint64]:
        return bits_at(self._session_key, numbers * WORDS + word)
