"""The page that most people see first."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.shots import View, context_for
from tests.e2e.processes import Site

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(300)]

FIRST_VISIT = 150_000  # bytes on the wire
_SHIFTS = (
    "new PerformanceObserver(all => all.getEntries().forEach(one => window.shift = (window.shift || 0) + one.value))"
)


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desktop", "dark")])
def test_a_first_visit_is_light_and_nothing_jumps(size: str, scheme: str, demo_site: Site, browser: Browser):
    context = context_for(browser, View(size, scheme, "ru"), None, demo_site.url)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    urls: dict[str, str] = {}
    weights: dict[str, float] = {}
    wire.on("Network.requestWillBeSent", lambda event: urls.__setitem__(event["requestId"], event["request"]["url"]))
    wire.on(
        "Network.loadingFinished", lambda event: weights.__setitem__(event["requestId"], event["encodedDataLength"])
    )
    page.add_init_script(f"{_SHIFTS}.observe({{type: 'layout-shift', buffered: true}})")

    page.goto(f"{demo_site.url}/", wait_until="networkidle")

    pictures = [url for url in urls.values() if "/landing/" in url]
    assert len(pictures) == 1
    assert f"ru-{scheme}" in pictures[0]
    assert page.evaluate("document.querySelector('.hero-picture img').naturalWidth") > 390
    assert 20_000 < sum(weights.values()) < FIRST_VISIT, {urls[one]: weight for one, weight in weights.items()}
    assert page.evaluate("window.shift || 0") == 0
    context.close()
