"""The renewal assistant under a thumb: the answer follows each tap, and the address holds no number."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.shots import View, context_for
from tests.e2e.processes import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def page(demo_site: Site, browser: Browser):
    context = context_for(browser, View("phone", "light", "en"), None, demo_site.url)
    page = context.new_page()
    page.goto(f"{demo_site.url}/en/guides/assistant/")
    yield page
    context.close()


def marked(page: Page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('#questions input:checked')].map((one) => one.value)")


def test_the_answer_follows_each_tap_and_the_focus_stays(page: Page):
    loads = []
    page.on("load", lambda _page: loads.append("load"))
    page.get_by_text("Kcell", exact=True).click()
    expect(page.locator("#answer-status")).to_have_text("The usual ways to renew")
    page.get_by_text("Abroad", exact=True).click()
    page.get_by_text("UnionPay", exact=True).click()
    page.wait_for_url("**/assistant/?operator=kcell&place=abroad&payments=unionpay")
    expect(page.locator("#answer-status")).to_have_text("4 ways can work for you")
    assert page.evaluate("document.activeElement.value") == "unionpay"
    assert loads == []
    page.reload()
    assert marked(page) == ["kcell", "abroad", "unionpay"]


def test_digits_typed_mark_the_operator_even_when_the_next_tap_is_quick(page: Page):
    page.get_by_text("Kcell", exact=True).click()
    page.wait_for_url("**operator=kcell")
    page.fill("#id_number", "708")
    page.get_by_text("Abroad", exact=True).click()  # leaves the field: two questions at once
    page.wait_for_url("**/assistant/?operator=altel&place=abroad")
    assert marked(page) == ["altel", "abroad"]
    assert page.input_value("#id_number") == ""


def test_the_beginning_of_two_brands_asks_which_and_keeps_the_focus(page: Page):
    page.locator("#id_number").press_sequentially("+77011234567")
    page.keyboard.press("Enter")
    page.wait_for_url("**/assistant/?number=701")
    expect(page.locator("#operator-part")).to_contain_text("were given out by: Kcell, activ")
    assert page.evaluate("document.activeElement.id") == "id_number"
    page.get_by_text("activ", exact=True).click()
    page.wait_for_url("**/assistant/?operator=activ")


def test_without_scripts_a_tap_on_the_button_answers(demo_site: Site, browser: Browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo_site.url}/en/guides/assistant/")
    page.get_by_role("radio", name="Abroad").check()
    page.locator("#id_number").press_sequentially("87081234567")
    page.get_by_role("button", name="Show me the ways").click()
    page.wait_for_url("**/assistant/?operator=altel&place=abroad#answer")
    assert page.locator("#answer ol > li").count() > 2
    context.close()
