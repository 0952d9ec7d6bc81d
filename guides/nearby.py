"""Where to look for a brand's shops and apps: searches on maps and in app stores. Pure: names in, addresses out.

We know no shop by its address, so nothing is claimed here: the reader's own map finds what is near. The maps are
those that open without an account; none learns from which page the reader came.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

ANY_SHOP = "салон связи"  # what such shops are called on the maps of the country


@dataclass(frozen=True)
class Search:
    """A search on another site; `host` is shown, so that the reader knows where the link leads."""

    name: str
    host: str
    url: str


def shop_searches(brand: str = "", network: str = "") -> list[Search]:
    """The shops of a brand near the reader. A brand is looked for together with its network, whose shops serve it
    or know who does; without a brand, any shop of mobile operators."""
    words = quote(f"{brand} {network}".strip() or ANY_SHOP)
    return [
        Search("2GIS", "2gis.kz", f"https://2gis.kz/search/{words}"),
        Search("Yandex Maps", "yandex.kz", f"https://yandex.kz/maps/?text={words}"),
        Search("Google Maps", "google.com", f"https://www.google.com/maps/search/?api=1&query={words}"),
    ]


def app_searches(app: str) -> list[Search]:
    """An app of this name in the two large stores."""
    words = quote(app)
    return [
        Search("App Store", "apps.apple.com", f"https://apps.apple.com/kz/search?term={words}"),
        Search("Google Play", "play.google.com", f"https://play.google.com/store/search?c=apps&q={words}"),
    ]
