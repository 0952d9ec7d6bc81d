"""The first steps of a newcomer, and examples to look at and throw away."""

from datetime import timedelta

import phonenumbers
import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core import mail
from django.urls import reverse
from django.utils import translation

from guides.models import Channel, Operator, Report, Tariff
from plans import actions, feed, schedule
from plans.actions import samples
from plans.first_steps import Step, Steps, first_steps_of
from plans.forms.fields import NumberField
from plans.models import BalanceEntry, Message, Need, Plan, Reminder, Sim, UsageReading
from plans.numbers_held import numbers_held
from plans.outbox import due_messages, due_people, post, send
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client):
    for slug in ("kcell", "beeline", "tele2", "altel"):
        Operator.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    user = a_user()
    client.force_login(user)
    return user


@pytest.fixture
def dashboard(client):
    def get() -> BeautifulSoup:
        return BeautifulSoup(client.get("/dashboard/").content, "html.parser")

    return get


def step_of(page: BeautifulSoup) -> str:
    """The step to take now, as the page words it; empty where none is asked for."""
    row = page.select_one(".first-step[aria-current=step]")
    return row.get_text(" ", strip=True) if row else ""


# --- the steps ------------------------------------------------------------------------------------


def test_the_first_step_that_is_not_done_is_the_next():
    assert Steps(frozenset()).next is Step.SIM
    assert Steps(frozenset({Step.SIM, Step.TEST})).next is Step.SITUATION
    assert Steps(frozenset(Step)).next is None


def test_the_steps_go_on_as_they_are_done_and_then_are_over(owner, client, dashboard):
    assert "Add your SIM" in step_of(dashboard())
    client.post("/sims/add/", {"number": "8 701 123 45 67", "operator": "kcell"})
    assert "where you are" in step_of(dashboard())
    client.post("/situation/", {"place": "abroad", "payments": ["foreign_card"]})
    owner.person.refresh_from_db()
    assert "test message" in step_of(dashboard())
    client.post(dashboard().select_one(".first-step[aria-current=step] form")["action"])
    assert not dashboard().select(".first-steps")
    owner.person.refresh_from_db()
    assert owner.person.steps_over_at == NOW


