"""One's own pages without a network: there to read, as they were, for whoever saw them and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from plans import demo
from tests.browser.shots import View, context_for, signed_in
from tests.browser.test_handbook import kept, kept_at
from tests.e2e.processes import Site, eventually

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(300)]

DASHBOARD, SIM = "/dashboard/", "/sims/1/"
OTHER = "saule@example.org"
MAKE_OTHER = f"""
from tests.builders import a_sim, a_user
user = a_user({OTHER!r})
a_sim(user, "+77019998877", label="Only-of-Saule")
"""
AGE = """async (days) => {
  for (const name of (await caches.keys()).filter((name) => name.startsWith("kzsim-own-"))) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const one = await cache.match(request);
      const headers = new Headers(one.headers);
      headers.set("x-kept-at", new Date(Date.now() - days * 86400000).toISOString());
      await cache.put(request, new Response(await one.text(), { headers }));
    }
  }
}"""
SENDABLE = "form[method=post], form[data-off] :is(button, input):visible"
TEXT_OF = "async (path) => (await caches.match(path))?.text()"


@pytest.fixture
def phone(browser: Browser, demo_site: Site, demo_login: dict) -> Iterator[BrowserContext]:
    """Signed in, with a session of its own that a test may end."""
    state = signed_in(browser, demo_site.url, demo.EMAIL, demo.PASSWORD)
    context = context_for(browser, View("phone", "light", "en"), state, demo_site.url)
    yield context
    context.close()


@pytest.fixture(scope="module")
def other(demo_site: Site) -> str:
    demo_site.ask(MAKE_OTHER)
    return OTHER


def seen(context: BrowserContext, site: Site, *paths: str) -> Page:
    """A page on which these were opened and kept, the last of them still open."""
    page = context.new_page()
    for path in paths or (DASHBOARD,):
        page.goto(site.url + path)
        eventually(lambda path=path: path in kept(page))
    return page


def own(page: Page) -> list[str]:
    """What is kept of the reader's own."""
    return [path for path in kept(page) if path.startswith(("/dashboard", "/sims"))]


def test_the_dashboard_is_there_without_a_network_with_its_time_and_nothing_to_send(
    phone: BrowserContext, demo_site: Site
):
    page = seen(phone, demo_site, SIM, DASHBOARD)
    label = page.locator(f'main a[href="{SIM}"]').first.inner_text()
    expect(page.locator("#kept-copy")).to_be_hidden()
    phone.set_offline(True)
    page.reload()

    copy = page.locator("#kept-copy")
    expect(copy).to_contain_text("no network")
    expect(copy.locator("time")).to_contain_text(":")
    expect(page.locator("main")).to_contain_text(label)
    expect(page.locator("main a[aria-disabled=true]", has_text="Add a SIM")).to_be_visible()
    assert page.locator(SENDABLE).count() == 0
    assert page.locator("main :is(button, input, select, textarea):enabled:visible").count() == 0
    assert "csrf" not in page.evaluate(TEXT_OF, DASHBOARD).lower()
    assert " hx-" not in page.evaluate(TEXT_OF, DASHBOARD)

    page.locator(f'main a[href="{SIM}"]').first.click()
    page.wait_for_url(f"**{SIM}")
    expect(copy).to_contain_text("no network")
    assert page.locator(SENDABLE).count() == 0

    page.goto(f"{demo_site.url}{DASHBOARD}?page=1")
    page.wait_for_url(f"**{DASHBOARD}")  # what was asked was not kept, and the address says so
    page.goto(f"{demo_site.url}/")
    page.wait_for_url(f"**{DASHBOARD}")
    page.goto(f"{demo_site.url}/settings/")
    expect(page.locator("h1")).to_have_text("You are offline")
    expect(page.locator("[data-kept] a", has_text="My SIMs")).to_have_attribute("href", DASHBOARD)

    phone.set_offline(False)
    page.goto(demo_site.url + DASHBOARD)
    expect(copy).to_be_hidden()
    expect(page.locator("main a", has_text="Add a SIM").first).to_have_attribute("href", "/sims/add/")


def test_a_jump_to_a_sim_by_its_digits_takes_no_copy_away(phone: BrowserContext, demo_site: Site):
    page = seen(phone, demo_site, SIM, DASHBOARD)
    page.goto(f"{demo_site.url}{DASHBOARD}?q=0102")
    page.wait_for_url("**/sims/*/")
    eventually(lambda: page.url.removeprefix(demo_site.url) in kept(page))

    assert {SIM, DASHBOARD} <= set(own(page))


