"""The tariff of a plan costs another price: what is said, once, from the editor's desk to the mail and the page."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from guides.models import Operator, Tariff, raise_revision
from kzsim.common.money import Money
from plans import actions, outbox, schedule
from plans.deadlines import Kind, Offer, PlanFacts, Renews, SimFacts, deadlines, price_change
from plans.models import Reminder, Sim
from plans.periods import Period
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user
from tests.guides.test_admin import posted

OLD, NEW = Money(Decimal(4590)), Money(Decimal(4990))
SAID = NOW - timedelta(days=20)
SIM = SimFacts(7, ZoneInfo("Asia/Almaty"))


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def an_offer(**fields) -> Offer:
    said = {"price": NEW, "seen_on": TODAY, "source": "here", "confidence": "one_source", "changed_at": NOW}
    return Offer(**(said | fields))


def a_plan_of(offset=3, offer=None, **fields) -> PlanFacts:
    facts = {"id": 1, "period": Period.DAYS_30, "paid_until": day(offset), "price": OLD, "said_at": SAID}
    known = {"offer": offer or an_offer(), "offer_known": OLD, "offer_said_at": SAID}
    return PlanFacts(**(facts | known | fields))


def told(plan: PlanFacts, now=NOW) -> list:
    return [found for found in deadlines(replace(SIM, plans=(plan,)), now) if found.kind is Kind.PRICE]


def test_a_new_price_is_told_with_its_source_before_the_first_charge_at_it():
    (found,) = told(a_plan_of(3))
    assert (found.on, found.needed, found.was, found.source, found.seen_on) == (day(3), NEW, OLD, "here", TODAY)
    assert found.since == NOW


@pytest.mark.parametrize("renews", Renews)
@pytest.mark.parametrize(
    ("begins", "paid_until", "on"),
    [
        (0, 3, 3),
        (4, 3, 3),  # the charge of the very day on which it begins
        (5, 3, 33),  # the charge before still costs the old price
        (70, 3, 93),
        (-30, 3, 3),  # it holds for a while, the editors only learn of it now
    ],
)
def test_the_first_charge_at_the_new_price_is_the_first_from_the_day_it_begins(renews, begins, paid_until, on):
    plan = a_plan_of(paid_until, an_offer(since=day(begins)), renews=renews)
    assert [found.on for found in told(plan)] == [day(on)]
    change = price_change(SIM, plan, TODAY)
    assert (change.from_day, change.charged_before) == (day(on + 1), on > paid_until)


@pytest.mark.parametrize(
    ("offer", "plan"),
    [
        ({"price": OLD}, {}),  # back to what its owner knows
        ({}, {"price": NEW}),  # they said it before the editors did
        ({}, {"offer_known": NEW}),
        ({}, {"offer_known": None}),
        ({"price": Money(Decimal(49), "EUR")}, {}),
        ({"confidence": "old"}, {}),
        ({"confidence": "reported"}, {}),
        ({"seen_on": None}, {}),
        ({"seen_on": day(-91)}, {}),
        ({"changed_at": None}, {}),  # the price was there when its owner chose the tariff, and they pay another
        ({"changed_at": SAID - timedelta(days=1)}, {}),
        ({"changed_at": None, "since": day(-40)}, {}),
        ({"since": date(9999, 1, 1)}, {"period": Period.DAY}),
        ({}, {"closed": True}),
    ],
)
def test_nothing_is_said_of_what_is_no_news_or_is_not_known_to_be_true(offer, plan):
    facts = a_plan_of(3, an_offer(**offer), **plan)
    assert told(facts) == []
    assert price_change(SIM, facts, TODAY) is None


def test_a_price_announced_when_the_tariff_was_chosen_is_told_against_what_its_owner_pays():
    plan = a_plan_of(3, an_offer(changed_at=None, since=day(20)))
    (found,) = told(plan)
    assert (found.on, found.was, found.since) == (day(33), OLD, SAID)


@pytest.mark.parametrize("fields", [{"muted": True}, {"period": Period.DAY}, {"paid_until": None}])
def test_the_page_shows_what_no_message_says(fields):
    plan = a_plan_of(3, **fields)
    assert told(plan) == []
    assert price_change(SIM, plan, TODAY).price == NEW


def test_a_plan_that_had_ended_is_told_nothing_and_shown_since_when_it_costs_more():
    plan = a_plan_of(-5)
    change = price_change(SIM, plan, TODAY)
    assert told(plan) == []
    assert (change.on, change.has_begun, change.from_day) == (None, True, TODAY)


def test_who_paid_since_is_not_told_any_more_but_still_asked_on_the_page():
    renewed = a_plan_of(33, said_at=NOW + timedelta(days=2))
    assert told(renewed, NOW + timedelta(days=3)) == []
    change = price_change(SIM, renewed, day(3))
    assert (change.has_begun, change.from_day) == (True, TODAY)


def test_who_renews_early_at_the_old_price_is_told_of_the_first_charge_at_the_new_one():
    renewed = a_plan_of(33, an_offer(since=day(4)), said_at=NOW + timedelta(days=1))
    assert [found.on for found in told(renewed, NOW + timedelta(days=1))] == [day(33)]


OFFERS = st.builds(
    Offer,
    price=st.sampled_from([OLD, NEW, Money(Decimal(5490))]),
    since=st.none() | st.dates(day(-60), day(120)),
    seen_on=st.dates(day(-80), TODAY),
    source=st.just("here"),
    confidence=st.sampled_from(["confirmed", "one_source"]),
    changed_at=st.none() | st.datetimes(datetime(2026, 9, 1), datetime(2026, 11, 23), timezones=st.just(UTC)),  # noqa: DTZ001
)


@given(
    OFFERS,
    st.sampled_from(Period),
    st.sampled_from(Renews),
    st.integers(-60, 60),
    st.none() | st.just(SAID),
    st.integers(-30, 30),
)
def test_one_thing_is_said_of_one_change_and_no_charge_before_it_is_at_the_new_price(
    offer, period, renews, until, known_since, said
):
    plan = a_plan_of(
        until,
        offer,
        period=period,
        renews=renews,
        offer_said_at=known_since,
        said_at=NOW + timedelta(days=min(said, 0)),
    )
    found = told(plan)
    assert len(found) <= 1
    for one in found:
        assert one.on + timedelta(days=1) >= one.begins_on
        assert one.needed != one.was
        assert one.since >= plan.said_at


# --- from the editor's desk to the mail and the page -------------------------------------------------


@pytest.fixture
def tariff(guides_loaded):
    beeline = Operator.objects.get(slug="beeline")
    return Tariff.objects.create(
        operator=beeline,
        name="Big",
        price=4590,
        period="30d",
        source="beeline.kz",
        seen_on=TODAY - timedelta(days=30),
    )


@pytest.fixture
def plan(tariff):
    with time_machine.travel(NOW - timedelta(days=20), tick=False):
        now = NOW - timedelta(days=20)
        sim = a_sim(a_user(), label="Till 14", number="+77051234567", operator=tariff.operator)
        return a_plan(sim, days=30, now=now, tariff=tariff, name="Big", price=Decimal(4590))


@pytest.fixture
def owner(plan):
    client = Client()
    client.force_login(plan.sim.owner)
    return client


def save_in_admin(tariff: Tariff, now: datetime = NOW, **changes) -> None:
    with time_machine.travel(now, tick=False):
        desk = Client()
        email = f"editor{get_user_model().objects.count()}@example.com"
        desk.force_login(get_user_model().objects.create_superuser(email, "password"))
        url = reverse("admin:guides_tariff_change", args=[tariff.pk])
        assert desk.post(url, posted(desk.get(url), seen_on=now.date().isoformat(), **changes)).status_code == 302


def messages_at(now: datetime) -> list:
    """What a tick at that moment sends."""
    mail.outbox.clear()
    with time_machine.travel(now, tick=False):
        schedule.catch_up(now)
        for person, medium in outbox.due_people(now):
            outbox.post(person, now, medium)
        outbox.send(outbox.due_messages(now), clock=lambda: now)
    return list(mail.outbox)


def rows(plan) -> list[tuple]:
    return list(
        Reminder.objects.filter(plan=plan, kind="price").order_by("pk").values_list("deadline", "occurrence", "state")
    )


@pytest.mark.django_db
def test_what_an_editor_saves_is_told_seven_days_before_the_first_charge_at_it(tariff, plan):
    assert messages_at(NOW - timedelta(days=19)) == []
    save_in_admin(tariff, NOW - timedelta(days=18), price="4990")
    assert messages_at(NOW - timedelta(days=18)) == []  # 28 days are left
    (message,) = messages_at(NOW + timedelta(days=3))
    assert message.subject.startswith("Till 14 (…4567): ends in 7 days")  # both in one message
    assert "Big will cost 4,990\xa0₸ instead of 4,590\xa0₸ from Friday 4 December." in message.body
    assert "Source: beeline.kz. Seen on Thursday 5 November." in message.body
    assert "is late" not in message.body
    assert message.body.count("Money needed: 4,590\xa0₸") == 1
    assert rows(plan) == [(date(2026, 11, 5), "499000", "sent")]
    said = [message.body for offset in range(4, 40) for message in messages_at(NOW + timedelta(days=offset))]
    assert said
    assert not any("will cost" in body for body in said)


@pytest.mark.django_db
def test_what_changes_shortly_before_the_charge_is_told_at_once_and_is_not_late(tariff, plan):
    now = NOW + timedelta(days=4)  # six days are left, and the seven days' lead has passed
    messages_at(now - timedelta(days=1))
    save_in_admin(tariff, now, price="4990")
    (message,) = messages_at(now + timedelta(minutes=1))
    assert message.subject.replace("\xa0", " ") == "Till 14 (…4567): the new price is 4,990 ₸"
    assert "is late" not in message.body
    assert f"/sims/{plan.sim_id}/#price-{plan.pk}" in message.body


@pytest.mark.django_db
def test_a_price_that_goes_back_is_not_told_and_a_new_one_is_told_anew(tariff, plan):
    save_in_admin(tariff, price="4990")
    schedule.catch_up(NOW)
    save_in_admin(tariff, NOW + timedelta(hours=1), price="4590")
    schedule.catch_up(NOW + timedelta(hours=1))
    assert [state for *_, state in rows(plan)] == ["skipped"]
    save_in_admin(tariff, NOW + timedelta(hours=2), price="5490")
    assert "instead of 4,590" in messages_at(NOW + timedelta(days=4))[0].body
    save_in_admin(tariff, NOW + timedelta(days=5), price="5990")
    assert "will cost 5,990\xa0₸ instead of 4,590" in messages_at(NOW + timedelta(days=5, minutes=1))[0].body
    assert [state for *_, state in rows(plan)] == ["skipped", "sent", "sent"]


@pytest.mark.django_db
def test_a_price_announced_for_a_day_to_come_waits_for_the_first_charge_from_that_day(tariff, plan, owner):
    save_in_admin(tariff, price="4990", price_since="2026-12-20")
    with time_machine.travel(NOW, tick=False):
        page = owner.get(reverse("plans:sim", args=[plan.sim_id])).content.decode()
        assert "instead of 4,590\xa0₸ from Sunday 3 January 2027" in page
        assert "The charges before that day still cost the old price." in page
        assert 'name="take"' not in page
        answer(owner, plan, "take")
    plan.refresh_from_db()
    assert plan.price == 4590  # not before the charges at the old price are over


def answer(client, plan, what, price="4990.00"):
    return client.post(reverse("plans:plan_price", args=[plan.pk]), {what: "", "price": price}, follow=True)


@pytest.mark.django_db
def test_its_owner_takes_the_new_price_with_one_tap_and_is_told_no_more(tariff, plan, owner):
    save_in_admin(tariff, price="4990")
    schedule.catch_up(NOW)
    with time_machine.travel(NOW, tick=False):
        for url in (reverse("plans:dashboard"), reverse("plans:sim", args=[plan.sim_id])):
            page = owner.get(url)
            button = BeautifulSoup(page.content, "html.parser").select_one('form button[name="take"]')
            assert button.find_parent("form").select_one('[name="price"]')["value"] == "4990.00"
            assert "Until you take it over, we count with 4,590\xa0₸." in page.content.decode()
        assert "Big costs 4,990" in answer(owner, plan, "take").content.decode()
        assert "Nothing is left to answer" in answer(owner, plan, "take").content.decode()
        assert b"instead of" not in owner.get(reverse("plans:dashboard")).content
    plan.refresh_from_db()
    assert (plan.price, plan.tariff_price) == (4990, 4990)
    assert [state for *_, state in rows(plan)] == ["skipped"]


@pytest.mark.django_db
def test_its_owner_keeps_their_price_and_is_not_asked_again(tariff, plan, owner):
    save_in_admin(tariff, price="4990")
    with time_machine.travel(NOW, tick=False):
        answer(owner, plan, "keep")
    plan.refresh_from_db()
    assert (plan.price, plan.tariff_price) == (4590, 4990)
    assert [state for *_, state in rows(plan)] == []
    save_in_admin(tariff, NOW + timedelta(days=1), price="5490")
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        page = owner.get(reverse("plans:sim", args=[plan.sim_id])).content.decode()
    assert "instead of 4,990" in page
    assert "You told us that you pay 4,590\xa0₸." in page


@pytest.mark.django_db
@pytest.mark.parametrize("price", ["4991", "", "much", "NaN", "sNaN"])
def test_an_answer_to_another_price_changes_nothing(tariff, plan, owner, price):
    save_in_admin(tariff, price="4990")
    with time_machine.travel(NOW, tick=False):
        answer(owner, plan, "take", price)
    plan.refresh_from_db()
    assert (plan.price, plan.tariff_price) == (4590, 4590)


@pytest.mark.django_db
def test_a_stranger_answers_nothing_and_looking_changes_nothing(tariff, plan, owner):
    save_in_admin(tariff, price="4990")
    url = reverse("plans:plan_price", args=[plan.pk])
    stranger = Client()
    stranger.force_login(a_user())
    with time_machine.travel(NOW, tick=False):
        assert stranger.post(url, {"take": "", "price": "4990"}).status_code == 404
        assert owner.get(url).status_code == 405
    plan.refresh_from_db()
    assert plan.price == 4590


@pytest.mark.django_db
def test_nothing_is_said_of_a_tariff_that_editors_deleted(tariff, plan):
    save_in_admin(tariff, price="4990")
    schedule.catch_up(NOW)
    with time_machine.travel(NOW, tick=False):
        tariff.delete()
        raise_revision()
    assert schedule.catch_up(NOW) == 1
    assert [state for *_, state in rows(plan)] == ["skipped"]


@pytest.mark.django_db
def test_who_switches_the_kind_off_is_not_told(tariff, plan):
    actions.mute_kinds(plan.sim.person, ["price", "plan_expires"], NOW)
    save_in_admin(tariff, price="4990")
    assert messages_at(NOW + timedelta(days=4)) == []


@pytest.mark.django_db
def test_choosing_and_correcting_note_what_its_owner_knows(tariff, plan):
    assert (plan.tariff_price, plan.tariff_said_at) == (4590, NOW - timedelta(days=20))
    stale = Tariff.objects.create(
        operator=tariff.operator, name="Old", price=3000, source="archive", seen_on=TODAY, confidence="old"
    )
    plan.tariff, plan.price = stale, Decimal(3500)
    actions.save_plan(plan, paid_until=plan.paid_until, now=NOW)
    assert (plan.tariff_price, plan.tariff_said_at) == (None, NOW)
    stale.price, stale.confidence = 3300, "confirmed"
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        stale.save()
    change = facts_and_change(plan)
    assert (change.was.amount, change.price.amount) == (3500, 3300)
    plan.refresh_from_db()
    plan.price = Decimal(3300)
    actions.save_plan(plan, paid_until=plan.paid_until, now=NOW + timedelta(hours=2))
    assert plan.tariff_price == 3300
    plan.tariff = None
    actions.save_plan(plan, paid_until=plan.paid_until, now=NOW + timedelta(hours=3))
    assert (plan.tariff_price, plan.tariff_said_at) == (None, None)


def facts_and_change(plan):
    facts = Sim.objects.with_facts().get(pk=plan.sim_id).facts()
    return price_change(facts, facts.plans[0], TODAY)
