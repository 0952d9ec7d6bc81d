"""A plan taken from the catalogue, with scripts and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.shots import View, context_for
from tests.browser.test_pages import watched
from tests.e2e.processes import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ADD = "/sims/1/plans/add/"  # a Kcell SIM, of which the demo knows a tariff


def test_choosing_a_tariff_fills_the_form_in_at_once(demo_site: Site, browser: Browser, demo_login: dict):
    context = context_for(browser, View("phone", "light", "en"), demo_login, demo_site.url)
    wrong = watched(context, demo_site)
    page = context.new_page()
    page.goto(f"{demo_site.url}{ADD}")
    expect(page.locator("[name=tariff]")).to_be_hidden()  # a fold, and no hurdle
    page.fill("[name=paid_until]", "2026-12-24")
    page.get_by_text("Take it from the catalogue").click()
    expect(page.get_by_role("button", name="Take this")).to_have_count(0)
    page.select_option("[name=tariff]", index=1)
    expect(page.locator("[name=name]")).to_have_value("Freedom (demo)")
    expect(page.locator("[name=price]")).to_have_value("4990")
    expect(page.locator("[name=paid_until]")).to_have_value("2026-12-24")
    expect(page.locator("#plan-fields")).to_contain_text("an example of the demo")
    assert page.url.endswith(ADD)
    assert wrong == []
    context.close()


def test_without_scripts_a_button_does_the_same(demo_site: Site, browser: Browser, demo_login: dict):
    context = browser.new_context(storage_state=demo_login, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo_site.url}{ADD}")
    page.fill("[name=paid_until]", "2026-12-24")
    page.get_by_text("Take it from the catalogue").click()
    page.select_option("[name=tariff]", index=1)
    page.get_by_role("button", name="Take this").click()
    expect(page.locator("[name=name]")).to_have_value("Freedom (demo)")
    expect(page.locator("[name=paid_until]")).to_have_value("2026-12-24")
    context.close()
