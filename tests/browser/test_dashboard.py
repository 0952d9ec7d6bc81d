"""The dashboard in a real Chromium: what one sees first on a telephone, and finding a SIM while typing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.shots import View, context_for
from tests.e2e.processes import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_the_first_screen_of_a_telephone_says_what_when_how_much_and_what_to_tap(
    demo_site: Site, browser: Browser, demo_login: dict
):
    context = context_for(browser, View("phone", "light", "en"), demo_login, demo_site.url)
    page = context.new_page()
    page.goto(f"{demo_site.url}/dashboard/")
    bar = page.locator(".site-nav-tabs").bounding_box()
    for part in (
        ".glance-next .figure-number-value",
        ".glance-taps .btn >> nth=0",
        ".glance-money .figure-number-value",
    ):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] < bar["y"], part
    context.close()


def test_the_list_follows_what_is_typed_and_the_digits_lead_to_the_sim(
    demo_site: Site, browser: Browser, demo_login: dict
):
    context = context_for(browser, View("phone", "light", "en"), demo_login, demo_site.url)
    page = context.new_page()
    page.goto(f"{demo_site.url}/dashboard/")
    everything = page.locator(".sim-card").count()
    page.locator("#id_q").press_sequentially("till 14")
    expect(page.locator("#list-count")).to_have_text(f"1 of {everything} SIMs")
    expect(page.locator(".sim-card h3")).to_have_text(["Till 14"])
    expect(page.locator("#id_q")).to_be_focused()
    assert "q=till%2014" in page.url
    page.reload()
    expect(page.locator(".sim-card h3")).to_have_text(["Till 14"])

    page.fill("#id_q", "50102")
    page.press("#id_q", "Enter")
    page.wait_for_url("**/sims/*/**")
    expect(page.locator("h1")).to_contain_text("Till 14")
    context.close()
