"""The tables of who visits: devices, places, channels, and how returning visitors come back."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import Choices, threshold
from clickgen.profile.places import made_up_cities, real_cities
from clickgen.profile.user_agents import BROWSER_VERSIONS, SCREENS, SYSTEM_VERSIONS, Software, user_agent

if TYPE_CHECKING:  # whoever only loads tables, as a worker does, needs no profile
    from clickgen.profile.model import Profile
    from clickgen.profile.people import Country, Device

RETURN_LEVELS = 4096
PEOPLE, BOTS = 0, 1
_MS_AN_HOUR = 3_600_000
_CITY_EXPONENT = 0.8  # sizes of cities fall with their rank by Zipf's law, a little flattened


@dataclass(frozen=True, slots=True, eq=False)
class AudienceTables:
    """Attributes that agree with each other, by number; those of one number belong together."""

    device_types: tuple[str, ...]  # of each device, as are the next six
    systems: tuple[str, ...]
    system_versions: tuple[str, ...]
    browsers: tuple[str, ...]
    browser_versions: tuple[str, ...]
    user_agents: tuple[str, ...]
    screens: NDArray[np.int64]
    devices: Choices  # a row for people and one for bots
    countries: tuple[str, ...]  # of each place, as are the next three
    cities: tuple[str, ...]
    languages: tuple[str, ...]
    zones: tuple[str, ...]
    places: Choices  # a row for each country
    country_shares: NDArray[np.float64]  # of the visitors
    country_zones: tuple[str, ...]
    country_of_place: NDArray[np.int64]
    channel_names: tuple[str, ...]
    referrers: tuple[str, ...]  # of each channel, as are the next three; "" if there is none
    utm_sources: tuple[str, ...]
    utm_mediums: tuple[str, ...]
    utm_campaigns: tuple[str, ...]
    channels: Choices  # a row for usual times and one for each campaign
    direct: int  # the channel that bots come by
    returning: int  # threshold of the chance that a session is a returning visitor's
    signed_in: int  # threshold of the chance that a visitor has an account
    churned: int  # threshold of the chance that a visitor never comes back
    known: int  # how many visitors there were before the run; 0 is without bound
    return_after_ms: NDArray[np.int64]  # quantiles of the time since a returning visitor's last visit

    @classmethod
    def draw(cls, profile: "Profile", seed: int) -> Self:
        """An audience from the profile, with names of cities, always the same for a seed."""
        devices = [*_devices(profile.devices), *_bots(profile)]
        software = [device.software for device in devices]
        places = [
            (number, *place)
            for number, country in enumerate(profile.countries)
            for place in _places(country, seed)
        ]
        visitors, channels = profile.visitors, profile.channels
        utms = [channel.utm for channel in channels]
        plain = [number for number, channel in enumerate(channels) if not channel.referrer and not channel.utm]
        return cls(
            device_types=tuple(each.device for each in software),
            systems=tuple(each.os for each in software),
            system_versions=tuple(each.os_version for each in software),
            browsers=tuple(each.browser for each in software),
            browser_versions=tuple(each.browser_version for each in software),
            user_agents=tuple(device.user_agent for device in devices),
            screens=np.array([device.screen for device in devices], dtype=np.int64),
            devices=Choices.of_rows(_device_rows(devices)),
            countries=tuple(profile.countries[place[0]].code for place in places),
            cities=tuple(place[1] for place in places),
            languages=tuple(place[2] for place in places),
            zones=tuple(profile.countries[place[0]].zone for place in places),
            places=Choices.of_rows(_place_rows(places, len(profile.countries))),
            country_shares=np.array([country.share for country in profile.countries]),
            country_zones=tuple(country.zone for country in profile.countries),
            country_of_place=np.array([place[0] for place in places], dtype=np.int64),
            channel_names=(*(channel.name for channel in channels), "direct"),
            referrers=(*(channel.referrer or "" for channel in channels), ""),
            utm_sources=(*(utm.source if utm else "" for utm in utms), ""),
            utm_mediums=(*(utm.medium if utm else "" for utm in utms), ""),
            utm_campaigns=(*(utm.campaign if utm else "" for utm in utms), ""),
            channels=Choices.of_rows(_channel_rows(profile)),
            direct=plain[0] if plain else len(channels),
            returning=threshold(visitors.returning),
            signed_in=threshold(visitors.signed_in),
            churned=threshold(visitors.churn),
            known=visitors.population or 0,
            return_after_ms=_return_levels(profile),
        )


class _DeviceKind(NamedTuple):
    software: Software
    user_agent: str
    screen: tuple[int, int]
    weight: float


def _devices(devices: "list[Device]") -> Iterator[_DeviceKind]:
    for device in devices:
        screens = [(width, height) for width, height in device.screens] or [
            SCREENS.get(device.type, SCREENS["desktop"])
        ]
        for system in device.systems:
            versions = system.versions or {SYSTEM_VERSIONS.get(system.os, ""): 1.0}
            for (version, part), (browser, share), screen in product(
                versions.items(), system.browsers.items(), screens
            ):
                known = (system.browser_versions or {}).get(browser) or BROWSER_VERSIONS.get(browser, "")
                software = Software(device.type, system.os, version, browser, known)
                weight = device.share * system.share * part * share / len(screens)
                yield _DeviceKind(software, user_agent(software), screen, weight)


def _bots(profile: "Profile") -> Iterator[_DeviceKind]:
    for agent, share in profile.bots.agents.items() if profile.bots else ():
        yield _DeviceKind(Software("bot", "", "", agent.split("/")[0], ""), agent, (0, 0), share)


def _device_rows(devices: list[_DeviceKind]) -> Iterator[tuple[list[int], list[float]]]:
    for bots in (False, True):
        chosen = [number for number, device in enumerate(devices) if (device.software.device == "bot") is bots]
        # without bots nothing draws from their row
        yield (chosen, [devices[number].weight for number in chosen]) if chosen else ([0], [1.0])


def _place_rows(
    places: list[tuple[int, str, str, float]], countries: int
) -> Iterator[tuple[list[int], list[float]]]:
    for country in range(countries):
        chosen = [number for number, place in enumerate(places) if place[0] == country]
        yield chosen, [places[number][3] for number in chosen]


def _channel_rows(profile: "Profile") -> Iterator[tuple[range, list[float]]]:
    shares = [channel.share for channel in profile.channels]
    for campaign in (None, *profile.campaigns):
        yield (
            range(len(shares)),
            [
                share
                * (campaign.channel_factor if campaign is not None and campaign.channel == channel.name else 1)
                for share, channel in zip(shares, profile.channels, strict=True)
            ],
        )


def _places(country: "Country", seed: int) -> list[tuple[str, str, float]]:
    """(city, language, weight) for the cities of a country, largest first."""
    cities = _cities(country, seed)
    weights = [(rank + 1.0) ** -_CITY_EXPONENT for rank in range(len(cities))]
    return [
        (city, language, weight * share)
        for city, weight in zip(cities, weights, strict=True)
        for language, share in country.languages.items()
    ]


def _cities(country: "Country", seed: int) -> list[str]:
    """Names of different cities, real ones if some of the country are known, else made up for its locale."""
    dice = f"{seed} {country.code}"
    real = real_cities(country.code)
    if not real:
        return made_up_cities(country.locale, country.cities, dice)
    Random(dice).shuffle(real)
    return real[: country.cities]


def _return_levels(profile: "Profile") -> NDArray[np.int64]:
    low, high = profile.visitors.returns_after_h, profile.visitors.returns_within_h
    levels = [(q + 0.5) / RETURN_LEVELS for q in range(RETURN_LEVELS)]
    return np.array([round(low * (high / low) ** level * _MS_AN_HOUR) for level in levels], dtype=np.int64)
