"""Profiles as the JSON documents of `profiles list --json` and `profiles show --json`."""

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray
from rich.console import Group, RenderableType
from rich.text import Text

from clickgen.model.amounts import counted
from clickgen.profile.model import Profile
from clickgen.profile.survival import mean_pages
from clickgen.view.profile import DEPTHS, ProfilePicture


def list_json(profiles: Mapping[str, Profile]) -> dict[str, object]:
    """The profiles by name, each with its description, how many pages it has, and mean pages a session."""
    return {
        "profiles": [
            {
                "name": name,
                "description": profile.description,
                "pages": len(profile.pages),
                "pages_a_session": round(mean_pages(profile), 3),
                "schema": profile.schema_name,
            }
            for name, profile in profiles.items()
        ]
    }


def picture_json(picture: ProfilePicture) -> dict[str, object]:
    """What the picture shows; shares are of one, times in seconds."""
    profile, portrait = picture.profile, picture.portrait
    lengths, gaps = portrait.lengths, portrait.gaps_s
    return {
        "profile": picture.name,
        "description": profile.description,
        "site": profile.site,
        "sampled": {"sessions": portrait.sessions, "events": portrait.events},
        "pages": [
            {
                "page": flow.page,
                "event": flow.event,
                "views": flow.views,
                "end": flow.leaves,
                "next": dict(flow.following),
            }
            for flow in portrait.flows
        ],
        "pages_a_session": {"mean": float(lengths.mean()), **_quantiles(lengths)},
        "go_on": {str(depth): portrait.go_on(depth) for depth in DEPTHS if (lengths >= depth).any()},
        "seconds_between_clicks": _quantiles(gaps) if len(gaps) else None,
        "returning": portrait.returning,
        "signed_in": portrait.signed_in,
        "devices": portrait.devices,
        "bots": {"sessions": portrait.bot_sessions, "requests": portrait.bot_requests},
        "funnel": portrait.funnel and asdict(portrait.funnel),
        "hours": profile.rhythm and profile.rhythm.hours,
        "published": [
            {
                "what": each.published.what,
                "value": each.value,
                "low": each.published.low,
                "high": each.published.high,
                "unit": each.published.unit,
                "verdict": each.verdict,
                "source": each.published.source,
            }
            for each in picture.likenesses
        ],
    }


def _quantiles(values: NDArray[np.int64] | NDArray[np.float64]) -> dict[str, float]:
    return {f"p{share}": float(np.percentile(values, share)) for share in (25, 50, 75, 90, 99)}


def render_profiles(profiles: Mapping[str, Profile]) -> RenderableType:
    """Name, description, how many pages, mean pages a session."""
    room = max(map(len, profiles))
    lines = []
    for name, profile in profiles.items():
        facts = f"{counted(len(profile.pages), 'page')}, {mean_pages(profile):.3g} pages a session"
        lines += [
            Text.assemble((f"{name:<{room}}", "bold"), f"  {profile.description}"),
            Text(f"{'':<{room}}  {facts}", style="dim"),
        ]
    return Group(*lines)
