"""User agent strings that browsers would send, and the versions and screens that a profile leaves open.

The forms are those the browsers' makers document: Chrome's and Edge's reduced user agent (the minor version is
always 0.0.0, Android is "10; K", macOS "10_15_7"), Firefox's and Safari's frozen platform parts. The versions
are those current in the autumn of 2026 as far as they were announced.
"""

from typing import NamedTuple

# for what a profile leaves open
SYSTEM_VERSIONS = {
    "Android": "15",
    "iOS": "18.6",
    "iPadOS": "18.6",
    "Windows": "10.0",
    "macOS": "15.6",
    "Linux": "",
}
BROWSER_VERSIONS = {
    "Chrome": "141.0.0.0",
    "Chrome Mobile": "141.0.0.0",
    "Chrome iOS": "141.0.7390.41",
    "Edge": "141.0.0.0",
    "Firefox": "143.0",
    "Safari": "18.6",
    "Mobile Safari": "18.6",
    "Samsung Internet": "28.0",
    "Opera": "122.0.0.0",
}
SCREENS = {"mobile": (390, 844), "tablet": (820, 1180), "desktop": (1920, 1080)}
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


class Software(NamedTuple):
    """What a device runs."""

    device: str
    os: str
    os_version: str
    browser: str
    browser_version: str


def user_agent(software: Software) -> str:
    """What this software calls itself."""
    if software.os in ("iOS", "iPadOS"):
        return _on_ios(software)
    platform, version = _platform(software), software.browser_version
    if software.browser == "Firefox":
        if software.os == "Android":
            kind = f"Android {software.os_version}; Mobile"
            return f"Mozilla/5.0 ({kind}; rv:{version}) Gecko/{version} Firefox/{version}"
        return f"Mozilla/5.0 ({platform}; rv:{version}) Gecko/20100101 Firefox/{version}"
    if software.browser == "Safari":
        return f"Mozilla/5.0 ({platform}) {_APPLE} Version/{version} Safari/605.1.15"
    mobile = " Mobile" if software.device == "mobile" else ""
    chromium = version if software.browser.startswith("Chrome") else BROWSER_VERSIONS["Chrome"]
    own = {"Edge": f" Edg/{version}", "Opera": f" OPR/{version}"}.get(software.browser, "")
    samsung = f"SamsungBrowser/{version} " if software.browser == "Samsung Internet" else ""
    return f"Mozilla/5.0 ({platform}) {_WEBKIT} {samsung}Chrome/{chromium}{mobile} Safari/537.36{own}"


def _platform(software: Software) -> str:
    return {
        "Android": "Linux; Android 10; K",
        "Windows": "Windows NT 10.0; Win64; x64",
        "macOS": "Macintosh; Intel Mac OS X 10_15_7",
        "Linux": "X11; Linux x86_64",
    }.get(software.os, software.os)


def _on_ios(software: Software) -> str:
    version = software.os_version.replace(".", "_")
    kind = f"iPad; CPU OS {version}" if software.os == "iPadOS" else f"iPhone; CPU iPhone OS {version}"
    name = (
        f"CriOS/{software.browser_version}"
        if "Chrome" in software.browser
        else f"Version/{software.browser_version}"
    )
    return f"Mozilla/5.0 ({kind} like Mac OS X) {_APPLE} {name} Mobile/15E148 Safari/604.1"
