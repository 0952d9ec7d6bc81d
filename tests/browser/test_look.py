"""How pages look where a device, a reader or a printer wants it otherwise."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.shots import View, context_for, speak
from tests.browser.test_handbook import GUIDE, kept, opened
from tests.browser.test_pages import too_wide
from tests.e2e.processes import Site, eventually

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(300)]

LIGHT, DARK = "rgb(238, 243, 245)", "rgb(10, 21, 28)"


def ground(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def choose(page: Page, theme: str) -> None:
    button = page.locator("footer").get_by_role("button", name=theme, exact=True)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("path", ["/", "/en/guides/kcell/"])
def test_a_chosen_theme_is_worn_whatever_the_device_says(path: str, scripts: bool, demo_site: Site, browser: Browser):
    for device, own in (("light", LIGHT), ("dark", DARK)):
        context = browser.new_context(color_scheme=device, locale="en", java_script_enabled=scripts)
        page = context.new_page()
        page.goto(demo_site.url + path)
        assert ground(page) == own
        for theme, worn in (("Light", LIGHT), ("Dark", DARK), ("Auto", own)):
            choose(page, theme)
            assert ground(page) == worn
            assert page.url == demo_site.url + path
            assert page.locator(".btn").first.evaluate("one => getComputedStyle(one).colorScheme") == (
                "dark" if worn == DARK else "light"
            )
        context.close()


def test_a_kept_page_wears_the_theme_that_was_chosen_since(demo_site: Site, browser: Browser):
    context = context_for(browser, View("phone", "light", "en"), None, demo_site.url)
    page = opened(context, demo_site, GUIDE)
    page.reload()
    eventually(lambda: any("/css/dark" in path for path in kept(page)))
    page.goto(f"{demo_site.url}/accounts/login/")
    choose(page, "Dark")
    context.set_offline(True)
    page.goto(demo_site.url + GUIDE)
    expect(page.locator("#kept-copy")).to_be_visible()
    assert ground(page) == DARK
    context.close()


@pytest.mark.parametrize("path", ["/dashboard/", "/sims/8/", "/money/"])
def test_the_reader_s_own_pages_are_printed_black_on_white(
    path: str, demo_site: Site, browser: Browser, demo_login: dict
):
    context = browser.new_context(
        viewport={"width": 718, "height": 1000}, color_scheme="dark", storage_state=demo_login
    )
    page = context.new_page()
    page.goto(demo_site.url + path)
    page.emulate_media(media="print", color_scheme="dark")

    assert ground(page) == "rgb(255, 255, 255)"
    assert too_wide(page) <= 0
    assert page.locator("main h1").is_visible()
    for unwanted in (".site-header", ".site-footer", ".site-nav-tabs", "main .btn", "main input"):
        assert not any(one.is_visible() for one in page.locator(unwanted).all()), unwanted
    pale = page.evaluate(
        """[...document.querySelectorAll('main *')].filter((one) => one.checkVisibility() && one.innerText)
             .map((one) => getComputedStyle(one).color).filter((colour) => !/^rgb\\((\\d|[1-9]\\d), /.test(colour))"""
    )
    assert pale == []
    context.close()


def test_nothing_moves_for_who_wants_no_motion(demo_site: Site, browser: Browser, demo_login: dict):
    context = browser.new_context(reduced_motion="reduce", storage_state=demo_login)
    page = context.new_page()
    page.goto(f"{demo_site.url}/dashboard/")
    longest = """Math.max(...[...document.querySelectorAll('*')].flatMap((one) => {
        const { transitionDuration, animationDuration } = getComputedStyle(one);
        return `${transitionDuration}, ${animationDuration}`.split(', ').map(parseFloat);
    }))"""
    assert page.evaluate(longest) <= 0.001
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_has_the_focus_is_ringed(scheme: str, demo_site: Site, browser: Browser, demo_login: dict):
    context = context_for(browser, View("desktop", scheme, "en"), demo_login, demo_site.url)
    page = context.new_page()
    page.goto(f"{demo_site.url}/settings/")
    seen = set()
    for _tab in range(30):
        page.keyboard.press("Tab")
        tag, style, width = page.evaluate(
            """() => {
                const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
                return [document.activeElement.tagName, outlineStyle, parseFloat(outlineWidth)];
            }"""
        )
        assert (style, width) == ("solid", 3), tag
        seen.add(tag)
    assert {"A", "BUTTON", "INPUT", "SELECT", "SUMMARY"} <= seen
    context.close()


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_header_fits_every_width_in_long_words(language: str, demo_site: Site, browser: Browser, demo_login: dict):
    context = browser.new_context(storage_state=demo_login)
    page = context.new_page()
    speak(page, demo_site.url, language)
    for width in (320, 360, 480, 767, 768, 900, 959, 960, 1056, 1057, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        page.goto(f"{demo_site.url}/settings/")
        assert too_wide(page) <= 0, width
        assert page.locator(".site-header").evaluate("one => one.offsetHeight") < 70, width
    speak(page, demo_site.url, "en")
    context.close()
