"""The profiles that come with clickgen, a line or two each."""

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.text import Text

from clickgen.model.amounts import counted
from clickgen.profile.model import Profile


def render_profiles(profiles: Mapping[str, Profile]) -> RenderableType:
    """Name, description, how many pages, mean pages a session."""
    room = max(map(len, profiles))
    lines = []
    for name, profile in profiles.items():
        facts = f"{counted(len(profile.pages), 'page')}, {profile.sessions.mean_pages:.3g} pages a session"
        lines += [
            Text.assemble((f"{name:<{room}}", "bold"), f"  {profile.description}"),
            Text(f"{'':<{room}}  {facts}", style="dim"),
        ]
    return Group(*lines)
