"""Dates without an account, in a browser far away from Kazakhstan."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from tests.e2e.processes import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.mark.parametrize(
    ("zone", "language", "theirs"),
    [
        ("Europe/London", "en", " in Almaty, 18:59 for you"),
        ("Asia/Tokyo", "en", " in Almaty, {next_day} 03:59 for you"),
        ("Asia/Tashkent", "en", " in Almaty"),
    ],
)
def test_the_cut_off_is_said_on_the_readers_own_clock(zone, language, theirs, demo_site: Site, browser: Browser):
    today = datetime.now(ZoneInfo("Asia/Almaty")).date()
    # In winter, for London's clock; at most five years ahead are taken.
    last_day = today.replace(year=today.year + 1, month=1, day=20)
    next_day = (last_day + timedelta(days=1)).strftime("%A")
    page = browser.new_context(timezone_id=zone, locale=language).new_page()

    page.goto(f"{demo_site.url}/{language}/dates/")
    page.check("[name=wording][value=until]")
    page.fill("[name=paid_until]", last_day.isoformat())
    page.click("main form button")

    page.wait_for_selector("[data-cutoff]")
    assert page.inner_text("[data-cutoff]") == f"{last_day:%A} 23:59{theirs.format(next_day=next_day)}"
    page.context.close()
