"""What Lighthouse says of the main pages: `python -m tests.browser.lighthouse`. It wants Node and Chromium.

Accessibility and best practices must be whole everywhere, and the pages that search engines may find must please them.
Speed is printed and decides nothing: it depends on the machine. Lighthouse itself comes from npm into a folder under
var/; where Node is missing or npm cannot bring it, that is said, and nothing fails.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import sync_playwright

from tests import chromium
from tests.browser.shots import FLAGS, signed_in
from tests.e2e.processes import ROOT, Site

VERSION = "12.8.2"  # runs on Node 18.16 and newer
FOLDER = ROOT / "var" / f"lighthouse-{VERSION}"
OF_ALL = ("accessibility", "best-practices")
TO_BE_FOUND = (*OF_ALL, "seo")
REPORTED = "performance"
A_PAGE, IN_ALL = 60, 170  # seconds
PUBLIC = {"landing": "/", "guides": "/ru/guides/", "guide": "/en/guides/kcell/renew-at-a-shop/"}
DOORS = {"sign in": "/accounts/login/", "sign up": "/accounts/signup/"}  # robots.txt keeps searchers out of there
PRIVATE = {"dashboard": "/dashboard/", "SIM": "/sims/3/", "add a SIM": "/sims/add/", "settings": "/settings/"}
LOGIN = "from plans import demo; print(demo.EMAIL, demo.PASSWORD)"


@dataclass
class Verdict:
    """What Lighthouse says of one page: from 0 to 100, and what costs points."""

    name: str
    scores: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = "  ".join(f"{category} {score:>3}" for category, score in self.scores.items())
        return "\n".join([f"{self.name:<10} {said}", *(f"    {fault}" for fault in self.faults)])


def installed() -> str:
    """The command, brought by npm where it is not there yet; nothing where that is impossible."""
    command = FOLDER / "node_modules" / ".bin" / "lighthouse"
    if not command.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        asked = ["npm", "install", "--prefix", str(FOLDER), f"lighthouse@{VERSION}", "--no-audit", "--no-fund"]
        with suppress(subprocess.TimeoutExpired):  # a machine whose network leads nowhere
            subprocess.run([*asked, "--fetch-retries=1", "--loglevel=error"], check=False, timeout=75)
    return str(command) if command.exists() else ""


def judged(command: str, name: str, url: str, wanted: tuple[str, ...], cookies: str = "") -> Verdict:
    """One page under Lighthouse; once more where the first look failed by itself, as it then asks for."""
    said = looked_at(command, url, wanted, cookies)
    if isinstance(said, str) or said.get("runtimeError"):
        said = looked_at(command, url, wanted, cookies)
    if isinstance(said, str):
        return Verdict(name, faults=[f"Lighthouse gave up: {said}"])
    verdict = Verdict(name)
    if said.get("runtimeError"):
        verdict.faults.append(said["runtimeError"]["message"])
    if said["finalDisplayedUrl"].partition("?")[0] != url:
        verdict.faults.append(f"it was led to {said['finalDisplayedUrl']}")
    for category in (REPORTED, *wanted):
        score = said["categories"][category]["score"]
        verdict.scores[category] = round((score or 0) * 100)
        if category != REPORTED and score != 1:
            verdict.faults += list(faults_in(said, category))
    return verdict


def looked_at(command: str, url: str, wanted: tuple[str, ...], cookies: str) -> dict[str, Any] | str:
    """All that Lighthouse says of a page, or why it says nothing."""
    headers = [f"--extra-headers={json.dumps({'Cookie': cookies})}"] if cookies else []
    asked = [command, url, "--quiet", "--output=json", f"--only-categories={','.join((REPORTED, *wanted))}"]
    with TemporaryDirectory(prefix="kzsim-lighthouse-") as folder:
        target = Path(folder) / "said.json"
        flags = " ".join(["--headless=new", *FLAGS])
        try:
            done = subprocess.run(
                [*asked, f"--output-path={target}", f"--chrome-flags={flags}", *headers],
                env=os.environ | {"CHROME_PATH": chromium.executable() or ""},
                capture_output=True,
                text=True,
                timeout=A_PAGE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"it took longer than {A_PAGE} seconds"
        said: dict[str, Any] = json.loads(target.read_text()) if target.exists() else {}
        return said or done.stderr.strip()[-500:]


def faults_in(said: dict[str, Any], category: str) -> list[str]:
    """Which audits cost points, each with the first places where it stands."""
    found = []
    for reference in said["categories"][category]["auditRefs"]:
        audit = said["audits"][reference["id"]]
        if reference["weight"] and audit["score"] is not None and audit["score"] < 1:
            items = (audit.get("details") or {}).get("items", [])[:3]
            places = [str(item.get("node", {}).get("snippet") or item.get("description") or item) for item in items]
            found.append(f"{category}: {audit['id']}: {audit['title']} {[place[:200] for place in places]}")
    return found or [f"{category}: below 100"]


def verdicts(command: str, site: Site) -> list[Verdict]:
    """All pages, as a visitor and from the demo account, as long as the time lasts."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=FLAGS)
        state = signed_in(browser, site.url, *site.ask(LOGIN).split())
        browser.close()
    session = "; ".join(f"{one['name']}={one['value']}" for one in state["cookies"])
    rounds = [(name, path, TO_BE_FOUND, "") for name, path in PUBLIC.items()]
    rounds += [(name, path, OF_ALL, "") for name, path in DOORS.items()]
    rounds += [(name, path, OF_ALL, session) for name, path in PRIVATE.items()]
    end, found = time.monotonic() + IN_ALL, []
    for name, path, wanted, cookies in rounds:
        if time.monotonic() > end:
            found.append(Verdict(name, faults=["not looked at: the time is over"]))
        else:
            found.append(judged(command, name, site.url + path, wanted, cookies))
        print(found[-1], flush=True)
    return found


def main() -> int:
    if not shutil.which("node") or not shutil.which("npm"):
        print("not run: no Node here (Debian: apt install nodejs npm)")
        return 0
    if not chromium.executable():
        print("not run: no Chromium here (Debian: apt install chromium)")
        return 0
    command = installed()
    if not command:
        print(f"not run: npm could not bring lighthouse {VERSION}")
        return 0
    site = Site()
    try:
        site.start()
        site.manage("load_demo")
        found = verdicts(command, site)
    finally:
        site.close()
    wrong = [one.name for one in found if one.faults]
    print(f"Lighthouse is not content with: {', '.join(wrong)}" if wrong else "Lighthouse finds nothing amiss.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
