"""What a visitor with a slow network has to wait for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.shots import View, context_for
from tests.e2e.processes import Site

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(300)]

HTML, FIRST_VIEW = 30_000, 120_000  # bytes on the wire


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant", "ru", "kk"])
@pytest.mark.parametrize(
    "path", ["", "beeline/", "beeline/top-up-from-abroad/", "beeline/codes-and-contacts/", "assistant/"]
)
def test_a_first_look_at_the_handbook_is_light(path: str, language: str, demo_site: Site, browser: Browser):
    context = context_for(browser, View("phone", "light", language), None, demo_site.url)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    urls: dict[str, str] = {}
    weights: dict[str, float] = {}
    wire.on("Network.requestWillBeSent", lambda event: urls.__setitem__(event["requestId"], event["request"]["url"]))
    wire.on(
        "Network.loadingFinished", lambda event: weights.__setitem__(event["requestId"], event["encodedDataLength"])
    )

    address = f"{demo_site.url}/{language}/guides/{path}"
    page.goto(address, wait_until="networkidle")

    by_url = {urls[one]: weight for one, weight in weights.items() if not urls[one].startswith("data:")}
    assert all(url.startswith(demo_site.url) for url in by_url)
    assert 1_000 < by_url[address] < HTML, by_url
    assert sum(by_url.values()) < FIRST_VIEW, by_url
    context.close()
