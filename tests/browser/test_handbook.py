"""The handbook in the hand: without a network, on paper, ticked, copied, and held up to a clerk."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pypdf import PdfReader

from plans import demo
from tests.browser.shots import View, context_for, signed_in
from tests.browser.test_pages import too_wide, watched
from tests.e2e.processes import Site, eventually

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(300)]

GUIDE = "/en/guides/beeline/check-your-data/"
LONGEST = ("register-a-sim", "lost-sim", "codes-and-contacts")
KEPT = """async () => {
  const kept = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) kept.push(new URL(request.url).pathname);
  return kept;
}"""


@pytest.fixture
def phone(browser: Browser, demo_site: Site) -> Iterator[BrowserContext]:
    context = context_for(browser, View("phone", "light", "en"), None, demo_site.url)
    yield context
    context.close()


@pytest.fixture
def own_phone(browser: Browser, demo_site: Site, demo_login: dict) -> Iterator[BrowserContext]:
    """Signed in, with a session of its own that a test may end."""
    state = signed_in(browser, demo_site.url, demo.EMAIL, demo.PASSWORD)
    context = context_for(browser, View("phone", "light", "en"), state, demo_site.url)
    yield context
    context.close()


def kept(page: Page) -> list[str]:
    return page.evaluate(KEPT)


def kept_at(page: Page, path: str) -> str:
    """Nothing in the moment in which a newer copy takes its place."""
    return page.evaluate("async (path) => (await caches.match(path))?.headers.get('x-kept-at') ?? ''", path)


def opened(context: BrowserContext, site: Site, path: str) -> Page:
    """A page that the worker has kept."""
    page = context.new_page()
    page.goto(site.url + path)
    eventually(lambda: path.partition("?")[0] in kept(page))
    return page


# --- without a network ---------------------------------------------------------------------------------


def test_an_opened_guide_is_there_without_a_network_and_says_that_it_is_a_copy(phone: BrowserContext, demo_site: Site):
    page = opened(phone, demo_site, GUIDE)
    assert page.locator("#kept-copy").is_hidden()
    phone.set_offline(True)
    page.reload()
    expect(page.locator("h1")).to_have_text("Check the data you have left")
    expect(page.locator("#kept-copy")).to_contain_text("You read the copy that this device kept")
    expect(page.locator("#kept-copy time")).to_contain_text("20")
    background = "getComputedStyle(document.querySelector('.site-header')).backgroundColor"
    assert page.evaluate(background) == "rgb(12, 47, 69)"  # the looks are kept, too
    phone.set_offline(False)
    page.reload()
    expect(page.locator("#kept-copy")).to_be_hidden()


def test_the_card_for_the_clerk_is_kept_beside_the_first_guide(phone: BrowserContext, demo_site: Site):
    page = opened(phone, demo_site, GUIDE)
    eventually(lambda: "/en/clerk/" in kept(page))
    phone.set_offline(True)
    page.goto(f"{demo_site.url}/en/clerk/")
    expect(page.locator(".clerk-first [lang=ru]")).to_contain_text("Пополните, пожалуйста")


def test_what_was_never_opened_is_answered_with_what_is_kept(phone: BrowserContext, demo_site: Site):
    page = opened(phone, demo_site, GUIDE)
    eventually(lambda: "/en/offline/" in kept(page))
    phone.set_offline(True)
    page.goto(f"{demo_site.url}/en/guides/kcell/no-internet/")
    expect(page.locator("h1")).to_have_text("You are offline")
    expect(page.locator("[data-kept] a", has_text="Check the data you have left")).to_have_attribute("href", GUIDE)


def test_of_the_private_pages_only_those_to_read_are_ever_kept(own_phone: BrowserContext, demo_site: Site):
    page = opened(own_phone, demo_site, GUIDE)
    for path in (
        "/settings/",
        "/sims/1/reply/?text=500",
        "/sims/1/edit/",
        "/accounts/email/",
        "/reminders/",
        "/money/",
    ):
        page.goto(demo_site.url + path)
    page.goto(f"{demo_site.url}/en/guides/kcell/")
    eventually(lambda: "/en/guides/kcell/" in kept(page))
    assert not [path for path in kept(page) if not path.startswith(("/en/", "/static/"))]
    own_phone.set_offline(True)
    page.goto(f"{demo_site.url}/settings/")
    expect(page.locator("h1")).to_have_text("You are offline")
    assert demo.EMAIL not in page.content()


def test_the_kept_guide_of_a_signed_in_reader_does_not_name_them(own_phone: BrowserContext, demo_site: Site):
    page = opened(own_phone, demo_site, GUIDE)
    expect(page.locator(".site-footer")).to_contain_text(demo.EMAIL)
    before = kept_at(page, GUIDE)
    page.reload()  # now through the worker, which is given the reader's own page
    eventually(lambda: kept_at(page, GUIDE) > before)
    own_phone.set_offline(True)
    page.reload()
    expect(page.locator("#kept-copy")).to_be_visible()
    assert demo.EMAIL not in page.content()
    assert "csrf" not in page.content().lower()


def test_ones_own_card_is_kept_until_one_signs_out(own_phone: BrowserContext, demo_site: Site):
    page = opened(own_phone, demo_site, "/sims/1/clerk/")
    number = page.locator(".clerk-first [lang=ru] [data-part=number]").inner_text()
    assert number.startswith("+7")
    assert "_" not in number
    own_phone.set_offline(True)
    page.reload()
    expect(page.locator(".clerk-first [lang=ru] [data-part=number]")).to_have_text(number)
    own_phone.set_offline(False)

    page.goto(f"{demo_site.url}/reminders/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{demo_site.url}/")
    eventually(lambda: "/sims/1/clerk/" not in kept(page))
    own_phone.set_offline(True)
    page.goto(f"{demo_site.url}/sims/1/clerk/")
    assert number.replace("\u00a0", " ") not in page.content().replace("\u00a0", " ")


def test_a_guide_that_is_no_more_is_not_kept(phone: BrowserContext, demo_site: Site):
    page = opened(phone, demo_site, "/en/guides/kcell/save-money/")
    page.reload()
    change = """
