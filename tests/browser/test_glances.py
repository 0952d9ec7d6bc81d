"""The pictures of the dashboard: what lies ahead, and what it costs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.shots import View, context_for
from tests.e2e.processes import Site

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(180)]

# What moved without the reader's doing, added up as browsers count it.
SHIFTS = """window.shifted = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
}).observe({ type: "layout-shift", buffered: true });"""


def opened(browser: Browser, site: Site, login: dict, size: str, complaints: list[str]) -> Page:
    page = context_for(browser, View(size, "light", "en"), login, site.url).new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.add_init_script(SHIFTS)
    page.goto(f"{site.url}/dashboard/")
    return page


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_what_it_costs_comes_when_a_reader_scrolls_there_and_nothing_moves(
    size: str, demo_site: Site, browser: Browser, demo_login: dict
):
    complaints: list[str] = []
    page = opened(browser, demo_site, demo_login, size, complaints)
    assert page.locator(".spending svg").count() == 0

    page.locator(".spending").scroll_into_view_if_needed()

    page.wait_for_selector(".spending .chart-columns")
    assert page.evaluate("window.shifted") < 0.01
    assert complaints == []
    page.context.close()


def test_who_stands_on_its_link_keeps_the_focus(demo_site: Site, browser: Browser, demo_login: dict):
    page = opened(browser, demo_site, demo_login, "phone", [])
    page.focus(".spending a")
    page.wait_for_selector(".spending .chart-columns")
    page.wait_for_function("document.activeElement.id === 'spending-all'")
    page.context.close()


def test_the_next_days_fit_the_narrowest_telephone(demo_site: Site, browser: Browser, demo_login: dict):
    page = opened(browser, demo_site, demo_login, "phone", [])
    page.set_viewport_size({"width": 320, "height": 640})

    shapes = page.locator(".ahead-row").evaluate_all("all => all.map(one => one.getBoundingClientRect().right)")
    targets = page.locator(".ahead :is(a, summary)").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height).filter(height => height)"
    )

    assert len(shapes) == 8
    assert max(shapes) <= 320
    assert min(targets) >= 44
    page.context.close()
