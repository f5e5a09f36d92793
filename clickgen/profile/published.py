"""What is known of real traffic: the figures that a profile is compared with, each with its source.

Recorded means computed from recorded traffic; published means found in studies by others. If several sites or
studies differ, low and high are the least and the most of them.

Memory is counted over the steps from one page of a visit to the next: by how many bits knowing the page (or the
one before it as well) lowers the entropy of the next one. Where a visit begins and ends is not a step. If both are
counted, as in the 3.69 / 2.45 / 2.30 bits of entropy known of the same portal, memory is 1.24 and 0.15 bits.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_SITES = (
    "recorded: a news portal, three shops and a public web server, 2,986 to 989,818 visits each or a day of them"
)
_PORTAL = "recorded: a news portal, 989,818 visits"
_SHOPS = "recorded: shops, views of products"
_RETAIL = "published: studies of retail traffic"
_WEB = "published: studies of web traffic"


@dataclass(frozen=True, slots=True)
class Published:
    """A figure of real traffic."""

    what: str
    low: float
    high: float
    unit: str  # "%" for a share (0.48 is 48 %), "s" seconds, "h" the hour of a day, "bits", or "" for a number
    source: str


PUBLISHED: Mapping[str, Published] = {
    "pages_mean": Published("pages a session, mean", 2.7, 4.75, "", _SITES),
    "pages_p90": Published("pages, one in ten has at least", 6, 11, "", _SITES),
    "pages_p99": Published("pages, one in a hundred has at least", 12, 31, "", _SITES),
    "one_page": Published("sessions of one page only", 0.31, 0.46, "%", _SITES),
    "go_on_1": Published("chance to go on after page 1", 0.63, 0.63, "%", _PORTAL),
    "go_on_10": Published("chance to go on after page 10", 0.85, 0.85, "%", _PORTAL),
    "gap_median_s": Published("time between clicks, median", 24, 50, "s", _SITES),
    "gap_sigma": Published("time between clicks, sigma of its log", 0.94, 1.76, "", _SITES),
    "memory_1": Published("memory: a page tells of the next", 1.71, 1.71, "bits", _PORTAL),
    "memory_2": Published("memory: so does the one before it", 0.20, 0.20, "bits", _PORTAL),
    "landing": Published("sessions on the busiest landing page", 0.28, 0.28, "%", _PORTAL),
    "one_kind": Published("sessions of 3 or more, all on one page", 0.29, 0.29, "%", _PORTAL),
    "returning": Published("sessions of returning visitors", 0.48, 0.48, "%", _RETAIL),
    "mobile": Published("sessions on mobile", 0.64, 0.64, "%", _RETAIL),
    "desktop": Published("sessions on desktop", 0.33, 0.33, "%", _RETAIL),
    "tablet": Published("sessions on tablet", 0.03, 0.03, "%", _RETAIL),
    "carted": Published("product views put into the cart", 0.026, 0.087, "%", _RETAIL),
    "ordered": Published("carts that become an order", 0.30, 0.32, "%", _RETAIL),
    "seen_again": Published("product views of one seen before", 0.18, 0.29, "%", _SHOPS),
    "view_slope": Published("product views by rank, fall as power", 0.28, 0.50, "", _SHOPS),
    "popularity": Published("popularity of products, Zipf's exponent", 0.6, 1.03, "", _WEB),
    "bots": Published("requests of bots", 0.5, 0.5, "%", _WEB),
    "peak_hour": Published("busiest hour of the day", 21, 21, "h", _RETAIL),
}
