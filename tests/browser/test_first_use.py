"""From the landing page to the first SIM, as a newcomer goes."""

from __future__ import annotations

from itertools import count

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.shots import View, context_for
from tests.browser.test_accessibility import violations
from tests.e2e.processes import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

_newcomers = count(1)


def sign_up(page: Page, site: Site) -> None:
    """By the first button of the landing page; ends where the first SIM is added."""
    page.goto(f"{site.url}/")
    page.click(".hero-actions .btn-primary")
    page.fill("[name=email]", f"newcomer{next(_newcomers)}@example.org")
    page.fill("[name=password1]", "a calm long password 7")
    page.click("main form .btn-primary")
    page.wait_for_url("**/sims/add/")


def out_of_shape(page: Page) -> list[str]:
    """What is too small for a thumb, and whether the narrowest phone has to scroll sideways."""
    page.set_viewport_size({"width": 320, "height": 700})
    low = page.evaluate(
        "[...document.querySelectorAll('.first-steps :is(a, button), #examples button, .empty button')]"
        ".filter(one => one.getBoundingClientRect().height < 44).map(one => one.outerHTML)"
    )
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*low, *([f"{wide} px too wide"] if wide > 0 else [])]


@pytest.fixture
def without_scripts(browser: Browser):
    context = browser.new_context(viewport={"width": 320, "height": 700}, java_script_enabled=False, locale="en")
    yield context
    context.close()


def test_the_way_to_the_first_sim_needs_no_scripts_and_fits_a_small_phone(
    demo_site: Site, without_scripts: BrowserContext
):
    page = without_scripts.new_page()
    sign_up(page, demo_site)
    page.goto(f"{demo_site.url}/dashboard/")
    page.click("main .empty button")
    assert page.locator(".sim-card .sample-mark").count() == 5
    page.click("#examples button")
    assert page.locator(".sim-card").count() == 0

    page.click(".first-step[aria-current] .btn-primary")
    page.fill("[name=number]", "8 701 765 43 21")
    page.check("[name=operator][value=kcell]")
    page.click("main form .form-actions .btn-primary")
    page.wait_for_url("**/sims/*/")
    page.goto(f"{demo_site.url}/dashboard/")
    assert page.locator(".first-step.is-done").count() == 1
    assert page.locator(".sim-card").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_steps_and_examples_are_in_order_for_everybody(scheme: str, demo_site: Site, browser: Browser):
    context = context_for(browser, View("phone", scheme, "ru"), None, demo_site.url)
    page = context.new_page()
    sign_up(page, demo_site)
    page.goto(f"{demo_site.url}/dashboard/")
    wrong = violations(page) + out_of_shape(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.click("main .empty button")
    page.wait_for_selector("#examples")
    wrong += violations(page) + out_of_shape(page)
    page.click(".sim-card h3 a >> nth=0")
    page.wait_for_selector("h1")
    wrong += violations(page)
    context.close()

    assert wrong == []
