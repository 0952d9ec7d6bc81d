"""Links in a message: what each does, once, for whoever holds it, and what it never shows."""

import html
import io
import logging
import re
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.core.signing import b64_decode, b64_encode
from django.test import Client
from django.urls import reverse

from kzsim.common.links import Purpose, sign
from plans import actions, answers
from plans.answers import Answer
from plans.deadlines import Deadline, Kind, deadlines
from plans.models import Person, Plan, Reminder, Sim, Snooze
from plans.reminders import Item, Row
from tests.builders import NOW, TODAY, a_plan, a_sim, a_stay, a_user, a_watched_sim
from tests.plans.test_letter import sent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def path_of(url: str) -> str:
    return url.removeprefix("http://127.0.0.1:8000")


def deadline_of(item: Plan | Sim, kind: Kind | None = None) -> Deadline:
    """The soonest of a plan, or of a number; of this kind, if it is given."""
    sim = item if isinstance(item, Sim) else item.sim
    facts = Sim.objects.with_facts().get(pk=sim.pk).facts()
    subject = f"{'sim' if item is sim else 'plan'}:{item.pk}"
    return next(d for d in deadlines(facts, NOW) if d.subject == subject and kind in (None, d.kind))


def answer_link(item: Plan | Sim, answer: Answer, kind: Kind | None = None) -> str:
    return path_of(answers.answer_url(deadline_of(item, kind), answer))


