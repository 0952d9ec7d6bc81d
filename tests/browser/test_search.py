"""Searching while one types: the results follow, are counted aloud, and stay in the address."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.shots import View, context_for
from tests.browser.test_pages import watched
from tests.e2e.processes import Site

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(300)]


def test_results_follow_what_is_typed(demo_site: Site, browser: Browser):
    context = context_for(browser, View("phone", "light", "en"), None, demo_site.url)
    wrong = watched(context, demo_site)
    page = context.new_page()
    page.goto(f"{demo_site.url}/en/guides/")
    page.fill("[name=q]", "no inter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/guides/search/?q=no+inter")
    status, first = page.locator("#search-status"), page.locator("ol.found h3 a").first
    expect(first).to_contain_text("No internet")

    words = page.locator("[name=q]")
    words.fill("пополнить билайн")
    expect(status).to_contain_text("“пополнить билайн”", timeout=10_000)
    expect(status).to_have_attribute("role", "status")
    expect(words).to_be_focused()
    expect(first).to_have_attribute("href", re.compile("^/en/guides/beeline/"))
    words.fill("*106#")
    expect(page.locator("#found-facts + ul")).to_contain_text("*106#", timeout=10_000)
    assert page.url.endswith("/en/guides/search/?q=*106%23")

    first.click()
    page.wait_for_url("**/en/guides/beeline/check-your-data/")
    page.go_back()
    expect(page.locator("#search-status")).to_contain_text("“*106#”")
    assert page.locator("header.site-header").count() == 1  # the whole page, not the part of it
    assert wrong == []
    context.close()


def test_search_works_without_a_script(demo_site: Site, browser: Browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo_site.url}/zh-hant/guides/")
    page.fill("[name=q]", "哈萨克斯坦手機卡怎麽續費")
    page.click("main [role=search] button")
    page.wait_for_url("**/zh-hant/guides/search/?q=*")
    expect(page.locator("ol.found h3 a").first).to_contain_text("續費")
    context.close()
