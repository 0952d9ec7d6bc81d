"""The editors' desk in a real Chromium: the list, a choice about the files, a spreadsheet brought in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from guides.content_files import CONTENT
from plans import demo
from tests.browser.shots import View, context_for, signed_in
from tests.browser.test_accessibility import RULES
from tests.browser.test_pages import too_wide, watched
from tests.e2e.processes import Site

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(300)]

SHEET = "key,kind,value,source,confidence\nkcell.desk,name,{value},a reader,reported\n"
VIEWS = [View("phone", "dark", "en"), View("desktop", "light", "en")]


@pytest.fixture(scope="module")
def editor_login(demo_site: Site, browser: Browser) -> dict:
    return signed_in(browser, demo_site.url, demo.EDITOR_EMAIL, demo.PASSWORD)


def bring_in(page: Page, site: Site, value: str) -> None:
    """Chooses a sheet with one fact, up to its preview."""
    page.goto(f"{site.url}/admin/guides/facts/import/")
    sheet = {"name": "facts.csv", "mimeType": "text/csv", "buffer": SHEET.format(value=value).encode()}
    page.set_input_files("input[type=file]", files=[sheet])
    page.get_by_role("button", name="Show what would change").click()


def complaints(page: Page) -> list[str]:
    """What axe finds in what is ours of the admin's page, and whether the page is wider than its window."""
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
    found = Axe().run(page, "#content-main", options).response["violations"]
    wide = [f"{too_wide(page)} px too wide"] if too_wide(page) > 0 else []
    return [f"{page.url} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found] + wide


def load_with(site: Site, folder: Path, value: str) -> None:
    """Loads the repository's files with one fact more."""
    copy = folder / "content"
    shutil.copytree(CONTENT, copy)
    facts = copy / "facts.yaml"
    entry = f"\nkcell.desk:\n  {{kind: name, value: {value}, source: file, confidence: old}}\n"
    facts.write_text(facts.read_text() + entry)
    site.manage("load_guides", str(copy))


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_an_editor_brings_in_a_fact_checks_it_and_chooses_about_a_file(
    view: View, demo_site: Site, browser: Browser, editor_login: dict, tmp_path: Path
):
    context = context_for(browser, view, editor_login, demo_site.url)
    wrong = watched(context, demo_site)
    page = context.new_page()

    page.goto(f"{demo_site.url}/admin/")
    page.get_by_role("link", name="To verify").click()
    expect(page.get_by_role("heading", name="To verify")).to_be_visible()

    bring_in(page, demo_site, "")
    expect(page.locator(".desk-errors")).to_contain_text("Row 2")
    bring_in(page, demo_site, f"seen on a {view.size}")
    expect(page.locator("ins", has_text=view.size)).to_be_visible()
    page.get_by_role("button", name="Write these changes").click()
    expect(page.locator(".messagelist .success")).to_contain_text("1 row was brought in")

    page.goto(f"{demo_site.url}/admin/guides/to-verify/?kind=unseen")
    page.locator("tr", has_text="kcell.desk").get_by_role("button", name="Checked today").click()
    expect(page.locator(".messagelist .success")).to_contain_text("kcell.desk")
    expect(page.locator("tr", has_text="kcell.desk")).to_have_count(0)

    load_with(demo_site, tmp_path, f"from a file for a {view.size}")
    page.goto(f"{demo_site.url}/admin/guides/changes-from-the-files/")
    offer = page.locator("section", has_text="kcell.desk")
    expect(offer.locator("ins", has_text="from a file")).to_be_visible()
    offer.get_by_role("button", name="Take theirs").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    expect(page.locator("section", has_text="kcell.desk")).to_have_count(0)
    context.close()
    demo_site.manage("load_guides")  # in whose files it does not stand
    assert wrong == []


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_axe_finds_nothing_on_the_desk(
    view: View, demo_site: Site, browser: Browser, editor_login: dict, tmp_path: Path
):
    """On a context of its own: axe tries styles that our policy forbids."""
    context = context_for(browser, view, editor_login, demo_site.url)
    page = context.new_page()
    wrong = []
    for path in ("", "guides/to-verify/", "guides/files/import/"):
        page.goto(f"{demo_site.url}/admin/{path}")
        wrong += complaints(page)
    for value in ("", "mine"):
        bring_in(page, demo_site, value)
        wrong += complaints(page)
    page.get_by_role("button", name="Write these changes").click()
    load_with(demo_site, tmp_path, "theirs")
    page.goto(f"{demo_site.url}/admin/guides/changes-from-the-files/")
    wrong += complaints(page)
    page.get_by_role("button", name="Take theirs").click()
    context.close()
    demo_site.manage("load_guides")
    assert wrong == []
