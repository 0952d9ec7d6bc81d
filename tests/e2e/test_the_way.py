"""From sign-up to the reminder in the mailbox, with every process real."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.processes import Site, eventually
from tests.e2e.smtp import CountingServer
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ADDRESS = "aigerim@example.org"
PASSWORD = "a calm long password 7"


def links_in(message) -> list[str]:
    return re.findall(r"https?://\S+", message.parsed.get_body(("plain",)).get_content())


def test_a_person_signs_up_adds_a_sim_and_is_reminded_once(site: Site, mail_server: CountingServer):
    site.start()
    person = Visitor(site.url)

    # Signs up; the mail with the link comes through the worker.
    signed_up = person.submit(person.get("/accounts/signup/"), email=ADDRESS, password1=PASSWORD)
    assert signed_up.status == 200, signed_up.text

    # Adds a SIM before the address is verified.
    today = datetime.now(ZoneInfo("Asia/Almaty")).date()
    until = today + timedelta(days=3)
    added = person.submit(
        person.get("/sims/add/"),
        number="8 (701) 123-45-67",
        operator="kcell",
        name="Freestyle",
        price="4990",
        period="30d",
        paid_until=until.isoformat(),
        renews="hand",
    )
    assert added.status == 200
    assert "Freestyle" in person.get("/dashboard/").text

    # Verifies: opening the link changes nothing, the button does.
    (welcome,) = eventually(lambda: mail_server.to(ADDRESS))
    link = next(url for url in links_in(welcome) if "confirm-email" in url)
    assert link.startswith(site.url)
    page = person.get(link)
    assert len(mail_server.to(ADDRESS)) == 1
    confirmed = person.submit(page, "Yes, confirm")
    assert confirmed.status == 200, confirmed.text

    # The reminder comes, with the right date and the right amount, once.
    eventually(lambda: len(mail_server.to(ADDRESS)) > 1)
    reminder = mail_server.to(ADDRESS)[1].parsed
    text = reminder.get_body(("plain",)).get_content()
    assert "…4567" in reminder["Subject"]
    assert "in 3 days" in reminder["Subject"]
    assert f"{until:%A} {until.day} {until:%B}" in text
    assert "4,990\xa0₸" in text
    assert "+7701" not in reminder.as_string()
    assert reminder.get_body(("html",)) is not None
    assert sum("/en/guides/kcell/" in url for url in links_in(mail_server.to(ADDRESS)[1])) == 2

    # "I have renewed" works without signing in; opening the link changes nothing.
    stranger = Visitor(site.url)
    answer = next(url for url in links_in(mail_server.to(ADDRESS)[1]) if "/a/" in url)
    asked = stranger.get(answer)
    assert "4567" in asked.text
    assert site.ask("from plans.models import Renewal; print(Renewal.objects.count())") == "0"
    done = stranger.post(answer, {}, asked.url)
    assert done.status == 200, done.text
    new_date = site.ask("from plans.models import Plan; print(Plan.objects.get().paid_until)")
    assert new_date == (until + timedelta(days=30)).isoformat()

    # Ticks go on, nothing more is sent, and the site says that it is well.
    ticks = "from plans.models import Heartbeat; print(Heartbeat.objects.get(name='tick').at)"
    before = site.ask(ticks)
    eventually(lambda: site.ask(ticks) > before)
    assert len(mail_server.to(ADDRESS)) == 2
    assert site.answers("/healthz") == 200
    assert site.stop() == 0


def test_one_click_unsubscribe_stops_the_reminders(site: Site, mail_server: CountingServer):
    site.start()
    site.manage("load_demo", "--people", "1")
    (message,) = eventually(lambda: mail_server.messages)
    target = message.parsed["List-Unsubscribe"].strip().strip("<>")
    answer = Visitor(site.url).post(target, {"List-Unsubscribe": "One-Click"})
    assert answer.status == 200
    stopped = "from plans.models import Person; print(Person.objects.exclude(stopped_at=None).count())"
    assert site.ask(stopped) == "1"
    live = "from plans.models import Reminder; print(Reminder.objects.filter(due_at__isnull=False).count())"
    assert site.ask(live) == "0"
