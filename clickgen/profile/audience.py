"""The tables of who visits: devices, places, channels, and how returning visitors come back."""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import Choices, threshold
from clickgen.profile.model import Country, Profile

RETURN_LEVELS = 4096
_MS_AN_HOUR = 3_600_000
_CITY_EXPONENT = 0.8  # sizes of cities fall with their rank by Zipf's law, a little flattened
_DRAWS_A_CITY = 20


@dataclass(frozen=True, slots=True, eq=False)
class AudienceTables:
    """Attributes that agree with each other, by number; the words of one number belong together.

    device d is device_types[d] with systems[d] and browsers[d]; place p is cities[p] in countries[p] with
    languages[p]; channel c brings referrers[c] and the three UTM words ("" where there is none).
    returning: threshold of the chance that a session is a returning visitor's. return_after_ms: quantiles
    of the time since the visit that they are drawn from.
    """

    device_types: tuple[str, ...]
    systems: tuple[str, ...]
    browsers: tuple[str, ...]
    devices: Choices
    countries: tuple[str, ...]
    cities: tuple[str, ...]
    languages: tuple[str, ...]
    places: Choices
    referrers: tuple[str, ...]
    utm_sources: tuple[str, ...]
    utm_mediums: tuple[str, ...]
    utm_campaigns: tuple[str, ...]
    channels: Choices
    returning: int
    return_after_ms: NDArray[np.int64]

    @classmethod
    def draw(cls, profile: Profile, seed: int) -> Self:
        """An audience from the profile, its cities named by Faker, always the same for a seed."""
        devices = [
            (device.type, system.os, browser, device.share * system.share * share)
            for device in profile.devices
            for system in device.systems
            for browser, share in system.browsers.items()
        ]
        places = [place for country in profile.countries for place in _places(country, seed)]
        channels = profile.channels
        utms = [channel.utm for channel in channels]
        return cls(
            device_types=tuple(row[0] for row in devices),
            systems=tuple(row[1] for row in devices),
            browsers=tuple(row[2] for row in devices),
            devices=Choices.of_weights([row[3] for row in devices]),
            countries=tuple(row[0] for row in places),
            cities=tuple(row[1] for row in places),
            languages=tuple(row[2] for row in places),
            places=Choices.of_weights([row[3] for row in places]),
            referrers=tuple(channel.referrer or "" for channel in channels),
            utm_sources=tuple(utm.source if utm else "" for utm in utms),
            utm_mediums=tuple(utm.medium if utm else "" for utm in utms),
            utm_campaigns=tuple(utm.campaign if utm else "" for utm in utms),
            channels=Choices.of_weights([channel.share for channel in channels]),
            returning=threshold(profile.visitors.returning),
            return_after_ms=_return_levels(profile),
        )


def _places(country: Country, seed: int) -> list[tuple[str, str, str, float]]:
    """(country, city, language, weight) for the cities of a country, largest first."""
    cities = _cities(country, seed)
    weights = [(rank + 1.0) ** -_CITY_EXPONENT for rank in range(len(cities))]
    total = math.fsum(weights)
    return [
        (country.code, city, language, country.share * weight / total * share)
        for city, weight in zip(cities, weights, strict=True)
        for language, share in country.languages.items()
    ]


def _cities(country: Country, seed: int) -> list[str]:
    """Names of different cities: real places where Faker knows some of the country, else its locale's names."""
    from faker import Factory  # noqa: PLC0415  # slow to import, and a worker has its tables already

    # only two of Faker's providers are loaded, which its types cannot know, but which is ten times as fast
    fake: Any = Factory.create(country.locale, providers=["faker.providers.address", "faker.providers.geo"])
    fake.seed_instance(f"{seed} {country.code}")
    found: dict[str, None] = {}
    for _ in range(country.cities * _DRAWS_A_CITY):
        if len(found) == country.cities:
            break
        real = fake.local_latlng(country_code=country.code)
        found[real[2] if real else fake.city()] = None
    return list(found)


def _return_levels(profile: Profile) -> NDArray[np.int64]:
    low, high = profile.visitors.returns_after_h, profile.visitors.returns_within_h
    levels = [(q + 0.5) / RETURN_LEVELS for q in range(RETURN_LEVELS)]
    return np.array([round(low * (high / low) ** level * _MS_AN_HOUR) for level in levels], dtype=np.int64)
