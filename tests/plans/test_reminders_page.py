"""The page of what will come, and “not now”."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse

from plans import actions, schedule
from plans.models import Address, Reminder, Snooze
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user, a_watched_sim

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def user():
    return a_user()


@pytest.fixture
def page(client, user):
    client.force_login(user)

    def get(query: str = "") -> BeautifulSoup:
        response = client.get(reverse("plans:reminders") + query)
        assert response.status_code == 200
        return BeautifulSoup(response.content, "html.parser")

    return get


def an_address(user, medium: str = "telegram") -> None:
    Address.objects.create(person=user.person, medium=medium, to={"chat": 1}, label="@aigerim", added_at=NOW)
    schedule.reschedule_person(user.person, NOW)


def ways_of(page: BeautifulSoup) -> list[str]:
    return [" ".join(way.get_text(" ", strip=True).split()) for way in page.select("section h3 + div > div")]


def line_of(page: BeautifulSoup, words: str):
    return next(line for line in page.select(".coming-line") if words in line.get_text(" "))


def days_of(page: BeautifulSoup) -> list[str]:
    return [heading.get_text() for heading in page.select("section[aria-labelledby=coming] h3")]


def test_what_will_come_stands_under_its_day(page, user):
    a_plan(a_sim(user, label="Till 14"), days=9)
    shown = page()
    assert days_of(shown)[:3] == ["Wednesday 25 November", "Tuesday 1 December", "Wednesday 2 December"]
    first = shown.select_one("section[aria-labelledby=coming] section").get_text(" ", strip=True)
    assert "E-mail · 09:00" in first
    assert "Till 14" in first
    assert "works until Wednesday 2 December" in first


def test_leads_of_one_date_that_come_together_are_said_once(page, user):
    a_plan(a_sim(user, label="Till 14"), days=0)
    said = [words.get_text(" ", strip=True) for words in page().select(".coming-line")]
    assert len([one for one in said if "works until" in one]) == 1
    assert Reminder.objects.filter(kind=Reminder.Kind.PLAN_EXPIRES).coming().count() > 1


def test_days_and_hours_are_those_of_the_reader(page, user):
    user.person.time_zone = "America/New_York"
    actions.save_person(user.person, NOW)
    a_plan(a_sim(user), days=9)
    assert "E-mail · 09:00" in page().select_one("section[aria-labelledby=coming] section").get_text(" ", strip=True)


def test_what_is_due_comes_in_a_few_minutes(page, user):
    a_plan(a_sim(user), days=3)
    assert days_of(page())[0] == "In a few minutes"


def test_without_a_verified_address_they_wait_and_the_page_says_so(page, user):
    a_plan(a_sim(user), days=3)
    actions.set_address(user.person, user.email, False, NOW)
    shown = page()
    assert "wait until you confirm" in shown.get_text()
    assert days_of(shown)[0] == "As soon as your address is confirmed"


def test_long_lists_come_in_pages(page, user):
    for _index in range(12):
        a_plan(a_sim(user), days=9)
    first, last = page(), page("?page=3")
    assert "Page 1 of 3" in first.get_text()
    assert len(first.select(".coming-line")) == 20
    assert len(last.select(".coming-line")) == 8


def test_the_page_asks_the_database_the_same_for_many_sims_as_for_few(
    page, user, client, django_assert_max_num_queries
):
    for _index in range(12):
        a_plan(a_sim(user), days=3)
    page()
    with django_assert_max_num_queries(8):
        page()


def test_several_media_of_a_day_stand_together(page, user):
    an_address(user)
    a_plan(a_sim(user), days=9)
    shown = page()
    assert ways_of(shown)[0] == "E-mail, Telegram · 09:00"
    assert len(shown.select(".coming-line")) == len(days_of(shown))


def test_media_that_speak_at_other_times_are_told_apart(page, user):
    an_address(user)
    a_plan(a_sim(user), days=9)
    Reminder.objects.filter(medium="telegram", occurrence="7").update(due_at=NOW + timedelta(days=2, hours=9))
    assert ways_of(page())[:2] == ["E-mail · 09:00", "Telegram · 20:00"]


def test_what_waits_for_an_address_says_so_beside_what_does_not(page, user):
    an_address(user)
    a_plan(a_sim(user), days=9)
    actions.set_address(user.person, user.email, False, NOW)
    assert ways_of(page())[:2] == ["E-mail · 09:00 · waits until you confirm your address", "Telegram · 09:00"]


def test_an_address_that_bounced_is_named_as_the_reason(page, user):
    a_plan(a_sim(user), days=9)
    user.person.bounced_at = NOW
    actions.save_person(user.person, NOW)
    shown = page()
    assert ways_of(shown)[0].endswith("waits until your address works again")
    assert "Change the address" in shown.select_one("main .notice").get_text()


def test_an_overview_of_all_sims_is_listed_and_belongs_to_none(page, user):
    a_plan(a_sim(user), days=30)
    actions.set_timing(user.person, NOW, overview="week")
    shown = page()
    assert days_of(shown) == ["Monday 30 November"]
    assert "One message that tells all" in shown.select_one(".coming-line").get_text()
    assert not shown.select(".coming-line details")


def test_an_offer_is_listed_once_however_many_sims_it_is_for(page, user):
    values = {"person": user.person, "medium": "email", "kind": "promotion", "deadline": TODAY, "occurrence": "5"}
    for sim in (a_sim(user), a_sim(user)):
        at = NOW + timedelta(hours=2)
        row = {"subject": f"sim:{sim.pk}", "sim": sim, "state": "scheduled", "planned_for": at, "due_at": at}
        Reminder.objects.create(**values, **row)
    assert len([line for line in page().select(".coming-line") if "An offer" in line.get_text()]) == 1


def test_other_peoples_reminders_are_not_listed(page, user):
    a_plan(a_sim(label="Somebody else’s"), days=9)
    assert page().select(".coming-line") == []


# --- not now ---------------------------------------------------------------------------------------------


def moments_of(plan) -> list[str]:
    rows = Reminder.objects.filter(plan=plan, kind="plan_expires").coming()
    return [f"{row.planned_for:%d %H:%M}" for row in rows]


def snooze(client, line, days: int, **headers):
    return client.post(line.select_one("details form")["action"], {"days": days}, headers=headers)


def test_one_reminder_waits_for_some_days_and_can_be_taken_back(client, page, user):
    plan = a_plan(a_sim(user), days=9)
    before = moments_of(plan)
    assert before == ["25 04:00", "01 04:00", "02 04:00"]
    line = line_of(page(), "works until")
    assert snooze(client, line, 3)["Location"] == reverse("plans:reminders")
    assert moments_of(plan) == ["28 04:00", "01 04:00", "02 04:00"]
    shown = page()
    assert "Not before Saturday 28 November" in line_of(shown, "works until").get_text()
    client.post(shown.select_one(".messages form")["action"])
    assert moments_of(plan) == before
    assert not Snooze.objects.exists()


def test_the_line_itself_takes_it_back_too(client, page, user):
    plan = a_plan(a_sim(user), days=9)
    snooze(client, line_of(page(), "works until"), 1)
    client.post(line_of(page(), "works until").select_one("form")["action"])
    assert moments_of(plan) == ["25 04:00", "01 04:00", "02 04:00"]


def test_with_htmx_only_the_line_comes_back(client, page, user):
    a_plan(a_sim(user), days=9)
    response = snooze(client, line_of(page(), "works until"), 3, HX_Request="true")
    line = BeautifulSoup(response.content, "html.parser").select_one("li:first-child")
    assert "Not before Saturday 28 November" in line.get_text()
    back = client.post(line.form["action"], headers={"HX-Request": "true"})
    assert "1 day later" in back.content.decode()


@pytest.mark.parametrize(("days_left", "offered"), [(9, ["1", "3", "7"]), (5, ["1", "3"]), (2, ["1"]), (0, [])])
def test_only_days_that_still_help_are_offered(client, page, user, days_left, offered):
    a_plan(a_sim(user), days=days_left)
    line = line_of(page(), "works until")
    assert [button["value"] for button in line.select("button[name=days]")] == offered


def test_what_was_not_offered_changes_nothing(client, page, user):
    plan = a_plan(a_sim(user), days=2)
    before = moments_of(plan)
    page()
    row = Reminder.objects.filter(plan=plan).coming().first()
    for days in ("7", "-1", "soon", ""):
        client.post(reverse("plans:reminder_snooze", args=[row.pk]), {"days": days})
    assert moments_of(plan) == before
    assert not Snooze.objects.exists()


def test_nobody_else_may_move_a_reminder(client, page):
    row = Reminder.objects.filter(plan=a_plan(days=9)).coming().first()
    page()
    for name in ("reminder_snooze", "reminder_unsnooze", "reminder_stop"):
        assert client.post(reverse(f"plans:{name}", args=[row.pk]), {"days": "1"}).status_code == 404
    assert not Snooze.objects.exists()


def test_only_the_next_of_several_can_wait(page, user):
    a_plan(a_sim(user), days=9)
    lines = [line for line in page().select(".coming-line") if "works until" in line.get_text()]
    assert [bool(line.select("details")) for line in lines] == [True, False, False]


def test_a_later_reminder_is_not_said_to_wait(client, page, user):
    a_plan(a_sim(user), days=9)
    snooze(client, line_of(page(), "works until"), 3)
    assert page().get_text().count("Not before") == 2  # in the message on top, and in its line


def remind_of(user, what: str) -> None:
    sim = a_watched_sim(user, quiet=20) if what == "number" else a_sim(user)
    if what == "plan":
        a_plan(sim, days=9)
    elif what == "backup":
        actions.set_care(sim, 3, NOW)


@pytest.mark.parametrize("what", ["plan", "number", "backup"])
def test_reminders_of_one_thing_stop_and_go_on_with_a_tap_each(client, page, user, what):
    remind_of(user, what)
    count = Reminder.objects.coming().count()
    assert count
    form = page().select(".coming-line details form[action$=stop\\/]")[0]
    assert client.post(form["action"])["Location"] == reverse("plans:reminders")
    assert not Reminder.objects.coming().exists()
    client.post(page().select_one(".messages form")["action"])
    assert Reminder.objects.coming().count() == count


def test_to_stop_backups_of_a_sim_leaves_its_plans_alone(client, page, user):
    plan = a_plan(a_sim(user), days=9)
    actions.set_care(plan.sim, 3, NOW)
    before = moments_of(plan)
    form = line_of(page(), "Time for a backup").select("details form")[-1]
    client.post(form["action"])
    assert moments_of(plan) == before
    assert not Reminder.objects.filter(kind="care").coming().exists()


# --- stopped ---------------------------------------------------------------------------------------------


def test_stopped_reminders_go_on_with_one_tap_which_leads_to_the_dashboard(client, page, user):
    plan = a_plan(a_sim(user), days=3)
    actions.stop_reminders(user.person, NOW)
    assert "All reminders are stopped" in page().get_text()
    response = client.post(reverse("plans:resume"))
    assert response["Location"] == reverse("plans:dashboard")
    assert Reminder.objects.filter(plan=plan).coming().exists()


def test_resuming_leads_to_no_other_site(client, page):
    page()
    response = client.post(reverse("plans:resume"), {"next": "https://evil.example/"})
    assert response["Location"] == reverse("plans:dashboard")


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_a_visit_changes_nothing(client, page, name):
    page()
    assert client.get(reverse(f"plans:{name}")).status_code == 405
