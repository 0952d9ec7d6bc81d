"""A site with its demo account, and a Chromium to look at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from plans import demo
from tests import chromium
from tests.browser.shots import FLAGS, signed_in, speak
from tests.e2e.processes import Site


@pytest.fixture(scope="package")
def demo_site() -> Iterator[Site]:
    site = Site()
    try:
        site.start()
        site.manage("load_demo")
        yield site
    finally:
        site.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = chromium.executable()
    if executable is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="package")
def demo_session(demo_site: Site, browser: Browser) -> dict:
    return signed_in(browser, demo_site.url, demo.EMAIL, demo.PASSWORD)


@pytest.fixture
def demo_login(demo_site: Site, browser: Browser, demo_session: dict) -> dict:
    """The cookies of the demo account, which speaks English whatever language the test before left it in."""
    context = browser.new_context(storage_state=demo_session)
    speak(context.new_page(), demo_site.url, "en")
    context.close()
    return demo_session
