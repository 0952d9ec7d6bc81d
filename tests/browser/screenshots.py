"""Takes the pictures that the site and its documents show, from the demo account of a site of its own.

    python -m tests.browser.screenshots

The landing page gets the dashboard on a phone, in every language and both themes; README and docs/ get the main pages
on a phone and a desk, in three languages. What stands there already is replaced.
"""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from kzsim.common.languages import LANGUAGES
from tests import chromium
from tests.browser.shots import FLAGS, View, context_for, signed_in, views
from tests.browser.shots import LANGUAGES as SHOWN_LANGUAGES
from tests.e2e.processes import ROOT, Site, eventually

PICTURES = ROOT / "docs" / "pictures"
LANDING = ROOT / "static" / "img" / "landing"
LANDING_BYTES = 30_000  # each: a first visit loads one of them
PICTURE_BYTES = 48_000
SHARPNESS = {"phone": 1.5, "desktop": 1}  # pixels of the picture to one of the page
QUALITIES = range(85, 5, -10)
SHOWN_SIM = "+77475550107"  # too little money for its next charge: there is most to see


@dataclass(frozen=True)
class Shown:
    """A page of the documents. `path` may name the language and the SIM."""

    name: str
    path: str
    is_private: bool = True


SHOWN = [
    Shown("landing", "/", is_private=False),
    Shown("dashboard", "/dashboard/"),
    Shown("sim", "/sims/{sim}/"),
    Shown("reminders", "/reminders/"),
    Shown("guide", "/{language}/guides/kcell/renew-at-a-shop/", is_private=False),
    Shown(
        "assistant",
        "/{language}/guides/assistant/?operator=beeline&place=abroad&payments=unionpay#answer",
        is_private=False,
    ),
]


def main() -> int:
    executable = chromium.executable()
    if executable is None:
        print("No Chromium was found on this machine, and it takes the pictures.", file=sys.stderr)  # noqa: T201
        return 1
    site = Site()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
            for target in take_all(site, browser):
                print(f"{target.relative_to(ROOT)}  {target.stat().st_size / 1000:.0f} kB")  # noqa: T201
            browser.close()
    finally:
        site.close()
    return 0


def take_all(site: Site, browser: Browser) -> Iterator[Path]:
    """The landing page shows its pictures only once the site has started with them."""
    site.start()
    yield from landing_pictures(site, browser)
    site.stop()
    site.start()
    yield from document_pictures(site, browser)


def landing_pictures(site: Site, browser: Browser) -> Iterator[Path]:
    LANDING.mkdir(parents=True, exist_ok=True)
    for language, _name in LANGUAGES:
        state = demo_session(site, browser, language)
        for scheme in ("light", "dark"):
            page = a_page(site, browser, View("phone", scheme, language), state)
            page.goto(f"{site.url}/dashboard/")
            yield picture(page, LANDING / f"{language}-{scheme}.webp", LANDING_BYTES, SHARPNESS["phone"])
            page.context.close()


def document_pictures(site: Site, browser: Browser) -> Iterator[Path]:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.webp"):
        old.unlink()
    for language in SHOWN_LANGUAGES:
        state = demo_session(site, browser, language)
        sim = site.rows(f"SELECT id FROM plans_sim WHERE number = '{SHOWN_SIM}'")[0][0]
        for view in (view for view in views(list(SHOWN_LANGUAGES)) if view.language == language):
            for shown in SHOWN:
                page = a_page(site, browser, view, state if shown.is_private else None)
                page.goto(site.url + shown.path.format(language=language, sim=sim))
                yield picture(page, PICTURES / f"{shown.name}-{view}.webp", PICTURE_BYTES, SHARPNESS[view.size])
                page.context.close()


def demo_session(site: Site, browser: Browser, language: str) -> dict:
    """The cookies of the demo account, which speaks this language, names its SIMs in it, and has been reminded once."""
    printed = site.manage("load_demo", "--language", language)
    email, password = re.search(r"(\S+)  password: (\S+)", printed).groups()
    eventually(lambda: site.rows("SELECT id FROM plans_message WHERE state = 'sent'"), 60)
    return signed_in(browser, site.url, email, password)


def a_page(site: Site, browser: Browser, view: View, state: dict | None) -> Page:
    return context_for(browser, view, state, site.url).new_page()


def picture(page: Page, target: Path, most: int, sharpness: float) -> Path:
    """What the window shows, at the best quality that fits into so many bytes."""
    page.evaluate("document.fonts.ready")
    page.wait_for_load_state("networkidle")
    window = page.evaluate("({x: scrollX, y: scrollY, width: innerWidth, height: innerHeight})")
    options = {"format": "webp", "clip": window | {"scale": sharpness}}
    session = page.context.new_cdp_session(page)
    for quality in QUALITIES:
        taken = session.send("Page.captureScreenshot", options | {"quality": quality})
        content = base64.b64decode(taken["data"])
        if len(content) <= most:
            break
    target.write_bytes(content)
    return target


if __name__ == "__main__":
    sys.exit(main())
