"""Every page in a real Chromium: nothing breaks the policy, nothing is fetched elsewhere, nothing is too wide."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.shots import HANDBOOK, LANGUAGES, PRIVATE, PUBLIC, View, context_for, speak
from tests.e2e.processes import Site, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SIM = {"sim": "/sims/3/", "renew": "/plans/2/renew/", "clerk": "/sims/3/clerk/", "reply": "/sims/3/reply/"}
VIEWS = [
    View(size, scheme, language) for size, scheme in (("phone", "dark"), ("desktop", "light")) for language in LANGUAGES
]


def watched(context: BrowserContext, site: Site) -> list[str]:
    """What goes wrong on the pages of this context, as it goes wrong."""
    wrong: list[str] = []
    context.on("console", lambda message: wrong.append(f"console: {message.text}") if message.type == "error" else None)
    context.on("weberror", lambda error: wrong.append(f"script: {error.error}"))
    host = urlsplit(site.url).netloc
    context.on(
        "request",
        lambda asked: (
            wrong.append(f"elsewhere: {asked.url}")
            if urlsplit(asked.url).scheme.startswith("http") and urlsplit(asked.url).netloc != host
            else None
        ),
    )
    return wrong


def too_wide(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_no_page_breaks_the_policy_or_the_window(view: View, demo_site: Site, browser: Browser, demo_login: dict):
    context = context_for(browser, view, demo_login, demo_site.url)
    page = context.new_page()
    speak(page, demo_site.url, view.language)
    wrong = watched(context, demo_site)
    for name, path in (PRIVATE | PUBLIC | HANDBOOK | SIM).items():
        answer = page.goto(demo_site.url + path.format(language=view.language))
        assert answer is not None
        assert answer.status == (404 if name == "missing" else 200), name
        assert page.get_attribute("html", "lang") == view.language, name
        assert too_wide(page) <= 0, f"{name} is {too_wide(page)} px too wide"
        # The browser itself reports an answer of 404 as an error.
        assert [one for one in wrong if "404" not in one] == [], name
        wrong.clear()
    context.close()


def test_320_pixels_and_large_text_need_no_sideways_scrolling(demo_site: Site, browser: Browser, demo_login: dict):
    context = browser.new_context(viewport={"width": 320, "height": 640}, storage_state=demo_login, locale="ru")
    page = context.new_page()
    speak(page, demo_site.url, "ru")
    for name, path in (PRIVATE | PUBLIC | HANDBOOK | SIM).items():
        page.goto(demo_site.url + path.format(language="ru"))
        assert too_wide(page) <= 0, f"{name} is {too_wide(page)} px too wide"
    context.close()


def test_a_person_adds_a_sim_on_a_telephone_and_renews_it(demo_site: Site, browser: Browser):
    context = context_for(browser, View("phone", "light", "en"), None, demo_site.url)
    wrong = watched(context, demo_site)
    page = context.new_page()
    page.goto(f"{demo_site.url}/accounts/signup/")
    page.fill("[name=email]", "timur@example.org")
    page.fill("[name=password1]", "a calm long password 7")
    page.get_by_role("button", name="Sign up", exact=True).click()
    page.wait_for_url("**/dashboard/")
    # The browser's zone was stored without asking.
    zone = "from plans.models import Person; print(Person.objects.get(email='timur@example.org').time_zone)"
    assert demo_site.ask(zone) == "Asia/Almaty"

    page.goto(f"{demo_site.url}/sims/add/")
    page.fill("[name=number]", "8 707 765 43 21")
    page.locator("[name=number]").blur()
    # 707 is Tele2: it is proposed while the number is typed.
    expect(page.locator("[name=operator][value=tele2]")).to_be_checked(timeout=10_000)
    page.fill("[name=price]", "4 990")
    page.get_by_label("Another day").check()
    until = date.today() + timedelta(days=12)  # noqa: DTZ011
    page.fill("[name=paid_until]", until.isoformat())
    page.get_by_role("button", name="Save").first.click()
    page.wait_for_url("**/sims/*/")
    expect(page.locator("main")).to_contain_text("4,990")

    page.goto(f"{demo_site.url}/dashboard/")
    page.get_by_role("link", name="I have renewed").first.click()
    proposed = page.input_value("#sheet [name=paid_until]")
    assert date.fromisoformat(proposed) - until == timedelta(days=30)
    page.get_by_role("button", name="Save the new date").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    stored = "from plans.models import Plan; print(Plan.objects.get(sim__number='+77077654321').paid_until)"
    eventually(lambda: demo_site.ask(stored) == until.isoformat())
    assert wrong == []
    context.close()


def test_the_reminder_of_the_demo_is_readable_in_the_mailbox(demo_site: Site, browser: Browser):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()

    def mail_is_there() -> bool:
        page.goto(f"{demo_site.url}/mailbox/")
        return "Till 14" in page.inner_text("main")

    eventually(mail_is_there, timeout=60, every=1)
    wrong = watched(context, demo_site)
    page.get_by_role("link", name="Till 14").first.click()
    letter = page.frame_locator("iframe")
    expect(letter.get_by_role("link", name="I have renewed").first).to_be_visible()
    expect(letter.locator("body")).to_contain_text("Money needed: 2,990")
    assert wrong == []
    context.close()