def test_they_cost_one_query_and_none_once_they_are_over(owner, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert first_steps_of(owner.person)
    actions.put_steps_away(owner.person, NOW)
    with django_assert_num_queries(0):
        assert first_steps_of(owner.person) is None


def test_a_test_that_failed_has_shown_nothing(owner):
    message = actions.send_test(owner.person, "email", NOW)
    assert Step.TEST in first_steps_of(owner.person).done
    Message.objects.filter(pk=message.pk).update(state="failed", next_attempt_at=None, failed_at=NOW)
    assert Step.TEST not in first_steps_of(owner.person).done


def test_an_address_that_is_not_confirmed_is_to_be_confirmed_first(owner, dashboard):
    owner.person.email_verified = False
    owner.person.save()

    assert dashboard().select_one(f".first-step a[href='{reverse('account_email')}']")
    assert not dashboard().select(".first-step form")


def test_every_step_that_is_not_done_has_its_way_from_the_beginning(owner, dashboard):
    ways = [(step.a or {}).get("href") or step.form["action"] for step in dashboard().select(".first-step")]
    assert ways == ["/sims/add/", "/situation/", "/reminders/media/test/email/"]
    assert dashboard().select(".first-step form [name=csrfmiddlewaretoken]")


def test_the_steps_can_be_put_away_and_brought_back(owner, client, dashboard):
    client.post(dashboard().select_one(".first-steps > form")["action"])
    page = dashboard()
    assert not page.select(".first-steps")
    assert page.select_one(".empty a[href='/sims/add/']")  # the way to the first SIM stays

    client.post(page.select_one(".notice form")["action"])
    assert dashboard().select(".first-steps")


def test_looking_at_the_dashboard_changes_nothing(owner, client):
    a_sim(owner)
    owner.person.place = "abroad"
    owner.person.save()
    client.get("/dashboard/")
    owner.person.refresh_from_db()
    assert owner.person.steps_over_at is None


# --- examples -------------------------------------------------------------------------------------


def test_examples_are_marked_everywhere_and_a_tap_throws_them_away(owner, client, dashboard):
    client.post(dashboard().select_one(".empty form")["action"])
    page = dashboard()
    cards = page.select(".sim-card")
    assert len(cards) == 5
    assert all("Example" in card.get_text() for card in cards)
    assert "Example" in client.get(cards[0].a["href"]).content.decode()
    assert "Your examples are counted" in client.get("/money/").content.decode()
    assert Step.SIM not in first_steps_of(owner.person).done  # an example is no SIM of one's own

    client.post(page.select_one("#examples form")["action"])
    page = dashboard()
    assert not page.select(".sim-card, #examples")
    assert page.select_one(".empty form")


def test_who_looks_at_examples_sees_nothing_else_before_them(owner, client, dashboard):
    owner.person.email_verified = False
    owner.person.save()
    samples.add_samples(owner.person, NOW)
    page = dashboard()
    assert not page.select(".first-steps")
    assert "Reminders wait" not in page.get_text()

    client.post("/sims/add/", {"number": "8 701 123 45 67", "operator": "kcell"})
    page = dashboard()
    assert page.select(".first-steps")
    assert "Reminders wait" in page.get_text()


def test_nobody_is_ever_reminded_of_an_example(owner):
    owner.person.overview = "week"
    owner.person.muted_kinds = []
    actions.save_person(owner.person, NOW)
    samples.add_samples(owner.person, NOW)

    for days in range(0, 90, 3):
        now = NOW + timedelta(days=days)
        schedule.look_again(now)
        schedule.catch_up(now)
        for person, medium in due_people(now):
            post(person, now, medium)
        send(due_messages(now), clock=lambda now=now: now)
        assert not Reminder.objects.exclude(sim=None).exists()
        assert feed.events_of(owner.person, now) == []
    assert all("Tablet" not in message.body for message in mail.outbox)


def test_throwing_them_away_takes_them_whole_and_nothing_else(owner):
    samples.add_samples(owner.person, NOW)
    other = a_user()
    samples.add_samples(other.person, NOW)
    own = a_plan(a_sim(owner, label="My own"), days=3, price=100).sim
    actions.set_flag(owner.sims.filter(is_sample=True).first(), "deleted_at", NOW, on=True)

    samples.throw_samples_away(owner.person)

    assert [sim.pk for sim in owner.sims.all()] == [own.pk]
    assert Sim.objects.filter(owner=other).count() == 5
    for model, path in ((Plan, "sim"), (BalanceEntry, "sim"), (UsageReading, "sim"), (Need, "sim")):
        assert set(model.objects.values_list(f"{path}__owner", flat=True)) <= {owner.pk, other.pk}
        assert not model.objects.filter(**{f"{path}__owner": owner.pk}).exclude(sim=own).exists()
    assert Reminder.objects.filter(sim=own).exists()


def test_a_second_tap_makes_no_second_set(owner, client):
    for _ in range(2):
        client.post(reverse("plans:samples_add"))
    assert owner.sims.count() == 5


def test_who_has_a_sim_gets_no_examples(owner, client):
    a_sim(owner)
    page = client.post(reverse("plans:samples_add"), follow=True).content.decode()
    assert "SIMs of your own already" in page
    assert owner.sims.count() == 1


def test_examples_stay_when_the_first_own_sim_is_added_and_can_still_be_thrown_away(owner, client, dashboard):
    samples.add_samples(owner.person, NOW)
    client.post("/sims/add/", {"number": "8 701 123 45 67", "operator": "kcell"})
    assert len(dashboard().select(".sim-card")) == 6
    client.post(reverse("plans:samples_remove"))
    assert [str(sim.number) for sim in owner.sims.all()] == ["+77011234567"]


def test_their_numbers_are_nobodys_and_no_form_takes_them():
    for sim in samples.sample_sims():
        number = phonenumbers.parse(sim.number)
        assert phonenumbers.is_possible_number(number)  # it is written like any other
        assert not phonenumbers.is_valid_number(number)
        with pytest.raises(Exception, match="not a whole telephone number"):
            NumberField().clean(sim.number)


def test_an_example_keeps_its_number_and_all_else_can_be_tried(owner, client):
    samples.add_samples(owner.person, NOW)
    sim = owner.sims.first()
    page = client.get(f"/sims/{sim.pk}/edit/").content.decode()
    assert "This is an example" in page
    fields = {"number": "8 701 123 45 67", "operator": sim.operator.slug, "label": "Mine"}
    assert client.post(f"/sims/{sim.pk}/edit/", fields).status_code == 302
    changed = Sim.objects.get(pk=sim.pk)
    assert (changed.label, changed.number, changed.is_sample) == ("Mine", sim.number, True)


def test_examples_touch_no_catalogue_and_count_as_no_number_held(owner):
    owner.person.numbers_elsewhere = 0
    owner.person.save()
    samples.add_samples(owner.person, NOW)
    assert not Tariff.objects.exists()
    assert numbers_held(owner.person).count == 0
    assert Sim.objects.visible_to(owner).tally((), NOW).held == 0


def test_what_is_tapped_of_an_example_tells_nothing_of_the_guides(owner, client):
    samples.add_samples(owner.person, NOW)
    plan = Plan.objects.filter(sim__is_sample=True, paid_until__isnull=False).first()
    Channel.objects.create(slug="shop", kind="shop")
    renewal = actions.renew(plan, to=TODAY + timedelta(days=30), now=NOW)

    assert "told" not in client.get(f"/sims/{plan.sim_id}/").content.decode().split("<main")[1].split("</main")[0]
    client.post(f"/renewals/{renewal.pk}/told/", {"channel": "shop"})
    assert not Report.objects.exists()


def test_who_pastes_a_list_has_taken_the_step_too(owner):
    owner.person.place = "kz"
    owner.person.save()
    actions.send_test(owner.person, "email", NOW)
    assert first_steps_of(owner.person)

    sim = Sim(owner=owner, person=owner.person, number="+77012345678")
    actions.add_sims(owner, [actions.NewSim(sim)], NOW)
    owner.person.refresh_from_db()
    assert owner.person.steps_over_at == NOW


def test_they_are_named_in_the_language_of_the_reader(owner, client, monkeypatch):
    asked = set()
    real = samples.demo._
    monkeypatch.setattr(samples.demo, "_", lambda text: asked.add(translation.get_language()) or real(text))
    owner.person.language = "ru"
    owner.person.save()
    client.post(reverse("plans:samples_add"))
    assert asked == {"ru"}


@pytest.mark.parametrize("name", ["samples_add", "samples_remove", "steps_away", "steps_back"])
def test_a_link_changes_nothing(owner, client, name):
    assert client.get(reverse(f"plans:{name}")).status_code == 405
