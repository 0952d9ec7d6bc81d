"""Pictures of the pages as people see them: telephone and desktop, light and dark, in each written language.

    python -m tests.browser.shots OUTDIR [--url ADDRESS] [--email ... --password ...] [--only landing,signup]

With a login it also visits the pages of that account; `make demo` prints one. It is no test: look at the pictures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
LANGUAGES = ("en", "zh-hans", "ru")
PUBLIC = {
    "landing": "/",
    "signup": "/accounts/signup/",
    "signin": "/accounts/login/",
    "code": "/accounts/login/code/",
    "reset": "/accounts/password/reset/",
    "guides": "/{language}/guides/",
    "guides-kcell": "/{language}/guides/kcell/",
    "missing": "/no-such-page/",
}
HANDBOOK = {
    "guides-general": "/{language}/guides/all/",
    "guide": "/{language}/guides/kcell/renew-at-a-shop/",
    "guide-general": "/{language}/guides/all/top-up-from-abroad/",
    "clerk": "/{language}/clerk/",
    "clerk-kcell": "/{language}/clerk/kcell/",
    "offline": "/{language}/offline/",
    "report": "/{language}/guides/kcell/renew-at-a-shop/report/?worked=no",
    "report-fact": "/{language}/guides/facts/beeline.data_left_code/report/",
    "report-unknown": "/{language}/guides/facts/beeline.balance_code/report/",
    "assistant": "/{language}/guides/assistant/",
    "assistant-answer": "/{language}/guides/assistant/?operator=beeline&place=abroad&payments=unionpay",
    "choose": "/{language}/guides/choose/",
    "search": "/{language}/guides/search/?q=kcell",
    "search-code": "/{language}/guides/search/?q=*106%23",
    "search-nothing": "/{language}/guides/search/?q=xqzzt",
    "search-empty": "/{language}/guides/search/",
    "dates": "/{language}/dates/",
    "dates-answer": "/{language}/dates/?operator=beeline&paid_until=2026-11-01&period=30d&last_activity_on=2026-11-01",
    "dates-mistake": "/{language}/dates/?paid_until=2026-11-01&period=once&last_activity_on=2026-11-01&limit=-1",
}
PRIVATE = {
    "dashboard": "/dashboard/",
    "sim-add": "/sims/add/",
    "sims-add-many": "/sims/add-many/",
    "money": "/money/",
    "reminders": "/reminders/",
    "media": "/reminders/media/",
    "medium": "/reminders/media/add/ntfy/",
    "webhook": "/reminders/media/add/webhook/",
    "devices": "/reminders/media/devices/",
    "reminders-sent": "/reminders/sent/",
    "reminders-when": "/reminders/when/",
    "settings": "/settings/",
    "trips": "/trips/",
    "share": "/share/?text=500&choose=yes",
    "numbers": "/settings/numbers/",
    "email": "/accounts/email/",
}


@dataclass(frozen=True)
class View:
    """One way of looking at the site."""

    size: str
    scheme: str
    language: str

    def __str__(self) -> str:
        return f"{self.size}-{self.scheme}-{self.language}"


def views(languages: list[str]) -> Iterator[View]:
    """Both themes in the first language, the light one in the others."""
    for language in languages:
        for size in SIZES:
            yield View(size, "light", language)
            if language == languages[0]:
                yield View(size, "dark", language)


def context_for(browser: Browser, view: View, state: dict | None, url: str, **options: Any) -> BrowserContext:
    width, height = SIZES[view.size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=view.scheme,
        locale=view.language,
        timezone_id="Asia/Almaty",
        has_touch=view.size == "phone",
        storage_state=state,
        **options,
    )
    context.add_cookies([{"name": "django_language", "value": view.language, "url": url}])
    return context


def signed_in(browser: Browser, url: str, email: str, password: str) -> dict:
    """The cookies of the account."""
    page = browser.new_page()
    page.goto(f"{url}/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", password)
    page.click("main button")
    page.wait_for_url("**/dashboard/")
    state = page.context.storage_state()
    page.close()
    return state


def speak(page: Page, url: str, language: str) -> None:
    """The language of an account is a choice of its person."""
    page.goto(f"{url}/accounts/email/")
    page.click(".language-menu summary")
    page.click(f".language-menu button[value={language}]")
    page.wait_for_selector(f"html[lang={language}]")  # leaving at once could take the choice back


def take(page: Page, address: str, target: Path) -> str:
    """Takes one picture; returns what is wrong with the page, if anything."""
    answer = page.goto(address)
    if answer is None or answer.status >= 500:
        return f"{target.name}: the page is broken"
    page.screenshot(path=target, full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return f"{target.name}: {wide} px wider than the window" if wide > 0 else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--email", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--only", default="", help="names of pages, separated by commas")
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    options = parser.parse_args()
    options.outdir.mkdir(parents=True, exist_ok=True)
    only = set(filter(None, options.only.split(",")))
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=FLAGS)
        rounds: list[tuple[dict[str, str], dict | None]] = [(PUBLIC | HANDBOOK, None)]
        if options.email:
            rounds.append((PRIVATE, signed_in(browser, options.url, options.email, options.password)))
        for pages, state in rounds:
            for view in views(options.languages.split(",")):
                context = context_for(browser, view, state, options.url)
                page = context.new_page()
                page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
                page.on(
                    "console", lambda line: complaints.append(line.text) if "Security Policy" in line.text else None
                )
                if state:
                    speak(page, options.url, view.language)
                for name, path in pages.items():
                    if not only or name in only:
                        address = options.url + path.format(language=view.language)
                        complaints.append(take(page, address, options.outdir / f"{name}-{view}.png"))
                context.close()
        browser.close()
    complaints = sorted(filter(None, set(complaints)))
    print("\n".join(complaints) or "nothing to complain of", file=sys.stderr)  # noqa: T201
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