from guides.models import Guide
from guides.models.loaded import raise_revision
Guide.objects.filter(slug='save-money').update(published={})
raise_revision()
"""
    demo_site.ask(change.format(False))
    try:
        page.reload()
        eventually(lambda: "/en/guides/kcell/save-money/" not in kept(page))
    finally:
        demo_site.ask(change.format(True))


# --- ticks and copies ------------------------------------------------------------------------------------


def test_ticked_steps_stay_ticked_in_every_language_until_they_are_unticked(phone: BrowserContext, demo_site: Site):
    wrong = watched(phone, demo_site)
    page = phone.new_page()
    page.goto(demo_site.url + GUIDE)
    second = page.get_by_role("checkbox", name="Step 2 is done")
    expect(second).not_to_be_checked()
    second.click()
    expect(second).to_be_checked()
    page.goto(demo_site.url + GUIDE.replace("/en/", "/ru/"))
    expect(page.get_by_role("checkbox").nth(1)).to_be_checked()
    expect(page.get_by_role("checkbox").nth(0)).not_to_be_checked()
    page.goto(demo_site.url + GUIDE.replace("beeline", "kcell"))
    assert page.get_by_role("checkbox", checked=True).count() == 0
    page.goto(demo_site.url + GUIDE)
    page.get_by_role("button", name="Untick all steps").click()
    page.reload()
    assert page.get_by_role("checkbox", checked=True).count() == 0
    assert wrong == []


def test_ticks_of_an_older_wording_are_forgotten(phone: BrowserContext, demo_site: Site):
    page = phone.new_page()
    page.goto(demo_site.url + GUIDE)
    page.evaluate("localStorage.setItem('ticks:beeline/check-your-data:older-8', '[0, 1, 2]')")
    page.reload()
    assert page.get_by_role("checkbox", checked=True).count() == 0
    assert page.evaluate("localStorage.getItem('ticks:beeline/check-your-data:older-8')") is None


def test_a_code_is_copied_by_a_tap_and_that_is_said(phone: BrowserContext, demo_site: Site):
    phone.grant_permissions(["clipboard-read", "clipboard-write"], origin=demo_site.url)
    page = phone.new_page()
    page.goto(demo_site.url + GUIDE)
    page.get_by_role("button", name="Copy *106#").click()
    expect(page.get_by_role("status").filter(has_text="Copied: *106#")).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()") == "*106#"


def test_a_code_is_copied_without_the_clipboard_of_new_browsers(phone: BrowserContext, demo_site: Site):
    page = phone.new_page()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(demo_site.url + GUIDE)
    page.evaluate("document.addEventListener('copy', () => (window.copied = String(document.activeElement.value)))")
    page.get_by_role("button", name="Copy *106#").click()
    assert page.evaluate("window.copied") == "*106#"


def test_codes_are_to_scan_on_a_desktop_only(browser: Browser, phone: BrowserContext, demo_site: Site):
    page = phone.new_page()
    page.goto(demo_site.url + GUIDE)
    expect(page.get_by_text("Dial with your phone: QR codes")).to_be_hidden()
    desktop = context_for(browser, View("desktop", "dark", "en"), None, demo_site.url)
    page = desktop.new_page()
    page.goto(demo_site.url + GUIDE)
    page.get_by_text("Dial with your phone: QR codes").click()
    expect(page.get_by_role("img", name="QR code to dial *106#")).to_be_visible()
    desktop.close()


# --- the card for the clerk ------------------------------------------------------------------------------


def test_what_is_typed_on_the_card_fills_it_and_leaves_the_device_nowhere(phone: BrowserContext, demo_site: Site):
    wrong = watched(phone, demo_site)
    asked: list[str] = []
    page = phone.new_page()
    page.goto(f"{demo_site.url}/en/clerk/kcell/")
    phone.on(
        "request", lambda request: asked.append(request.url.removeprefix(demo_site.url) + (request.post_data or ""))
    )
    page.get_by_text("Number and sum").click()
    page.get_by_label("Number to top up").fill("8 (701) 123-45-67")
    page.get_by_label("Sum, ₸").fill("4990")
    page.get_by_role("button", name="Done").click()
    card = page.locator(".clerk-first")
    expect(card.locator("[lang=ru]")).to_contain_text("баланс номера +7 701 123 45 67 на сумму 4 990 ₸ (тенге)")
    expect(card.locator("[lang=kk]")).to_contain_text("+7 701 123 45 67 нөмірінің балансын 4 990 ₸ (теңге) сомасына")
    expect(card.locator(".clerk-meaning")).to_contain_text("+7 701 123 45 67 with 4 990 ₸")
    assert page.url == f"{demo_site.url}/en/clerk/kcell/"
    assert not [one for one in asked if "701" in one or "4990" in one]
    page.goto(f"{demo_site.url}/zh-hans/clerk/")  # kept on the device, for every language
    expect(page.locator(".clerk-first [lang=ru]")).to_contain_text("+7 701 123 45 67")
    page.locator(".clerk-fill summary").click()
    page.locator("[data-forget]").click()
    page.reload()
    expect(page.locator(".clerk-first [lang=ru]")).to_contain_text("+7 ___")
    assert wrong == []


@pytest.mark.parametrize("typed", ["12", "+49 170 1234567"])
def test_a_number_of_another_kind_is_shown_as_it_was_typed(phone: BrowserContext, demo_site: Site, typed: str):
    page = phone.new_page()
    page.goto(f"{demo_site.url}/en/clerk/")
    page.get_by_text("Number and sum").click()
    page.get_by_label("Number to top up").fill(typed)
    expect(page.locator(".clerk-first [lang=ru] [data-part=number]")).to_have_text(typed)


@pytest.mark.parametrize("language", ["en", "zh-hans", "ru"])
def test_the_card_fits_the_smallest_phone(browser: Browser, demo_site: Site, language: str):
    context = browser.new_context(viewport={"width": 320, "height": 640}, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{demo_site.url}/{language}/clerk/kcell/")
    assert too_wide(page) <= 0
    colours = page.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    context.close()


# --- on paper --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant", "ru", "kk"])
def test_the_longest_guides_fit_on_one_page(browser: Browser, demo_site: Site, language: str):
    page = browser.new_page()
    for guide in LONGEST:
        page.goto(f"{demo_site.url}/{language}/guides/kcell/{guide}/")
        printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, format="A4"))).pages
        assert len(printed) == 1, guide
        text = printed[0].extract_text()
        assert f"/{language}/guides/kcell/" in text  # where it came from, and where its links lead
        assert not page.locator("body").evaluate("body => body.innerText.includes('undefined')")
    page.close()


def test_no_letter_on_paper_is_too_small_to_read(browser: Browser, demo_site: Site):
    page = browser.new_page()
    page.goto(f"{demo_site.url}/ru/guides/beeline/register-a-sim/")
    page.emulate_media(media="print")
    sizes = page.evaluate(
        "[...document.querySelectorAll('article *')].filter((e) => e.checkVisibility() && e.innerText)"
        ".map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 8.5 * 96 / 72 - 0.01
    assert page.locator(".site-header").is_hidden()
    assert page.locator(".fact-mark").first.is_visible()
    page.close()
