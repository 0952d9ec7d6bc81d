"""The editors' workbench in a real Chromium: steps dragged and moved, facts picked, two editors at once."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from plans import demo
from tests.browser.shots import View, context_for, signed_in
from tests.browser.test_accessibility import RULES
from tests.browser.test_pages import too_wide, watched
from tests.e2e.processes import Site

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(300)]

BOXES = "[data-row] [data-step] textarea"


@pytest.fixture(scope="module")
def editor_login(demo_site: Site, browser: Browser) -> dict:
    return signed_in(browser, demo_site.url, demo.EDITOR_EMAIL, demo.PASSWORD)


@pytest.fixture
def desk(demo_site: Site, browser: Browser, editor_login: dict):
    context = context_for(browser, View("desktop", "light", "en"), editor_login, demo_site.url)
    yield context
    context.close()


def opened(context: BrowserContext, site: Site, guide: str, language: str) -> Page:
    """The workbench, found as an editor finds it: from the list of guides."""
    page = context.new_page()
    page.goto(f"{site.url}/admin/guides/guide/?q={guide}")
    page.locator("tr", has=page.get_by_text(guide, exact=True)).locator(f'.wb-chip[href$="/{language}/"]').click()
    expect(page.locator(BOXES).first).to_be_visible()
    return page


def texts(page: Page) -> list[str]:
    return [box.input_value() for box in page.locator(BOXES).all()]


def test_steps_are_moved_by_mouse_and_keyboard_added_and_taken_out(desk: BrowserContext, demo_site: Site):
    wrong = watched(desk, demo_site)
    page = opened(desk, demo_site, "renew-at-a-shop", "en")
    before = texts(page)

    page.locator("[data-move='1']").first.focus()
    page.keyboard.press("Enter")
    assert texts(page) == [before[1], before[0], *before[2:]]
    expect(page.locator("[data-said]")).to_contain_text("step 2")
    page.keyboard.press("Shift+Tab")  # the button beside it: up
    page.keyboard.press("Enter")
    assert texts(page) == before

    handle = page.locator("[data-handle]").first
    handle.hover()
    page.mouse.down()
    target = page.locator("[data-row] [data-step]").nth(2).bounding_box()
    page.mouse.move(target["x"] + 20, target["y"] + target["height"] - 5, steps=5)
    page.mouse.up()
    assert texts(page) == [before[1], before[2], before[0], *before[3:]]

    page.locator("[data-remove]").first.click()
    assert texts(page) == [before[2], before[0], *before[3:]]
    page.get_by_role("button", name="Undo").click()
    assert texts(page)[0] == before[1]

    page.get_by_role("button", name="Add a step").click()
    page.keyboard.type("Say thank you.")
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert texts(page) == [before[1], before[2], before[0], *before[3:], "Say thank you."]
    assert wrong == []


def test_a_fact_is_searched_and_put_where_the_cursor_stands(desk: BrowserContext, demo_site: Site):
    page = opened(desk, demo_site, "get-help", "ru")
    box = page.locator(BOXES).first
    box.fill("Код: .")
    box.press("End")
    box.press("ArrowLeft")
    page.get_by_role("button", name="Insert a fact").click()
    page.keyboard.type("beeline *106#")
    shown = page.locator("[data-fact]:visible")
    expect(shown).to_have_count(2)  # Beeline's own, and the one of the reader's operator
    page.get_by_role("button", name="{{ beeline.data_left_code }}").click()
    expect(box).to_have_value("Код: {{ beeline.data_left_code }}.")
    expect(box).to_be_focused()

    with page.context.expect_page() as opening:
        page.locator(".wb-menu summary").click()
        page.locator(".wb-menu").get_by_role("button").first.click()
    preview = opening.value
    expect(preview.locator("main")).to_contain_text("*106#")
    assert preview.locator("html").get_attribute("lang") == "ru"


def test_two_editors_at_once_lose_nothing(desk: BrowserContext, demo_site: Site):
    mine = opened(desk, demo_site, "save-money", "kk")
    theirs = opened(desk, demo_site, "save-money", "kk")
    theirs.fill("[name=title]", "Олардікі")
    theirs.get_by_role("button", name="Save draft").last.click()
    expect(theirs.locator(".messagelist .success")).to_be_visible()
    mine.fill("[name=summary]", "Менікі")
    mine.get_by_role("button", name="Save draft").last.click()
    expect(mine.locator(".wb-conflict")).to_be_visible()
    mine.get_by_role("button", name="Put both together").click()
    expect(mine.locator("[name=title]")).to_have_value("Олардікі")
    expect(mine.locator("[name=summary]")).to_have_value("Менікі")
    mine.get_by_role("button", name="Save draft").last.click()
    expect(mine.locator(".messagelist .success")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
def test_the_workbench_fits_a_telephone(width: int, browser: Browser, demo_site: Site, editor_login: dict):
    context = browser.new_context(viewport={"width": width, "height": 700}, storage_state=editor_login)
    page = context.new_page()
    for language in ("en", "ru"):
        page.goto(f"{demo_site.url}/admin/guides/guide/?q=no-internet")
        assert too_wide(page) <= 0
        address = page.locator(f'.wb-chip[href$="/{language}/"]').first.get_attribute("href")
        for path in (address, f"{address}history/"):
            page.goto(demo_site.url + path)
            assert too_wide(page) <= 0, path
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_workbench(scheme: str, browser: Browser, demo_site: Site, editor_login: dict):
    context = context_for(browser, View("desktop", scheme, "ru"), editor_login, demo_site.url)
    page = opened(context, demo_site, "pin-and-puk", "ru")
    address = page.url
    page.locator("[name=title]").fill("PIN и PUK: коротко")
    page.locator("[name=action][value=publish]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    guide = address.split("texts/")[0]
    wrong = []
    for path in (address, f"{address}history/", f"{guide}texts/en/", f"{guide}change/"):
        page.goto(path)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        wrong += [f"{path} {one}" for one in violations_in_the_content(page)]
    page.goto(address)
    page.get_by_role("button", name="Insert a fact").click()
    wrong += [f"facts {one}" for one in violations_in_the_content(page)]
    context.close()
    assert wrong == []


def violations_in_the_content(page: Page) -> list[str]:
    """What axe finds in what is ours of the admin's page."""
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
    found = Axe().run(page, "#content-main", options).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