def test_signing_out_leaves_nothing(phone: BrowserContext, demo_site: Site):
    page = seen(phone, demo_site, SIM, DASHBOARD)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{demo_site.url}/")

    eventually(lambda: own(page) == [])
    phone.set_offline(True)
    page.goto(demo_site.url + DASHBOARD)
    expect(page.locator("h1")).to_have_text("You are offline")


def test_deleting_the_account_leaves_nothing(browser: Browser, demo_site: Site):
    demo_site.ask("from tests.builders import a_user; a_user('leaving@example.org')")
    state = signed_in(browser, demo_site.url, "leaving@example.org", "a long password 7")
    context = context_for(browser, View("phone", "light", "en"), state, demo_site.url)
    page = seen(context, demo_site)
    page.goto(f"{demo_site.url}/settings/delete/")
    page.locator("main form button").click()
    page.wait_for_url(f"{demo_site.url}/")

    eventually(lambda: own(page) == [])
    context.close()


def test_a_session_that_was_ended_elsewhere_leaves_nothing(phone: BrowserContext, demo_site: Site):
    page = seen(phone, demo_site)
    key = next(cookie["value"] for cookie in phone.cookies() if cookie["name"] == "sessionid")
    demo_site.ask(
        f"from django.contrib.sessions.backends.cached_db import SessionStore; SessionStore({key!r}).delete()"
    )
    page.goto(f"{demo_site.url}/reminders/")
    page.wait_for_url("**/accounts/login/**")

    eventually(lambda: own(page) == [])


def test_whoever_signs_in_next_sees_nothing_of_the_one_before(phone: BrowserContext, demo_site: Site, other: str):
    page = seen(phone, demo_site, SIM, DASHBOARD)
    theirs = [name for name in page.evaluate("caches.keys()") if name.startswith("kzsim-own-")]
    # Without a form of this site, as if another page had changed the cookie: only the answer tells.
    password = "a long password 7"
    phone.add_cookies(signed_in(page.context.browser, demo_site.url, other, password)["cookies"])
    page.goto(f"{demo_site.url}/reminders/")
    eventually(lambda: own(page) == [])
    page.goto(demo_site.url + DASHBOARD)
    eventually(lambda: DASHBOARD in kept(page))
    phone.set_offline(True)
    page.reload()

    expect(page.locator("main")).to_contain_text("Only-of-Saule")
    assert not set(theirs) & set(page.evaluate("caches.keys()"))
    assert "Till 14" not in page.content()
    page.goto(demo_site.url + SIM)
    expect(page.locator("h1")).to_have_text("You are offline")


def test_a_chosen_language_takes_the_copies_in_the_other_away(phone: BrowserContext, demo_site: Site):
    page = seen(phone, demo_site, SIM, DASHBOARD)
    page.click(".language-menu summary")
    page.click(".language-menu button[value=ru]")
    page.wait_for_selector("html[lang=ru]")

    eventually(lambda: own(page) == [DASHBOARD])
    phone.set_offline(True)
    page.reload()
    expect(page.locator("html[lang=ru][data-copy]")).to_be_attached()


def test_copies_end_after_thirty_days(phone: BrowserContext, demo_site: Site):
    page = seen(phone, demo_site)
    page.evaluate(AGE, 29)
    phone.set_offline(True)
    page.reload()
    expect(page.locator("#kept-copy")).to_contain_text("no network")

    page.evaluate(AGE, 31)
    page.reload()
    expect(page.locator("h1")).to_have_text("You are offline")
    assert own(page) == []


def test_what_is_seen_again_is_kept_anew(phone: BrowserContext, demo_site: Site):
    page = seen(phone, demo_site)
    before = kept_at(page, DASHBOARD)
    page.reload()
    eventually(lambda: kept_at(page, DASHBOARD) > before)


def test_a_text_that_no_server_takes_as_an_address_is_asked_to_be_pasted(phone: BrowserContext, demo_site: Site):
    page = seen(phone, demo_site)
    page.goto(f"{demo_site.url}/share/?text={'a' * 9000}")
    page.wait_for_url("**/share/?long=yes")
    expect(page.locator("main")).to_contain_text("too long to be shared")


def test_the_browser_finds_nothing_wrong_with_the_manifest(phone: BrowserContext, demo_site: Site):
    page = seen(phone, demo_site)
    wire = phone.new_cdp_session(page)
    told = wire.send("Page.getAppManifest")
    assert told["errors"] == []
    assert told["manifest"]["shareTarget"]["action"] == f"{demo_site.url}/share/"
    wrong = {one["errorId"] for one in wire.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert wrong <= {"in-incognito"}  # as every context of a test is
