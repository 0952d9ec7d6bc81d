"""Many SIMs at once: pasted, looked through and saved on a small telephone, with and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.processes import Site

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(120)]

LONG = "Кассаоченьдлинноесловобезпробеловисовсембезних"


@pytest.mark.parametrize("with_script", [True, False])
def test_a_pasted_list_is_saved_and_taken_back(with_script: bool, demo_site: Site, browser: Browser, demo_login: dict):
    context = browser.new_context(
        viewport={"width": 320, "height": 700}, java_script_enabled=with_script, storage_state=demo_login
    )
    page = context.new_page()
    page.goto(f"{demo_site.url}/sims/add-many/")
    page.fill("[name=text]", f"8 705 777 00 01\t{LONG}\t4990\t31.12.2026\t{LONG[:40]}\n8705\t{LONG}\t1\t1.12.2026\t")
    page.click("[name=check]")
    page.wait_for_selector(".check-sum")
    assert page.locator(".check-lines input").count() == 1
    if with_script:
        assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.click("[name=save]")
    page.wait_for_selector("#messages form button")
    assert "1 SIM" in page.inner_text("#messages")
    assert LONG in page.locator(".check-lines input").input_value()
    page.click("#messages form button")
    expect(page.locator("#messages")).to_contain_text("Taken back for 1 SIM")
    if with_script:
        expect(page.locator(".check-lines input")).to_have_count(1)  # what was not saved is still there
    context.close()


def test_a_list_that_is_looked_through_is_not_left_unasked(demo_site: Site, browser: Browser, demo_login: dict):
    context = browser.new_context(storage_state=demo_login)
    page = context.new_page()
    page.goto(f"{demo_site.url}/sims/add-many/")
    page.fill("[name=text]", "8 705 777 00 02\tTill 99")
    page.click("[name=check]")
    page.wait_for_selector(".check-sum")
    page.once("dialog", lambda dialog: dialog.dismiss())
    with page.expect_event("dialog") as asked:
        page.click("button[name=theme][value=dark]", no_wait_after=True)
    assert asked.value.type == "beforeunload"
    assert page.locator(".check-sum").is_visible()
    context.close()
