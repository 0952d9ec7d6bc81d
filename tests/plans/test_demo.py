"""`manage.py load_demo`."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import CommandError, call_command

from guides.models import Operator, Tariff
from plans import actions, demo, outbox
from plans.deadlines import State, outlooks, price_change
from plans.models import Person, Reminder, Sim
from tests.builders import NOW

pytestmark = [pytest.mark.broad, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _operators():
    for slug in ("kcell", "activ", "beeline", "izi", "tele2", "altel"):
        Operator.objects.get_or_create(slug=slug, defaults={"name": slug.title()})


def load(*options: str) -> str:
    output = StringIO()
    call_command("load_demo", *options, stdout=output)
    return output.getvalue()


def tick(now) -> int:
    for person, medium in outbox.due_people(now):
        outbox.post(person, now, medium)
    return outbox.send(outbox.due_messages(now), clock=lambda: now)


def states(now) -> dict[str, State]:
    sims = Sim.objects.visible_to(get_user_model().objects.get(email=demo.EMAIL)).in_use().with_facts()
    return {sim.label: outlook.state for sim in sims for outlook in outlooks(sim.facts(), sim.today(now))}


STATES = {
    "My phone": State.FINE,
    "Till 14": State.URGENT,
    "Router at the dacha": State.SOON,
    "Old phone": State.EXPIRED,
    "Daughter’s phone": State.UNKNOWN,
    "For the bank, abroad": State.SOON,
    "Mum’s phone": State.SOON,
    "Tablet": State.FINE,
}


def test_the_account_has_a_sim_in_every_state_and_can_sign_in(client):
    with time_machine.travel(NOW, tick=False):
        printed = load()
        assert states(NOW) == STATES
    assert demo.EMAIL in printed
    assert demo.EDITOR_EMAIL in printed
    response = client.post("/accounts/login/", {"login": demo.EMAIL, "password": demo.PASSWORD})
    assert response["Location"] == "/dashboard/"


def test_its_reminder_is_due_at_once_and_comes_once():
    with time_machine.travel(NOW, tick=False):
        load()
        assert tick(NOW) == 1
        load()
        assert tick(NOW) == 0
    assert [message.to for message in mail.outbox] == [[demo.EMAIL]]
    assert "Till 14" in mail.outbox[0].body


def test_loading_again_brings_the_states_back_without_piling_up():
    with time_machine.travel(NOW, tick=False):
        load()
        sim = Sim.objects.get(label="Till 14")
        actions.renew(sim.plans.get(), to=sim.today(NOW) + timedelta(days=60), now=NOW)
        actions.set_flag(Sim.objects.get(label="Old phone"), "deleted_at", NOW, on=True)
        actions.stop_reminders(sim.person, NOW)
    later = NOW + timedelta(days=3)
    with time_machine.travel(later, tick=False):
        load()
        assert states(later) == STATES
        assert tick(later) == 1
    assert Sim.objects.count() == len(STATES)
    assert get_user_model().objects.count() == 2
    assert Sim.objects.get(label="Mum’s phone").balance_entries.count() == 1


def test_a_plan_became_dearer_and_a_backup_is_watched(client):
    for now in (NOW, NOW + timedelta(days=40)):  # loading again brings both back
        with time_machine.travel(now, tick=False):
            load()
            sims = Sim.objects.with_facts()
            facts = sims.get(label="My phone").facts()
            change = price_change(facts, facts.plans[0], sims[0].today(now))
            assert (change.was.amount, change.price.amount) == (4590, 4990)
            reminders = Reminder.objects.filter(sim__label="For the bank, abroad", kind="care").coming()
            assert reminders.first().planned_for > now
    assert Tariff.objects.count() == 1


def test_it_has_a_trip_through_which_not_all_lasts_and_accounts_tied_to_a_number():
    for _ in range(2):
        load()
    sim = Sim.objects.get(label="For the bank, abroad")
    assert [account.name for account in sim.tied_accounts.all()] == ["Halyk", "Kaspi", "WhatsApp", "eGov"]
    assert sim.person.stays.count() == 1
    assert {row.sim.label for row in Reminder.objects.filter(kind="trip").coming()} == {"My phone"}


def test_the_editor_is_staff_in_the_group_of_editors_only():
    load()
    editor = get_user_model().objects.get(email=demo.EDITOR_EMAIL)
    assert (editor.is_staff, editor.is_superuser) == (True, False)
    assert [group.name for group in editor.groups.all()] == ["Editors"]


def test_each_of_many_people_has_one_message_due_now():
    with time_machine.travel(NOW, tick=False):
        load("--people", "5")
        load("--people", "3")
        assert tick(NOW) == 8
        assert tick(NOW) == 0
    assert sorted(message.to[0] for message in mail.outbox) == [
        f"person{number}@demo.example" for number in range(1, 9)
    ]
    assert Person.objects.count() == 8
    assert not Reminder.objects.due(NOW).exists()


def test_people_are_added_in_a_number_of_queries_that_does_not_follow_their_number(django_assert_max_num_queries):
    with django_assert_max_num_queries(60):
        load("--people", "150")


@pytest.mark.parametrize("count", ["0", "-3"])
def test_fewer_than_one_person_is_refused(count):
    with pytest.raises(CommandError, match="above zero"):
        load(f"--people={count}")


def test_a_public_site_gets_no_demo(settings):
    settings.IS_PUBLIC = True
    with pytest.raises(CommandError, match="is public"):
        load()
    assert not get_user_model().objects.exists()
