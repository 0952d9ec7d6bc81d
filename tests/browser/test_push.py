"""Notifications in a real Chromium: switched on and off on the page, delivered to the worker, shown and tapped.

Subscribing itself needs the push service of the browser's maker, so it is the one thing that stands in here: all
else is the browser's own. What a push service is sent is read in tests/plans/test_web_push.py.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator

import pytest
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, Page, Worker, expect

from plans.media import Parcel, web_push
from tests.browser.shots import View, context_for
from tests.browser.test_pages import watched
from tests.e2e.processes import Site, eventually

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(300)]

PAGE = "/reminders/media/devices/"
SUBSCRIPTION = """
(() => {
  const POINT = "%s", STORE = "a-subscription";
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const made = (endpoint, key) => ({
    endpoint,
    options: { applicationServerKey: bytes(key).buffer },
    toJSON: () => ({ endpoint, keys: { p256dh: POINT, auth: "c2l4dGVlbiBieXRlcyAtLQ" } }),
    unsubscribe: async () => { localStorage.removeItem(STORE); return true; },
  });
  PushManager.prototype.getSubscription = async () => {
    const kept = JSON.parse(localStorage.getItem(STORE));
    return kept && made(kept.endpoint, kept.key);
  };
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || Notification.permission !== "granted") throw new DOMException("refused", "NotAllowedError");
    if (window.pushServiceIsAway) throw new DOMException("Registration failed", "AbortError");
    const kept = { endpoint: `https://push.example/${crypto.randomUUID()}`, key: applicationServerKey };
    localStorage.setItem(STORE, JSON.stringify(kept));
    return made(kept.endpoint, kept.key);
  };
})();
"""
# A point on the curve for the browser's half: any public key will do, for nothing is decrypted here.
POINT = (
    urlsafe_b64encode(
        bytes.fromhex(
            "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        )
    )
    .decode()
    .rstrip("=")
)


@pytest.fixture
def phone(browser: Browser, demo_site: Site, demo_login: dict) -> Iterator[BrowserContext]:
    context = context_for(browser, View("phone", "light", "en"), demo_login, demo_site.url)
    context.add_init_script(SUBSCRIPTION % POINT)
    yield context
    page = opened(context, demo_site)
    while buttons := page.get_by_role("button", name="Remove").all():
        buttons[0].click()
        page.wait_for_load_state()
    context.close()


def allow(context: BrowserContext, site: Site) -> None:
    context.grant_permissions(["notifications"], origin=site.url)


def opened(context: BrowserContext, site: Site) -> Page:
    page = context.new_page()
    page.goto(site.url + PAGE)
    return page


def switched_on(context: BrowserContext, site: Site) -> Page:
    page = opened(context, site)
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("They are on")).to_be_visible()
    return page


# --- the switch ------------------------------------------------------------------------------------------


def test_notifications_are_switched_on_and_off_with_the_keyboard(phone: BrowserContext, demo_site: Site):
    wrong = watched(phone, demo_site)
    allow(phone, demo_site)
    page = opened(phone, demo_site)
    page.get_by_role("button", name="Switch on").press("Enter")
    expect(page.get_by_text("This device will be notified")).to_be_visible()
    expect(page.get_by_text("They are on")).to_be_visible()
    expect(page.locator("[data-device]")).to_contain_text("this device")
    page.get_by_role("button", name="Switch off").press("Enter")
    expect(page.get_by_text("They are off")).to_be_visible()
    expect(page.locator("[data-device]")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('a-subscription')") is None
    assert wrong == []


def test_nobody_is_asked_before_they_tap(phone: BrowserContext, demo_site: Site):
    phone.add_init_script("Notification.requestPermission = async () => { window.asked = true; return 'default'; }")
    page = opened(phone, demo_site)
    expect(page.get_by_text("They are off")).to_be_visible()
    assert page.evaluate("window.asked") is None
    page.get_by_role("button", name="Switch on").click()
    eventually(lambda: page.evaluate("window.asked"))
    expect(page.get_by_text("They are off")).to_be_visible()


def test_a_device_that_was_removed_elsewhere_is_off_and_can_be_switched_on_anew(phone: BrowserContext, demo_site: Site):
    allow(phone, demo_site)
    page = switched_on(phone, demo_site)
    before = page.evaluate("localStorage.getItem('a-subscription')")
    demo_site.ask("from plans.models import Address; Address.objects.all().delete()")
    page.reload()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("They are on")).to_be_visible()
    # An address that may have been given away is not used again.
    assert page.evaluate("localStorage.getItem('a-subscription')") != before


def test_devices_that_were_given_up_are_off_until_they_are_switched_on_anew(phone: BrowserContext, demo_site: Site):
    allow(phone, demo_site)
    page = switched_on(phone, demo_site)
    demo_site.ask("from plans.models import Address; Address.objects.update(stopped_at='2026-01-01T00:00Z')")
    page.reload()
    expect(page.get_by_text("None of your devices takes notifications any more")).to_be_visible()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("They are on")).to_be_visible()
    expect(page.get_by_text("None of your devices")).to_have_count(0)


def test_a_new_key_of_the_site_wants_a_new_switch(phone: BrowserContext, demo_site: Site):
    allow(phone, demo_site)
    page = switched_on(phone, demo_site)
    page.evaluate(
        "localStorage.setItem('a-subscription', JSON.stringify("
        "{ ...JSON.parse(localStorage.getItem('a-subscription')), key: 'AAAA' }))"
    )
    page.reload()
    expect(page.get_by_role("button", name="Switch on")).to_be_visible()


def test_a_browser_that_reaches_no_push_service_says_so_and_can_try_again(phone: BrowserContext, demo_site: Site):
    allow(phone, demo_site)
    page = opened(phone, demo_site)
    page.evaluate("window.pushServiceIsAway = true")
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("alert")).to_contain_text("could not reach its push service")
    page.evaluate("window.pushServiceIsAway = false")
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("They are on")).to_be_visible()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("Object.defineProperty(Notification, 'permission', { value: 'denied' })", "are blocked in this browser"),
        ("delete window.PushManager", "cannot show notifications of a website"),
        (
            "delete window.PushManager; Object.defineProperty(navigator, 'userAgent', { value: 'Mozilla (iPhone)' })",
            "Add to Home Screen",
        ),
    ],
)
def test_what_stands_in_the_way_is_said(phone: BrowserContext, demo_site: Site, script: str, words: str):
    phone.add_init_script(script)
    page = opened(phone, demo_site)
    expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_role("button", name="Switch on")).to_be_hidden()


# --- what the worker does ----------------------------------------------------------------------------------


class Delivery:
    """Hands messages to the worker of a page as the browser's push service would."""

    def __init__(self, page: Page, site: Site) -> None:
        self._wire = page.context.new_cdp_session(page)
        self._site, self._page = site, page
        self._found: list[str] = []
        self._wire.on("ServiceWorker.workerRegistrationUpdated", self._note)
        self._wire.send("ServiceWorker.enable")
        eventually(lambda: page.evaluate("1") and self._found)

    def _note(self, event: dict) -> None:
        self._found += [one["registrationId"] for one in event["registrations"] if not one["isDeleted"]]

    def push(self, data: str) -> None:
        origin = {"origin": f"{self._site.url}/", "registrationId": self._found[-1], "data": data}
        self._wire.send("ServiceWorker.deliverPushMessage", origin)

    def shown(self) -> list[dict]:
        return self._page.evaluate("""async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(
            ({ title, body, tag, lang, icon, data, actions }) => ({ title, body, tag, lang, icon, data, actions }))""")


