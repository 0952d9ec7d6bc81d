"""Whether a price may be called today's, and the moment from which a new one is known."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from guides import loader
from guides.models import Operator, Tariff
from guides.prices import is_current

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("confidence", "days_ago", "is_todays"),
    [
        ("confirmed", 0, True),
        ("one_source", 90, True),
        ("one_source", 91, False),
        ("confirmed", -1, True),  # where the editor is, tomorrow has begun
        ("confirmed", -2, False),  # a slip of the finger
        ("confirmed", None, False),
        ("old", 1, False),
        ("reported", 1, False),
        ("unknown", 1, False),
    ],
)
def test_a_price_is_todays_where_a_source_that_one_can_trust_showed_it_within_90_days(confidence, days_ago, is_todays):
    seen_on = None if days_ago is None else TODAY - timedelta(days=days_ago)
    assert is_current(confidence, seen_on, TODAY) is is_todays


@pytest.fixture
def tariff(db):
    operator = Operator.objects.create(slug="some", name="Some")
    return Tariff.objects.create(operator=operator, name="T", price="4590", source="here")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "moment"),
    [
        ({"price": 4990}, NOW),
        ({"price": "4990.00"}, NOW),
        ({"price_since": date(2026, 12, 12)}, NOW),
        ({"price": "4590.00", "seen_on": TODAY, "confidence": "confirmed"}, None),  # the same, confirmed
        ({"name": "U"}, None),
    ],
)
def test_the_moment_of_a_new_price_is_noted_and_of_nothing_else(tariff, changes, moment):
    assert tariff.price_changed_at is None
    with time_machine.travel(NOW, tick=False):
        for name, value in changes.items():
            setattr(tariff, name, value)
        tariff.save()
    tariff.refresh_from_db()
    assert tariff.price_changed_at == moment


@pytest.mark.django_db
def test_saving_some_fields_keeps_the_moment_too(tariff):
    with time_machine.travel(NOW, tick=False):
        tariff.price = 4990
        tariff.save(update_fields=["price"])
    tariff.refresh_from_db()
    assert tariff.price_changed_at == NOW


def test_a_new_price_from_the_files_is_noted_as_well(tariff):
    with time_machine.travel(NOW, tick=False):
        loader.update_row("tariff", tariff.pk, {"price": 4990, "source": "there"})
    tariff.refresh_from_db()
    assert (tariff.price, tariff.source, tariff.price_changed_at) == (4990, "there", NOW)
