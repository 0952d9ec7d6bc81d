"""What a visitor with a slow network has to wait for, and whether the page then holds still and keeps to its policy."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.shots import View, context_for
from tests.browser.test_pages import watched
from tests.e2e.processes import Site

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(300)]

HTML, FIRST_VIEW = 30_000, 120_000  # bytes on the wire
DASHBOARD, DASHBOARD_FIRST, DASHBOARD_AGAIN = 25_000, 150_000, 10_000

A_HAIR = 0.01  # a script gives the steps of a guide their boxes to tick, and some words move by a pixel or two

# How far what one reads moves by itself, as browsers measure it: 0 is not at all.
SHIFTS = """() => new Promise((resolve) => {
  const found = [];
  new PerformanceObserver((list) => {
    for (const one of list.getEntries())
      if (!one.hadRecentInput)
        found.push([one.value, one.sources.map((source) => source.node?.outerHTML?.slice(0, 120) ?? "")]);
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(found), 300);
})"""
BROKEN_POLICY = """
  window.brokenPolicy = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    window.brokenPolicy.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


def weighed(context: BrowserContext, page: Page) -> Callable[[], dict[str, float]]:
    """Bytes on the wire by address; each call tells what came since the last one."""
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    urls: dict[str, str] = {}
    weights: dict[str, float] = {}
    wire.on("Network.requestWillBeSent", lambda event: urls.__setitem__(event["requestId"], event["request"]["url"]))
    wire.on(
        "Network.loadingFinished", lambda event: weights.__setitem__(event["requestId"], event["encodedDataLength"])
    )

    def since() -> dict[str, float]:
        found = {urls[one]: weight for one, weight in weights.items() if not urls[one].startswith("data:")}
        weights.clear()
        return found

    return since


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant", "ru", "kk"])
@pytest.mark.parametrize(
    "path", ["", "beeline/", "beeline/top-up-from-abroad/", "beeline/codes-and-contacts/", "assistant/"]
)
def test_a_first_look_at_the_handbook_is_light(path: str, language: str, demo_site: Site, browser: Browser):
    context = context_for(browser, View("phone", "light", language), None, demo_site.url)
    page = context.new_page()
    weights = weighed(context, page)

    address = f"{demo_site.url}/{language}/guides/{path}"
    page.goto(address, wait_until="networkidle")

    by_url = weights()
    assert all(url.startswith(demo_site.url) for url in by_url)
    assert 1_000 < by_url[address] < HTML, by_url
    assert sum(by_url.values()) < FIRST_VIEW, by_url
    context.close()


def test_the_dashboard_of_a_family_is_light_and_lighter_the_second_time(
    demo_site: Site, browser: Browser, demo_login: dict
):
    context = context_for(browser, View("phone", "light", "en"), demo_login, demo_site.url)
    wrong = watched(context, demo_site)
    page = context.new_page()
    weights = weighed(context, page)
    address = f"{demo_site.url}/dashboard/"

    page.goto(address, wait_until="networkidle")
    first = weights()
    assert page.locator("main").inner_text().count("Till 14") > 0
    assert wrong == []
    context.close()

    # What the worker fetches in a page's place goes over another wire, so the second visit is one without it.
    context = context_for(browser, View("phone", "light", "en"), demo_login, demo_site.url, service_workers="block")
    page = context.new_page()
    weights = weighed(context, page)
    page.goto(address, wait_until="networkidle")
    weights()
    page.goto("about:blank")
    page.goto(address, wait_until="networkidle")
    second = weights()

    assert 1_000 < first[address] < DASHBOARD, first
    assert sum(first.values()) < DASHBOARD_FIRST, first
    assert 1_000 < sum(second.values()) < DASHBOARD_AGAIN, second
    assert {urlsplit(url).netloc for url in first} == {urlsplit(demo_site.url).netloc}
    context.close()


@pytest.mark.parametrize(("size", "language"), [("phone", "ru"), ("desktop", "zh-hans")])
def test_nothing_moves_by_itself_and_the_policy_is_kept(
    size: str, language: str, demo_site: Site, browser: Browser, demo_login: dict
):
    moved, broken = {}, {}
    for state, paths in (
        (None, ["/", f"/{language}/guides/", f"/{language}/guides/kcell/renew-at-a-shop/", "/accounts/login/"]),
        (demo_login, ["/dashboard/", "/sims/3/", "/sims/add/", "/money/", "/reminders/", "/settings/"]),
    ):
        context = context_for(browser, View(size, "light", language), state, demo_site.url)
        page = context.new_page()
        page.add_init_script(BROKEN_POLICY)
        wrong = watched(context, demo_site)
        for path in paths:
            answer = page.goto(demo_site.url + path, wait_until="load")
            policy = answer.headers["content-security-policy"]
            if "unsafe" in policy or "default-src 'self'" not in policy:
                broken[path] = policy
            shifts = page.evaluate(SHIFTS)
            if sum(value for value, _places in shifts) > (A_HAIR if "/guides/" in path else 0):
                moved[path] = shifts
            if found := [*page.evaluate("window.brokenPolicy"), *wrong]:
                broken[path] = str(found)
            wrong.clear()
        context.close()
    assert broken == {}
    assert moved == {}


def test_what_moves_and_what_the_policy_forbids_would_be_noticed(demo_site: Site, browser: Browser):
    context = context_for(browser, View("phone", "light", "en"), None, demo_site.url)
    page = context.new_page()
    page.add_init_script(BROKEN_POLICY)
    page.goto(f"{demo_site.url}/accounts/login/")
    page.wait_for_timeout(700)  # what moves soon after a tap or a load of input is not counted
    page.evaluate(
        """() => {
          const block = document.createElement("div");
          block.style.height = "200px";
          document.querySelector("main").before(block);
          const image = document.createElement("img");
          image.src = "https://elsewhere.example/picture.png";
          document.body.append(image);
        }"""
    )
    assert page.evaluate(SHIFTS)[0][0] > 0
    assert "img-src https://elsewhere.example" in page.evaluate("window.brokenPolicy")[0]
    context.close()