@pytest.fixture
def delivery(phone: BrowserContext, demo_site: Site) -> Delivery:
    allow(phone, demo_site)
    return Delivery(switched_on(phone, demo_site), demo_site)


def message(site: Site, title: str = "Till 14：明天到期", url: str = "", tag: str = "<1@sim.example>") -> str:
    """What the site would send in Chinese."""
    parcel = Parcel({}, tag, title, "", short="Kcell …42", url=url or f"{site.url}/sims/1/")
    with translation.override("zh-hans"):
        return web_push.payload(parcel).decode()


def test_a_message_is_shown_as_it_was_written(delivery: Delivery, demo_site: Site):
    delivery.push(message(demo_site))

    (shown,) = eventually(delivery.shown)
    assert shown["title"] == "Till 14：明天到期"
    assert shown["body"] == "Kcell …42"
    assert shown["lang"] == "zh-hans"
    assert shown["tag"] == "<1@sim.example>"
    assert shown["data"] == {"url": f"{demo_site.url}/sims/1/"}
    assert [action["action"] for action in shown["actions"]] == ["open"]
    assert shown["icon"].endswith("/static/img/icon-192.png")


def test_a_repeat_takes_the_place_of_the_first(delivery: Delivery, demo_site: Site):
    delivery.push(message(demo_site))
    delivery.push(message(demo_site, title="Once more"))
    delivery.push(message(demo_site, title="Another", tag="<2@sim.example>"))

    eventually(lambda: {"Once more", "Another"} == {one["title"] for one in delivery.shown()})
    assert len(delivery.shown()) == 2


def test_what_cannot_be_read_is_shown_all_the_same(delivery: Delivery):
    delivery.push("no JSON")

    (shown,) = eventually(delivery.shown)
    assert shown["title"] == "KZSIM"


# A tap is made by hand, and what the browser allows only after a real one is written down.
TAP = """async () => {
  self.went = [];
  self.clients.openWindow = async (address) => self.went.push(`opened ${address}`);
  WindowClient.prototype.focus = async function () { self.went.push(`focused ${this.url}`); };
  const [notification] = await self.registration.getNotifications();
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""


def tap(delivery: Delivery, worker: Worker) -> str:
    eventually(delivery.shown)
    worker.evaluate(TAP)
    (went,) = eventually(lambda: worker.evaluate("self.went"))
    eventually(lambda: delivery.shown() == [])
    return went


@pytest.mark.parametrize(
    ("url", "went"),
    [
        ("{site}/sims/1/", "opened {site}/sims/1/"),
        ("/sims/1/", "opened {site}/sims/1/"),
        ("{site}/reminders/media/devices/", "focused {site}/reminders/media/devices/"),
        ("https://elsewhere.example/", "opened {site}/"),
        ("javascript:alert(1)", "opened {site}/"),
    ],
)
def test_a_tap_opens_the_page_once_and_never_another_site(
    delivery: Delivery, phone: BrowserContext, demo_site: Site, url: str, went: str
):
    delivery.push(message(demo_site, url=url.format(site=demo_site.url)))

    assert tap(delivery, phone.service_workers[0]) == went.format(site=demo_site.url)


def test_a_browser_that_moved_at_its_push_service_tells_us(delivery: Delivery, phone: BrowserContext, demo_site: Site):
    phone.service_workers[0].evaluate(
        """(point) => {
          const change = new Event("pushsubscriptionchange");
          const keys = { p256dh: point, auth: "c2l4dGVlbiBieXRlcyAtLQ" };
          change.newSubscription = { toJSON: () => ({ endpoint: "https://push.example/moved", keys }) };
          change.waitUntil = (done) => done;
          self.dispatchEvent(change);
        }""",
        POINT,
    )
    count = "from plans.models import Address; print(len(Address.objects.get().to['devices']))"
    eventually(lambda: demo_site.ask(count) == "2", every=1)
