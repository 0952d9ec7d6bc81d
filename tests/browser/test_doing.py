"""Doing without leaving the page, in a real Chromium: the sheet, its focus, toasts, and what was not saved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from plans import demo
from tests.browser.shots import View, context_for, signed_in
from tests.browser.test_pages import too_wide, watched
from tests.e2e.processes import Site, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

RENEW = "main a[data-sheet][href$='/renew/']"
TOASTS = "#messages .notice"


@pytest.fixture
def page(demo_site: Site, browser: Browser, demo_login: dict) -> Iterator[Page]:
    context = context_for(browser, View("phone", "light", "en"), demo_login, demo_site.url)
    wrong = watched(context, demo_site)
    page = context.new_page()
    page.goto(f"{demo_site.url}/dashboard/")
    yield page
    # A network that fails, and an answer that refuses, are errors to the browser, and what the tests are about.
    assert [
        one for one in wrong if not any(word in one for word in ("ERR_", "a status of", "htmx:", "Status Error"))
    ] == []
    context.close()


def focused(page: Page, name: str = "outerHTML") -> str:
    return page.evaluate(f"document.activeElement.{name}")


def opened(page: Page, link: str):
    page.locator(link).first.click()
    sheet = page.locator("dialog#sheet")
    expect(sheet.locator("form").first).to_be_visible()
    return sheet


def test_escape_closes_the_sheet_and_gives_the_focus_back(page: Page):
    sheet = opened(page, RENEW)
    expect(page.locator("#sheet-title")).to_be_focused()
    expect(sheet).to_have_accessible_name("I have renewed")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.locator(RENEW).first).to_be_focused()
    assert page.url.endswith("/dashboard/")


def test_a_renewal_is_saved_in_the_sheet_and_undone_in_its_toast(page: Page):
    link = page.locator(RENEW).first.get_attribute("href")
    card = page.locator(f"article:has(a[href='{link}'])")
    before = card.inner_text()
    sheet = opened(page, f"main a[href='{link}']")
    sheet.get_by_role("button", name="Save the new date").click()
    expect(sheet).to_be_hidden()
    toast = page.locator(TOASTS)
    expect(toast).to_contain_text("works until")
    expect(card).not_to_have_text(before, use_inner_text=True)
    expect(page.locator(f"main a[href='{link}']").first).to_be_focused()
    assert page.url.endswith("/dashboard/")
    # It covers no tab at the foot of the page.
    bar = page.locator(".site-nav-tabs").bounding_box()
    eventually(lambda: (box := toast.bounding_box()) and box["y"] + box["height"] <= bar["y"])  # once it has come in

    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(TOASTS)).to_contain_text("taken back")
    expect(card).to_have_text(before, use_inner_text=True)
    assert focused(page, "tagName") != "BODY"
    page.locator(TOASTS).get_by_role("button", name="Close").click()
    expect(page.locator(TOASTS)).to_have_count(0)
    assert focused(page, "tagName") != "BODY"


def test_a_toast_with_an_undo_stays_twenty_seconds_and_while_it_is_used(page: Page):
    page.clock.install()
    page.reload()
    sheet = opened(page, RENEW)
    sheet.get_by_role("button", name="Save the new date").click()
    toast = page.locator(TOASTS)
    expect(toast).to_contain_text("works until")
    page.clock.run_for(20_000)
    expect(toast).to_be_visible()
    toast.get_by_role("button", name="Undo").focus()
    page.clock.run_for(60_000)
    expect(toast).to_be_visible()
    page.keyboard.press("Enter")
    expect(toast).to_contain_text("taken back")
    page.clock.run_for(15_000)
    expect(page.locator(TOASTS)).to_have_count(0)


def test_what_is_wrong_is_shown_at_its_field_and_nothing_typed_is_lost(demo_site: Site, page: Page):
    page.goto(f"{demo_site.url}/sims/3/")
    sheet = opened(page, "a[href='/sims/3/top-up/']")
    amount = sheet.locator("[name=amount]")
    expect(amount).to_be_focused()
    page.keyboard.type("much")
    page.keyboard.press("Enter")
    expect(sheet.locator(".invalid-feedback")).to_be_visible()
    expect(amount).to_be_focused()
    expect(amount).to_have_value("much")
    assert too_wide(page) <= 0
    # A slip of the finger loses nothing either.
    page.keyboard.press("Escape")
    page.locator("a[href='/sims/3/top-up/']").first.click()
    expect(amount).to_have_value("much")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "Nothing was saved, as far as we know"),
        (500, "Nothing was saved: something went wrong on our side"),
        (403, "Nothing was saved: the page has stood open too long"),
        (401, "Nothing was saved: you are signed out"),
        (404, "Nothing was saved: what this is about is not there any more"),
        (503, "Nothing was saved, as far as we know"),
    ],
)
def test_what_was_not_saved_is_said_plainly_and_can_be_sent_again(demo_site: Site, page: Page, answer, words):
    page.goto(f"{demo_site.url}/sims/3/")
    sheet = opened(page, "a[href='/sims/3/top-up/']")
    sheet.locator("[name=amount]").fill("1234")
    refuse = (lambda route: route.fulfill(status=answer)) if answer else (lambda route: route.abort())
    page.route("**/top-up/", refuse)
    save = sheet.get_by_role("button", name="Save the top-up")
    save.click()
    expect(sheet.get_by_role("alert")).to_contain_text(words)
    expect(sheet.locator("[name=amount]")).to_have_value("1234")
    expect(page.locator(TOASTS)).to_have_count(0)

    page.unroute("**/top-up/")
    save.click()
    expect(sheet).to_be_hidden()
    page.locator(TOASTS).get_by_role("button", name="Undo").click()
    expect(page.locator(TOASTS)).to_contain_text("Taken back")


def test_a_page_that_does_not_load_says_so_and_can_be_tried_again(page: Page):
    page.route("**/renew/", lambda route: route.abort())
    page.locator(RENEW).first.click()
    sheet = page.locator("dialog#sheet")
    expect(sheet).to_contain_text("Nothing has changed")
    page.unroute("**/renew/")
    sheet.get_by_role("button", name="Try again").click()
    expect(sheet.locator("form").first).to_be_visible()


def test_no_two_things_have_one_id_while_a_sheet_is_open(demo_site: Site, page: Page):
    for link in ("top-up", "balance", "left", "edit", "reply", "plans/add", "later"):
        page.goto(f"{demo_site.url}/sims/3/")
        page.locator(f"main a[href='/sims/3/{link}/'][data-sheet]").first.click()
        expect(page.locator("#sheet-title")).not_to_have_text("One moment…")
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
        assert len(ids) == len(set(ids)), [one for one in ids if ids.count(one) > 1]


def test_a_sim_with_its_plan_takes_six_taps_and_the_number(demo_site: Site, browser: Browser):
    """Counted as a thumb does it, from the dashboard, with a number that two brands share and a price nobody knows."""
    demo_site.ask("from plans import demo; demo._account('taps@example.org')")
    state = signed_in(browser, demo_site.url, "taps@example.org", demo.PASSWORD)
    context = context_for(browser, View("phone", "light", "en"), state, demo_site.url)
    wrong = watched(context, demo_site)
    page = context.new_page()
    page.goto(f"{demo_site.url}/dashboard/")
    taps = 0

    def tap(target) -> None:
        nonlocal taps
        target.tap()
        taps += 1

    sheet = page.locator("dialog#sheet")
    tap(page.get_by_role("link", name="Add a SIM").first)
    expect(sheet.locator("[name=number]")).to_be_focused()
    page.keyboard.type("87017654399")
    expect(page.locator("#number-operator")).to_contain_text("Kcell, activ")
    tap(sheet.get_by_label("Kcell", exact=True))
    tap(sheet.locator("[name=period][value='28d']"))
    tap(sheet.locator("[name=price]"))
    page.keyboard.type("4990")
    tap(sheet.get_by_label("Paid today"))
    tap(sheet.get_by_role("button", name="Save"))
    expect(page.locator(TOASTS)).to_contain_text("saved")
    expect(page.locator("main")).to_contain_text("+7 701 765 4399")

    assert taps <= 6
    stored = (
        "from plans.models import Plan; p = Plan.objects.get(sim__number='+77017654399');"
        "print(p.sim.operator.slug, p.price, p.period, (p.paid_until - p.sim.today(p.sim.created_at)).days)"
    )
    assert demo_site.ask(stored) == "kcell 4990.00 28d 27"
    assert wrong == []
    context.close()