def token_in(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


@pytest.fixture
def plan():
    return a_plan(a_sim(label="Till 14", number="+77015550142"), days=3, name="Secret plan")


@pytest.fixture
def watched_sim():
    sim = a_watched_sim(label="Mum", number="+77015550143", quiet=55)
    return actions.save_sim(sim, activity_changed=True, now=NOW)


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("answer", Answer)
def test_opening_a_link_changes_nothing(client, plan, method, answer):
    before = Plan.objects.values().get()
    response = getattr(client, method)(answer_link(plan, answer))
    assert response.status_code == 200
    assert Plan.objects.values().get() == before


def test_the_page_shows_label_and_last_digits_and_nothing_else_of_the_owner(client, plan):
    page = client.get(answer_link(plan, Answer.YES)).content.decode()
    assert "Till 14 (…0142)" in page
    assert "Secret plan" not in page
    assert plan.sim.person.email not in page
    assert "5550142" not in "".join(filter(str.isdigit, page))


def test_the_page_is_kept_by_no_cache_and_found_by_no_search(client, plan):
    response = client.get(answer_link(plan, Answer.YES))
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "same-origin"


def test_yes_renews_once_however_often_it_is_tapped(plan):
    link = answer_link(plan, Answer.YES)
    # Without cookies or a CSRF token: a mail program's window may keep neither.
    stranger = Client(enforce_csrf_checks=True)
    first, second = stranger.post(link), stranger.post(link)
    plan.refresh_from_db()
    assert plan.paid_until == TODAY + timedelta(days=33)
    assert plan.renewals.count() == 1
    assert "Saturday 26 December" in first.content.decode()
    assert second.status_code == 200
    assert "noted already" in second.content.decode()
    assert "26 December" not in second.content.decode()


def test_a_link_that_was_answered_is_gone(client, plan):
    link = answer_link(plan, Answer.YES)
    client.post(link)
    response = client.get(link)
    assert response.status_code == 410
    assert "0142" not in response.content.decode()
    assert reverse("plans:dashboard") in response.content.decode()


def test_a_link_ends_when_the_plan_gets_another_date(client, plan):
    no, stop = answer_link(plan, Answer.NO), answer_link(plan, Answer.STOP)
    actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    for link in (no, stop):
        assert client.post(link).status_code == 410
    plan.refresh_from_db()
    assert plan.closed_at is None
    assert not plan.reminders_off


def test_a_link_ends_when_the_sim_is_deleted(client, plan):
    link = answer_link(plan, Answer.YES)
    actions.set_flag(plan.sim, "deleted_at", NOW, on=True)
    assert client.get(link).status_code == 410
    assert client.post(link).status_code == 410
    assert not plan.renewals.exists()


@pytest.mark.parametrize(
    ("later", "asks", "notes"),
    [(0, "Will you not renew it?", "we remind you of this plan no more"), (4, "Was it not renewed?", "has ended")],
)
def test_no_closes_the_plan_before_its_last_day_and_after(client, plan, later, asks, notes):
    link = answer_link(plan, Answer.NO)
    with time_machine.travel(NOW + timedelta(days=later), tick=False):
        assert asks in client.get(link).content.decode()
        response = client.post(link)
    plan.refresh_from_db()
    assert plan.closed_at == NOW + timedelta(days=later)
    assert notes in response.content.decode()
    assert coming(plan.sim) == 0


def test_stop_silences_only_this_plan(client, plan):
    other = a_plan(plan.sim, days=5)
    client.post(answer_link(plan, Answer.STOP))
    assert not Reminder.objects.filter(plan=plan).coming().exists()
    assert Reminder.objects.filter(plan=other).coming().exists()


def test_yes_for_a_plan_without_a_period_leads_to_the_form_that_asks_for_the_date(client):
    plan = a_plan(days=2, period="once")
    link = answer_link(plan, Answer.YES)
    form = reverse("plans:plan_renew", args=[plan.pk])
    assert form in client.get(link).content.decode()
    response = client.post(link)
    assert (response.status_code, response["Location"]) == (302, form)
    assert not plan.renewals.exists()


def test_yes_for_a_number_counts_from_today(client, watched_sim):
    response = client.post(answer_link(watched_sim, Answer.YES))
    watched_sim.refresh_from_db()
    assert watched_sim.last_activity_on == TODAY
    assert "Friday 22 January 2027" in response.content.decode()


@pytest.mark.parametrize("answer", [Answer.NO, Answer.STOP])
def test_no_and_stop_for_a_number_stop_watching_it(client, watched_sim, answer):
    link = answer_link(watched_sim, answer)
    assert client.get(link).status_code == 200
    assert client.post(link).status_code == 200
    watched_sim.refresh_from_db()
    assert not watched_sim.keep_alive
    assert "noted already" in client.post(link).content.decode()


@pytest.mark.parametrize(
    "token",
    [
        "nonsense",
        sign(Purpose.UNSUBSCRIBE, [1]),
        sign(Purpose.ANSWER, "odd"),
        sign(Purpose.ANSWER, 7),
        sign(Purpose.ANSWER, ["plan:1", "2026-11-26", "tomorrow"]),
        sign(Purpose.ANSWER, ["plan:1", "2026-11-26", "tomorrow", "odd"]),
    ],
)
def test_a_forged_or_broken_link_gets_a_kind_page(client, token):
    for response in (client.get(f"/a/{token}/"), client.post(f"/a/{token}/")):
        assert response.status_code == 404
        assert "not complete" in response.content.decode()


def test_the_page_speaks_the_language_of_whom_the_mail_was_for(client):
    plan = a_plan(a_sim(a_user(language="kk")))
    response = client.get(answer_link(plan, Answer.YES), headers={"Accept-Language": "en"})
    assert 'lang="kk"' in response.content.decode()
    assert response["Content-Language"] == "kk"


# --- tomorrow, and stop --------------------------------------------------------------------------------


def item_of(deadline: Deadline, now=NOW) -> Item:
    row = Row(deadline.subject, deadline.kind.value, deadline.known_by, "1", now)
    return Item(row, deadline, (deadline.on - now.astimezone(deadline.zone).date()).days, late=False)


def a_deadline(kind: Kind, days: int) -> Deadline:
    return Deadline("plan:1", kind, TODAY + timedelta(days=days), ZoneInfo("Asia/Almaty"))


Y, N, T, S = Answer.YES, Answer.NO, Answer.TOMORROW, Answer.STOP


@pytest.mark.parametrize(
    ("kind", "days", "offered"),
    [
        (Kind.PLAN_EXPIRES, 3, [Y, N, T, S]),
        (Kind.PLAN_EXPIRES, 1, [Y, N, T, S]),
        (Kind.PLAN_EXPIRES, 0, [Y, N, S]),
        (Kind.PLAN_EXPIRES, -1, [Y, N, T, S]),
        (Kind.RENEWED, -1, [Y, N, T, S]),
        (Kind.CHARGE, 1, [T, S]),
        (Kind.CHARGE, 0, [S]),
        (Kind.NUMBER_AT_RISK, 7, [Y, T, S]),
        (Kind.NUMBER_AT_RISK, 0, [Y, S]),
        (Kind.DATA_OUT, 1, [T, S]),
        (Kind.TRIP, 0, [S]),
        (Kind.CARE, 0, [Y, N, T, S]),
        (Kind.PRICE, 3, []),
        (Kind.PROMOTION, 3, []),
        (Kind.PAUSED, -40, []),
    ],
)
def test_each_item_offers_the_answers_that_still_make_sense(kind, days, offered):
    assert answers.offered(item_of(a_deadline(kind, days)), Person(), NOW) == offered


@pytest.mark.parametrize(("zone", "helps"), [("Asia/Almaty", False), ("Pacific/Kiritimati", True)])
def test_on_the_last_day_tomorrow_is_offered_where_the_readers_morning_comes_before_the_cutoff(zone, helps):
    person = Person(time_zone=zone, hour=time(7))
    found = answers.offered(item_of(a_deadline(Kind.CHARGE, 0)), person, NOW - timedelta(hours=2))
    assert (Answer.TOMORROW in found) is helps


def test_tomorrow_puts_one_thing_off_by_a_day_and_says_so(plan):
    other = a_plan(plan.sim, days=5)
    link = answer_link(plan, Answer.TOMORROW)
    stranger = Client(enforce_csrf_checks=True)
    assert "Until Tuesday 24 November we say nothing of it." in stranger.get(link).content.decode()
    first, second = stranger.post(link), stranger.post(link)
    assert "we remind you of it again on Tuesday 24 November" in first.content.decode()
    assert "noted already" in second.content.decode()
    snooze = Snooze.objects.get()
    assert (snooze.sim, snooze.subject, snooze.kind) == (plan.sim, f"plan:{plan.pk}", "plan_expires")
    assert (snooze.deadline, snooze.until) == (plan.paid_until, TODAY + timedelta(days=1))
    assert Reminder.objects.filter(plan=other).coming().exists()


def test_tomorrow_can_be_asked_for_again_the_next_day_and_stays_one_row(client, plan):
    link = answer_link(plan, Answer.TOMORROW)
    client.post(link)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert client.get(link).status_code == 200
        client.post(link)
    assert Snooze.objects.get().until == TODAY + timedelta(days=2)


def test_tomorrow_is_over_once_it_would_be_too_late_or_the_date_has_changed(client, plan):
    link = answer_link(plan, Answer.TOMORROW)
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        assert client.post(link).status_code == 410
    actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    assert client.get(link).status_code == 410
    assert client.post(link).status_code == 410
    assert not Snooze.objects.exists()


def test_a_question_can_wait_until_tomorrow(client):
    plan = a_plan(days=1)
    link = answer_link(plan, Answer.TOMORROW, Kind.RENEWED)
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        assert client.post(link).status_code == 200
    assert (Snooze.objects.get().kind, Snooze.objects.get().deadline) == ("renewed", plan.paid_until)


def test_a_backup_and_a_number_wait_apart(client, watched_sim):
    actions.set_care(watched_sim, 3, NOW)
    client.post(answer_link(watched_sim, Answer.TOMORROW, Kind.CARE))
    client.post(answer_link(watched_sim, Answer.TOMORROW, Kind.NUMBER_AT_RISK))
    assert {(one.subject, one.kind) for one in Snooze.objects.all()} == {
        (f"sim:{watched_sim.pk}", "care"),
        (f"sim:{watched_sim.pk}", "number_at_risk"),
    }


def test_a_snooze_can_be_taken_back(client, plan):
    client.post(answer_link(plan, Answer.TOMORROW))
    actions.unsnooze(plan.sim, f"plan:{plan.pk}", "plan_expires", plan.paid_until, NOW)
    assert not Snooze.objects.exists()


def test_stop_of_a_trip_ends_that_kind_for_that_sim_and_nothing_else(client):
    plan = a_plan(days=9)
    a_stay(plan.sim.owner, since=5, until=15)
    link = answer_link(plan, Answer.STOP, Kind.TRIP)
    assert "what does not last to the end of your trip" in client.get(link).content.decode()
    assert client.post(link).status_code == 200
    plan.sim.refresh_from_db()
    plan.refresh_from_db()
    assert plan.sim.muted_kinds == ["trip"]
    assert not plan.reminders_off
    assert "noted already" in client.post(link).content.decode()


@pytest.mark.parametrize("answer", [Answer.YES, Answer.NO])
def test_a_trip_cannot_be_answered_as_if_it_were_the_plan(client, answer):
    plan = a_plan(days=9)
    a_stay(plan.sim.owner, since=5, until=15)
    assert client.post(answer_link(plan, answer, Kind.TRIP)).status_code == 410
    plan.refresh_from_db()
    assert (plan.closed_at, plan.paid_until) == (None, TODAY + timedelta(days=9))


# --- what a link may not do ------------------------------------------------------------------------------


def changes(plan: Plan) -> tuple:
    kept = (Plan.objects.filter(pk=plan.pk), Sim.objects.filter(pk=plan.sim_id), Person.objects.all())
    return *(list(rows.values()) for rows in kept), Snooze.objects.count(), Reminder.objects.coming().count()


def with_other_words(token: str, old: str, new: str) -> str:
    """The token with its words changed and its signature as it was."""
    words, _colon, signature = token.partition(":")
    said = b64_decode(words.encode()).decode()
    assert old in said
    return f"{b64_encode(said.replace(old, new, 1).encode()).decode()}:{signature}"


@pytest.mark.parametrize("other", ["no", "stop", "yes"])
def test_a_link_whose_words_were_changed_opens_nothing(client, plan, other):
    token = token_in(answer_link(plan, Answer.TOMORROW))
    forged = with_other_words(token, "tomorrow", other)
    assert client.post(f"/a/{forged}/").status_code == 404
    elsewhere = with_other_words(token, f"plan:{plan.pk}", f"plan:{plan.pk + 1}")
    assert client.post(f"/a/{elsewhere}/").status_code == 404
    shorter = token[:-1]
    assert client.post(f"/a/{shorter}/").status_code == 404


def test_the_key_of_one_link_opens_no_other_purpose(client, plan):
    before = changes(plan)
    answering, leaving = token_in(answer_link(plan, Answer.STOP)), token_in(unsubscribe_link(plan.sim))
    assert client.post(f"/unsubscribe/{answering}/", {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert client.post(f"/a/{leaving}/").status_code == 404
    assert client.post(f"/a/{leaving}/told/").status_code == 404
    assert changes(plan) == before


def test_what_is_sent_along_with_a_link_changes_nothing_about_what_it_does(client, plan):
    other = a_plan(a_sim(plan.sim.owner), days=2)
    client.post(answer_link(plan, Answer.STOP) + f"?plan={other.pk}", {"plan": other.pk, "answer": "yes"})
    plan.refresh_from_db()
    other.refresh_from_db()
    assert (plan.reminders_off, other.reminders_off) == (True, False)
    assert plan.paid_until == TODAY + timedelta(days=3)


def test_a_link_signs_nobody_in(client, plan):
    client.post(answer_link(plan, Answer.YES))
    assert not client.cookies.get("sessionid")
    assert client.get(reverse("plans:dashboard")).status_code == 302


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_follows_every_link_of_a_letter_and_of_the_pages_behind_changes_nothing(client, plan, method):
    sent()
    mail_links = set(re.findall(r"http://127\.0\.0\.1:8000(/\S+)", mail.outbox[-1].body))
    assert len([link for link in mail_links if link.startswith("/a/")]) == 4
    before, behind = changes(plan), set()
    for link in mail_links:
        page = client.get(link, headers={"Purpose": "prefetch"})
        behind |= set(re.findall(r'(?:href|action)="(/[^"#]*)"', page.content.decode()))
    for link in mail_links | behind:
        getattr(client, method)(html.unescape(link))
    assert changes(plan) == before


def test_an_unsubscribe_link_outlives_years_and_an_answer_link_its_deadline(client, plan):
    answering, leaving = answer_link(plan, Answer.YES), unsubscribe_link(plan.sim)
    with time_machine.travel(NOW + timedelta(days=2000), tick=False):
        assert client.get(answering).status_code == 410
        assert client.post(answering).status_code == 410
        assert client.post(leaving, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Person.objects.get().stopped_at is not None


# --- unsubscribing -----------------------------------------------------------------------------------


def unsubscribe_link(sim: Sim, *, only: bool = False) -> str:
    return path_of(answers.unsubscribe_url(sim.person, sim if only else None))


def coming(sim: Sim) -> int:
    return Reminder.objects.filter(sim=sim).coming().count()


def test_one_click_stops_everything_without_cookies_or_login(plan):
    mail_program = Client(enforce_csrf_checks=True)
    link = unsubscribe_link(plan.sim)
    for _click in range(2):
        response = mail_program.post(link, {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
    person = plan.sim.person
    person.refresh_from_db()
    assert person.stopped_at == NOW
    assert coming(plan.sim) == 0


def test_opening_the_unsubscribe_page_changes_nothing_and_names_nobody(client, plan):
    response = client.get(unsubscribe_link(plan.sim))
    page = response.content.decode()
    assert "Stop all reminders" in page
    assert coming(plan.sim) > 0
    for secret in ("0142", "Till 14", "Secret plan", plan.sim.person.email):
        assert secret not in page


def test_reminders_can_be_resumed_from_the_same_page(client, plan):
    link = unsubscribe_link(plan.sim)
    page = client.post(link, {"what": "all"}).content.decode()
    assert 'value="resume"' in page
    client.post(link, {"what": "resume"})
    assert coming(plan.sim) > 0


def test_only_this_sim_can_be_silenced_where_the_message_was_about_one(client, plan):
    other = a_plan(a_sim(plan.sim.owner))
    assert 'value="sim"' not in client.get(unsubscribe_link(plan.sim)).content.decode()
    link = unsubscribe_link(plan.sim, only=True)
    assert "Till 14 (…0142)" in client.get(link).content.decode()
    client.post(link, {"what": "sim"})
    assert coming(plan.sim) == 0
    assert coming(other.sim) > 0


def test_a_link_without_a_sim_cannot_silence_one(client, plan):
    assert client.post(unsubscribe_link(plan.sim), {"what": "sim"}).status_code == 400
    assert coming(plan.sim) > 0


def test_only_this_kind_can_be_switched_off(client, plan):
    link = unsubscribe_link(plan.sim)
    page = client.post(link, {"what": "kind-plan_expires"}).content.decode()
    person = plan.sim.person
    person.refresh_from_db()
    assert person.muted_kinds == ["plan_expires", "promotion"]
    assert 'value="kind-plan_expires"' not in page
    assert 'value="kind-charge"' in page


@pytest.mark.parametrize(("choice", "days"), [("pause-7", 7), ("pause-30", 30)])
def test_reminders_can_be_paused_for_a_while(client, plan, choice, days):
    client.post(unsubscribe_link(plan.sim), {"what": choice})
    person = plan.sim.person
    person.refresh_from_db()
    assert person.paused_until == TODAY + timedelta(days=days)


@pytest.mark.parametrize("choice", ["nonsense", "kind-", "kind-paused", "pause-9", "charge"])
def test_an_unknown_choice_changes_nothing(client, plan, choice):
    before = coming(plan.sim)
    assert client.post(unsubscribe_link(plan.sim), {"what": choice}).status_code == 400
    assert coming(plan.sim) == before


def test_who_is_gone_still_gets_a_kind_page(client, plan):
    link = unsubscribe_link(plan.sim)
    plan.sim.owner.delete()
    for response in (client.get(link), client.post(link, {"List-Unsubscribe": "One-Click"})):
        assert response.status_code == 200
        assert "Nothing is sent any more" in response.content.decode()


@pytest.mark.parametrize("token", ["nonsense", sign(Purpose.ANSWER, [1]), sign(Purpose.UNSUBSCRIBE, 3)])
def test_a_forged_unsubscribe_link_stops_nobody(client, plan, token):
    assert client.post(f"/unsubscribe/{token}/", {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert coming(plan.sim) > 0


@pytest.mark.parametrize("name", ["answer", "answer_told", "unsubscribe"])
def test_a_link_that_breaks_stands_in_no_log(name, client, monkeypatch):
    """Whoever reads the log could tap it."""
    for what in ("read_answer", "read_unsubscribe"):
        monkeypatch.setattr(answers, what, lambda *args: 1 / 0)
    (console,) = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
    written = io.StringIO()
    monkeypatch.setattr(console, "stream", written)
    client.raise_request_exception = False
    assert client.get(reverse(f"plans:{name}", args=["eyJ-token:4711"])).status_code == 500
    assert "ZeroDivisionError" in written.getvalue()
    assert "4711" not in written.getvalue()
