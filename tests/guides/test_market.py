"""Promotions that appear and vanish by themselves, and prices that were seen once."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse

from guides.market import offers_of
from guides.models import Operator, Promotion, PromotionState, Tariff
from guides.situation import Place
from plans.models import Person

pytestmark = pytest.mark.django_db
at = partial(time_machine.travel, tick=False)
DAY = date(2026, 11, 24)


@pytest.fixture
def kcell():
    return Operator.objects.create(slug="kcell", name="Kcell")


def promotion(operator, title="More data", since=0, until=0, **fields):
    """`since` and `until` in days from the day."""
    since = None if since is None else DAY + timedelta(days=since)
    return Promotion.objects.create(
        operator=operator, title=title, since=since, until=DAY + timedelta(days=until), source="kcell.kz", **fields
    )


def page(client, lang="en", operator="kcell"):
    return client.get(reverse("guides:operator", kwargs={"lang": lang, "operator": operator})).content.decode()


@pytest.mark.parametrize(
    ("since", "until", "state"),
    [
        (0, 0, PromotionState.RUNNING),
        (None, 0, PromotionState.RUNNING),
        (-5, 5, PromotionState.RUNNING),
        (1, 5, PromotionState.COMING),
        (-5, -1, PromotionState.OVER),
        (None, -1, PromotionState.OVER),
    ],
)
def test_a_promotion_is_coming_running_or_over_and_shown_only_while_it_runs(kcell, since, until, state):
    one = promotion(kcell, since=since, until=until)
    assert one.state_on(DAY) == state
    assert [s for s in PromotionState if Promotion.objects.in_state(s, DAY).exists()] == [state]
    assert bool(offers_of(kcell, "en", "", DAY)) == (state == PromotionState.RUNNING)


def test_on_the_page_it_appears_and_vanishes_by_the_day_in_almaty_also_from_the_cache(client, kcell):
    promotion(kcell, "One day only", since=0, until=0)
    for moment, is_shown in [
        ("2026-11-23T18:59Z", False),
        ("2026-11-23T19:00Z", True),
        ("2026-11-24T18:59Z", True),
        ("2026-11-24T19:00Z", False),
    ]:
        with at(moment):
            assert ("One day only" in page(client)) == is_shown, moment


@at("2026-11-24T07:00Z")
def test_who_it_is_for_is_said_where_nobody_knows_where_the_reader_is(client, kcell):
    promotion(kcell, "Roaming pack", audience=Place.ABROAD)
    promotion(kcell, "Shop bonus", audience=Place.KAZAKHSTAN)
    promotion(kcell, "For all")
    shown = page(client)
    assert "Roaming pack</span> <strong>(for people abroad)" in shown
    assert "Shop bonus</span> <strong>(for people in Kazakhstan)" in shown
    assert "For all</span><br>" in shown


@at("2026-11-24T07:00Z")
@pytest.mark.parametrize(
    ("place", "own", "other"),
    [(Place.ABROAD, "Roaming pack", "Shop bonus"), (Place.KAZAKHSTAN, "Shop bonus", "Roaming pack")],
)
def test_a_reader_whose_place_is_known_sees_what_is_for_them(client, kcell, place, own, other):
    promotion(kcell, "Roaming pack", audience=Place.ABROAD)
    promotion(kcell, "Shop bonus", audience=Place.KAZAKHSTAN)
    user = get_user_model().objects.create_user("reader@example.com")
    Person.objects.of_user(user, place=place)
    client.force_login(user)
    shown = page(client)
    assert own in shown
    assert other not in shown
    assert "for people" not in shown


def test_a_promotion_in_a_language_that_the_reader_cannot_read_is_left_out(kcell):
    promotion(kcell, "Скидка", language="ru")
    assert [one.title for one in offers_of(kcell, "kk", "", DAY)] == ["Скидка"]
    assert offers_of(kcell, "zh-hans", "", DAY) == []


def test_a_promotion_cannot_end_before_it_begins(kcell):
    with pytest.raises(ValidationError, match="before it begins"):
        promotion(kcell, since=3, until=1).full_clean()


@pytest.fixture
def desk(client):
    client.force_login(get_user_model().objects.create_superuser("editor@example.com"))
    return client


@at("2026-11-24T07:00Z")
def test_the_list_of_the_admin_says_how_each_stands(desk, kcell):
    for title, since, until in (("Soon", 1, 2), ("Now", -1, 1), ("Past", -9, -8)):
        promotion(kcell, title, since, until)
    address = reverse("admin:guides_promotion_changelist")
    shown = desk.get(address).content.decode()
    for word in ("coming", "running", "over"):
        assert f'<td class="field-state">{word}</td>' in shown
    only = desk.get(address, {"state": "running"}).context["cl"].result_list
    assert [one.title for one in only] == ["Now"]


def test_a_tariff_is_never_shown_as_todays_price(client, kcell):
    Tariff.objects.create(
        operator=kcell,
        name="Big",
        price=Decimal(4990),
        period="30d",
        data_mb=5120,
        minutes=1200,
        messages=100,
        fallback_fee=390,
        price_since=date(2023, 8, 1),
        source="kcell.kz, an old page",
        seen_on=date(2023, 7, 1),
        confidence="old",
    )
    Tariff.objects.create(operator=kcell, name="Odd", price=990, period="", data_mb=0, source="somebody")
    shown = page(client).replace("\xa0", " ")
    assert "None of these is today&#x27;s price" in shown or "None of these is today's price" in shown
    assert "Big: 4,990 ₸, 30 days, at this price from 1 August 2023, 5 GB, 1,200 minutes, 100 SMS" in shown
    assert "100 SMS, 390 ₸ a day if the balance is too small" in shown
    assert "July 2023" in shown
    assert "Odd: 990 ₸, period not known, no data" in shown
    assert "date not visible" in shown
    assert "kcell.kz, an old page" in shown


@pytest.mark.usefixtures("guides_loaded")
def test_the_prices_that_the_research_saw_are_there_none_of_them_confirmed(client):
    assert set(Tariff.objects.values_list("confidence", flat=True)) <= {"old", "one_source"}
    assert not Tariff.objects.exclude(seen_on=None).exists()
    assert "Можно Всё" in page(client, operator="beeline")
    assert "Можно Всё" not in page(client, operator="izi")  # a brand does not get its network's prices
    call_command("check_content")
