"""Links in a message: what each does, once, for whoever holds it, and what it never shows."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from kzsim.common.links import Purpose, sign
from plans import actions, answers
from plans.answers import Answer
from plans.deadlines import deadlines
from plans.models import Plan, Reminder, Sim
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user, a_watched_sim

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def path_of(url: str) -> str:
    return url.removeprefix("http://127.0.0.1:8000")


def answer_link(item: Plan | Sim, answer: Answer) -> str:
    sim = item if isinstance(item, Sim) else item.sim
    facts = Sim.objects.with_facts().get(pk=sim.pk).facts()
    subject = f"{'sim' if item is sim else 'plan'}:{item.pk}"
    return path_of(answers.answer_url(next(d for d in deadlines(facts, NOW) if d.subject == subject), answer))


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


def test_no_closes_the_plan(client, plan):
    response = client.post(answer_link(plan, Answer.NO))
    plan.refresh_from_db()
    assert plan.closed_at == NOW
    assert "the plan has ended" in response.content.decode()


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
    "token", ["nonsense", sign(Purpose.UNSUBSCRIBE, [1]), sign(Purpose.ANSWER, "odd"), sign(Purpose.ANSWER, 7)]
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
