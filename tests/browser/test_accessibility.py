"""Nothing that axe finds wrong stands on any page, in either theme; and what axe does not ask: targets for a thumb,
pages that fit when they are enlarged, and a keyboard that gets everywhere and sees where it is.

A page is opened once for all questions: in a telephone's window in one of the other languages by turns, on a desk in
English. The dark theme differs in colours only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.shots import HANDBOOK, PRIVATE, PUBLIC, View, context_for, speak
from tests.e2e.processes import Site, eventually

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(300)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OTHERS = ["ru", "zh-hans", "kk", "zh-hant"]
SIM = {"sim": "/sims/3/", "renew": "/plans/2/renew/", "clerk": "/sims/3/clerk/", "reply": "/sims/3/reply/"}
SIM |= {"accounts": "/sims/6/accounts/", "sim-edit": "/sims/3/edit/", "plan-add": "/sims/6/plans/add/"}
SIM |= {"left": "/sims/8/left/", "renewals": "/renewals/", "archived": "/sims/archived/", "delete": "/settings/delete/"}
# Forms that answer with errors where they are sent empty.
REFUSING = {"signup": "/accounts/signup/", "signin": "/accounts/login/", "reset": "/accounts/password/reset/"}
REFUSING_OWNER = {
    "sim-add": "/sims/add/",
    "sim-edit": "/sims/3/edit/",
    "webhook": "/reminders/media/add/webhook/",
    "trips": "/trips/",
}
WALKED = {
    "landing": "/",
    "guides": "/{language}/guides/",
    "guide": "/{language}/guides/kcell/renew-at-a-shop/",
    "assistant": "/{language}/guides/assistant/",
    "signin": "/accounts/login/",
}
WALKED_BY_OWNER = {
    "dashboard": "/dashboard/",
    "sim": "/sims/3/",
    "sim-add": "/sims/add/",
    "reminders": "/reminders/",
    "settings": "/settings/",
}


# --- what is asked -----------------------------------------------------------------------------------


def violations(page: Page, within: dict[str, Any] | str | None = None, rules: list[str] | None = None) -> list[str]:
    """What axe finds, each with the first place where it stands."""
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": RULES}
    found = Axe().run(page, within, options={"resultTypes": ["violations"], "runOnly": only})
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found.response["violations"]]


def violations_in_both_themes(page: Page) -> list[str]:
    page.emulate_media(reduced_motion="reduce")  # no colour is judged on its way from one theme to the other
    wrong = violations(page)
    page.emulate_media(color_scheme="dark")
    wrong += [f"dark: {one}" for one in violations(page, rules=["color-contrast"])]
    page.emulate_media(color_scheme="light")
    return wrong


def violations_in_every_state(page: Page) -> list[str]:
    """As the page comes, and with all that unfolds."""
    wrong = violations_in_both_themes(page)
    if page.evaluate(UNFOLD):
        wrong += [f"unfolded: {one}" for one in violations(page, {"include": [["details"]]})]
        page.emulate_media(color_scheme="dark")
        within = {"include": [["details"]]}
        wrong += [f"unfolded, dark: {one}" for one in violations(page, within, rules=["color-contrast"])]
        page.emulate_media(color_scheme="light")
    return wrong


UNFOLD = """() => {
  const folded = [...document.querySelectorAll("details:not([open])")];
  for (const one of folded) one.open = true;
  return folded.length;
}"""

# What a thumb misses: smaller than 44 px, and so near to another target that a circle of 44 px around it touches
# that. Links in a line of text are as high as their line.
SMALL_TARGETS = """() => {
  const LEAST = 44, SLACK = 0.5;
  const shown = (one) => one.checkVisibility({ visibilityProperty: true });
  const found = [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [tabindex='0']")];
  const within = (one) => {
    const boxes = [one, ...(one.labels ?? [])].map((part) => part.getBoundingClientRect());
    for (const drawn of ["::before", "::after"]) {  // what is drawn around it takes a tap as well
      const style = getComputedStyle(one, drawn), box = boxes[0];
      const isAround = style.content !== "none" && style.position === "absolute";
      if (!isAround || getComputedStyle(one).position === "static") continue;
      const [top, right, bottom, left] = ["top", "right", "bottom", "left"].map((side) => parseFloat(style[side]));
      boxes.push({ top: box.top + top, right: box.right - right, bottom: box.bottom - bottom, left: box.left + left });
    }
    const left = Math.min(...boxes.map((box) => box.left)), right = Math.max(...boxes.map((box) => box.right));
    const top = Math.min(...boxes.map((box) => box.top)), bottom = Math.max(...boxes.map((box) => box.bottom));
    return { left, right, top, bottom, width: right - left, height: bottom - top };
  };
  const inText = (one) => {
    const style = getComputedStyle(one);
    if (!style.display.startsWith("inline")) return false;
    if (style.display !== "inline" && (style.borderWidth !== "0px" || style.backgroundColor !== "rgba(0, 0, 0, 0)"))
      return false;
    let around = one.parentElement;
    while (around && getComputedStyle(around).display === "inline") around = around.parentElement;
    if (!around || /flex|grid/.test(getComputedStyle(around).display)) return false;
    return around.innerText.trim().length > one.innerText.trim().length;
  };
  const targets = found.filter((one) => {
    const box = within(one);
    return shown(one) && !one.disabled && box.width > 2 && !one.closest("[inert], [aria-hidden=true]");
  }).map((one) => ({ one, box: within(one), text: inText(one) }));
  const small = targets.filter(({ box, text }) => !text && Math.min(box.width, box.height) < LEAST - SLACK);
  const middle = ({ box }) => [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const far = ([x, y], box) => Math.hypot(
    Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
  const away = (a, b) => Math.hypot(middle(a)[0] - middle(b)[0], middle(a)[1] - middle(b)[1]);
  const related = (a, b) => a.contains(b) || b.contains(a);
  return small.filter((target) => targets.some((other) => other !== target && !other.text
      && !related(target.one, other.one)
      && (far(middle(target), other.box) < LEAST / 2 - SLACK
        || (small.includes(other) && away(target, other) < LEAST - SLACK))))
    .map(({ one, box }) => `${Math.round(box.width)}x${Math.round(box.height)} ${one.outerHTML.slice(0, 140)}`);
}"""

# What a window of this width cuts off, or lets be reached only by scrolling sideways.
STICKS_OUT = """() => {
  const width = document.documentElement.clientWidth;
  const wrong = document.documentElement.scrollWidth > width
    ? [`the page is ${document.documentElement.scrollWidth - width} px too wide`] : [];
  const scrolls = (one) => one && (/auto|scroll/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  for (const one of document.querySelectorAll("main *, header *, footer *")) {
    const box = one.getBoundingClientRect();
    if (box.right <= width + 1 || box.width < 2 || !one.checkVisibility() || one.closest("svg")) continue;
    if (scrolls(one.parentElement) || one.closest(".visually-hidden")) continue;
    wrong.push(`${Math.round(box.right - width)} px cut off: ${one.outerHTML.slice(0, 120)}`);
    if (wrong.length > 3) break;
  }
  return wrong;
}"""

# Where the keyboard is, and whether one sees it.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const mark = one.dataset.walked ?? (one.dataset.walked = String(document.querySelectorAll("[data-walked]").length));
  const styled = (part) => {
    const style = getComputedStyle(part);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  };
  const drawn = [one, ...(one.labels ?? []), one.nextElementSibling, one.parentElement].filter(Boolean).some(styled);
  const box = one.getBoundingClientRect();
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const seen = [0.5, 0.1, 0.9].some((part) => {
    const top = document.elementFromPoint(x, Math.min(Math.max(box.top + box.height * part, 0), innerHeight - 1));
    const near = [one, ...(one.labels ?? [])];
    return top && near.some((mine) => mine.contains(top) || top.contains(mine));
  });
  return { mark, drawn, inside, seen, html: one.outerHTML.slice(0, 140) };
}"""


def settled(page: Page) -> dict[str, Any] | None:
    """What has the focus; looked at again while it is hidden, for what comes when it is scrolled to moves the rest."""
    at = None
    for _look in range(10):
        at = page.evaluate(FOCUSED)
        if at is None or (at["drawn"] and at["inside"] and at["seen"]):
            break
        page.wait_for_timeout(100)
    return at


def unseen_on_the_way(page: Page) -> list[str]:
    """Tabs through the page, until it begins anew; says where the keyboard is lost, hidden or caught."""
    wrong, seen, last = [], set(), ""
    most = page.evaluate("document.querySelectorAll('a, button, input, select, textarea, summary, [tabindex]').length")
    for _stop in range(most + 30):
        page.keyboard.press("Tab")
        at = settled(page)
        if at is None or (at["mark"] == "0" and seen):
            break
        if at["mark"] == last and 'type="date"' in at["html"]:
            continue  # day, month and year are a stop each
        if at["mark"] in seen:
            return [*wrong, f"caught at {at['html']}"]
        last = at["mark"]
        seen.add(last)
        wrong += [f"{what}: {at['html']}" for what in ("drawn", "inside", "seen") if not at[what]]
    else:
        wrong.append("no end")
    return wrong if len(seen) > 3 else ["nothing to tab to"]


# --- who asks, and where -------------------------------------------------------------------------------


@contextmanager
def reading(
    browser: Browser, site: Site, size: str, language: str, state: dict | None, scheme: str = "light"
) -> Iterator[Page]:
    """A page without motion, in whose middle a colour could be asked."""
    context = context_for(browser, View(size, scheme, language), state, site.url)
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    if state:
        speak(page, site.url, language)
    yield page
    context.close()


def in_turns(pages: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each page in one of the other languages."""
    for turn, language in enumerate(OTHERS):
        yield language, dict(list(pages.items())[turn :: len(OTHERS)])


def test_on_a_telephone_axe_finds_nothing_and_thumbs_hit(demo_site: Site, browser: Browser, demo_login: dict):
    wrong = []
    for pages, state in ((PUBLIC | HANDBOOK, None), (PRIVATE | SIM, demo_login)):
        for language, some in in_turns(pages):
            with reading(browser, demo_site, "phone", language, state) as page:
                for name, path in some.items():
                    page.goto(demo_site.url + path.format(language=language))
                    found = [*page.evaluate(SMALL_TARGETS), *violations_in_every_state(page)]
                    found += page.evaluate(SMALL_TARGETS)
                    for width in (320, 640):  # 640: a desk's window enlarged to twice its size
                        page.set_viewport_size({"width": width, "height": 640})
                        found += [f"{width} px: {one}" for one in page.evaluate(STICKS_OUT)]
                    page.set_viewport_size({"width": 390, "height": 844})
                    wrong += [f"{name} {language}: {one}" for one in dict.fromkeys(found)]
    assert not wrong, "\n".join(wrong)


def test_on_a_desk_axe_finds_nothing(demo_site: Site, browser: Browser, demo_login: dict):
    wrong = []
    for pages, state in ((PUBLIC | HANDBOOK, None), (PRIVATE | SIM, demo_login)):
        with reading(browser, demo_site, "desktop", "en", state) as page:
            for name, path in pages.items():
                page.goto(demo_site.url + path.format(language="en"))
                found = [*violations_in_both_themes(page), *page.evaluate(SMALL_TARGETS)]
                wrong += [f"{name}: {one}" for one in found]
    assert not wrong, "\n".join(wrong)


def test_axe_finds_nothing_where_a_form_says_what_is_wrong(demo_site: Site, browser: Browser, demo_login: dict):
    wrong = []
    for pages, state in ((REFUSING, None), (REFUSING_OWNER, demo_login)):
        for language, some in in_turns(pages):
            if not some:
                continue
            with reading(browser, demo_site, "phone", language, state) as page:
                for name, path in some.items():
                    page.goto(demo_site.url + path)
                    with page.expect_navigation():
                        page.evaluate(SEND_EMPTY)
                    said = page.locator("main :is(.invalid-feedback, .alert-danger, [aria-invalid=true])").count()
                    found = violations_in_every_state(page) if said else ["no error is said"]
                    found += page.evaluate(SMALL_TARGETS)
                    wrong += [f"{name} {language}: {one}" for one in found]
    assert not wrong, "\n".join(wrong)


SEND_EMPTY = """() => {
  const box = "input:not([type=hidden], [type=checkbox], [type=radio]), textarea";
  const form = [...document.querySelectorAll("main form[method=post]")].find((one) => one.querySelector(box));
  for (const one of form.querySelectorAll(box)) one.value = "";
  form.submit();
}"""


def test_the_keyboard_gets_everywhere_and_is_seen(demo_site: Site, browser: Browser, demo_login: dict):
    wrong = []
    for pages, state in ((WALKED, None), (WALKED_BY_OWNER, demo_login)):
        with reading(browser, demo_site, "phone", "ru", state) as page:
            for name, path in pages.items():
                page.goto(demo_site.url + path.format(language="ru"))
                wrong += [f"{name}: {one}" for one in unseen_on_the_way(page)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_sheet_and_a_toast(scheme: str, demo_site: Site, browser: Browser, demo_login: dict):
    context = context_for(browser, View("phone", scheme, "ru"), demo_login, demo_site.url, reduced_motion="reduce")
    page = context.new_page()
    speak(page, demo_site.url, "ru")
    wrong = []
    for link in ("top-up", "left", "reply", "later"):
        page.goto(f"{demo_site.url}/sims/3/")
        page.locator(f"main a[data-sheet][href='/sims/3/{link}/']:visible").first.click()
        page.wait_for_selector("#sheet .sheet")
        wrong += [f"{link}: {one}" for one in violations(page)]
    page.goto(f"{demo_site.url}/sims/3/")
    page.locator("form[action='/sims/3/used/'] button").first.click()
    page.wait_for_selector("#messages .notice")
    wrong += [f"toast: {one}" for one in violations(page)]
    assert wrong == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_message_as_it_was_sent(
    scheme: str, demo_site: Site, browser: Browser, demo_login: dict
):
    context = context_for(browser, View("phone", scheme, "en"), demo_login, demo_site.url)
    page = context.new_page()
    subject = page.locator("a.subject").first

    def is_sent() -> bool:
        page.goto(f"{demo_site.url}/reminders/sent/")
        return subject.count() > 0

    eventually(is_sent, timeout=60, every=1)
    assert violations(page) == []
    subject.click()
    page.wait_for_selector("main h1")
    assert violations(page) == []
    context.close()


# --- the questions themselves -----------------------------------------------------------------------------


def test_the_questions_notice_what_they_ask_for(browser: Browser):
    """A page that does everything wrong."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.set_content(
        """<html lang="en"><title>x</title><body><main><h1>x</h1>
        <button id="a" style="outline: none">a</button><button id="b" style="outline: none">b</button>
        <p>Read <a href="#a">this</a> or that, or <a href="#b">that</a></p>
        <div style="width: 500px">wide</div><details><summary style="padding: 20px">more</summary>
        <p style="color: #aaa; background: #fff">pale</p></details>
        <input id="c" aria-label="c"><script>
        document.querySelector("#c").addEventListener("keydown", (event) => event.preventDefault())</script></main>"""
    )
    small = page.evaluate(SMALL_TARGETS)
    assert [one for one in small if 'id="a"' in one]
    assert not [one for one in small if "<a" in one]
    assert page.evaluate(STICKS_OUT)[0] == "the page is 118 px too wide"
    lost = unseen_on_the_way(page)
    assert [one for one in lost if one.startswith("drawn") and 'id="b"' in one]
    assert [one for one in lost if one.startswith("caught") and 'id="c"' in one]
    assert any("color-contrast" in one for one in violations_in_every_state(page))
    context.close()
