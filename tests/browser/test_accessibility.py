"""Nothing that axe finds wrong stands on any page, in either theme."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.shots import HANDBOOK, PRIVATE, PUBLIC, View, context_for, speak
from tests.e2e.processes import Site, eventually

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(300)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIM = {"sim": "/sims/3/", "renew": "/plans/2/renew/", "clerk": "/sims/3/clerk/", "reply": "/sims/3/reply/"}
SIM |= {"accounts": "/sims/6/accounts/"}


def violations(page: Page) -> list[str]:
    """What axe finds, each with the first place where it stands."""
    found = Axe().run(page, options={"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}})
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found.response["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "language"), [("phone", "ru"), ("desktop", "zh-hans")])
def test_axe_finds_nothing(size: str, language: str, scheme: str, demo_site: Site, browser: Browser, demo_login: dict):
    wrong = []
    for pages, state in ((PUBLIC | HANDBOOK, None), (PRIVATE | SIM, demo_login)):
        context = context_for(browser, View(size, scheme, language), state, demo_site.url)
        page = context.new_page()
        if state:
            speak(page, demo_site.url, language)
        for name, path in pages.items():
            page.goto(demo_site.url + path.format(language=language))
            wrong += [f"{name}: {one}" for one in violations(page)]
        context.close()
    assert wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_message_as_it_was_sent(
    scheme: str, demo_site: Site, browser: Browser, demo_login: dict
):
    context = context_for(browser, View("phone", scheme, "en"), demo_login, demo_site.url)
    page = context.new_page()
    subject = page.locator("a.subject").first

    def is_sent() -> bool:
        page.goto(f"{demo_site.url}/reminders/sent/")
        return subject.count() > 0

    eventually(is_sent, timeout=60, every=1)
    assert violations(page) == []
    subject.click()
    page.wait_for_selector("main h1")
    assert violations(page) == []
    context.close()
