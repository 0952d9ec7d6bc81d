"""The weekly mail to editors: once a week, to those who want it, with what is read most."""

from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from guides.models import Fact, Guide, GuideText, Operator, OperatorText, Reads, WeeklyMail
from guides.page_cache import ALMATY
from guides.reads import week_of
from guides.weekly import week_due, weekly_letter
from kzsim import editors
from kzsim.apps import EDITORS
from kzsim.editors import post_weekly_list
from plans import outbox
from plans.models import Message, Person

MONDAY_NINE = datetime(2026, 11, 23, 9, tzinfo=ALMATY)


@pytest.mark.parametrize(
    ("moment", "monday"),
    [
        (MONDAY_NINE, date(2026, 11, 23)),
        (MONDAY_NINE - timedelta(seconds=1), date(2026, 11, 16)),
        (datetime(2026, 11, 23, 4, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 29, 23, 59, tzinfo=ALMATY), date(2026, 11, 23)),
        (datetime(2026, 11, 30, 8, 59, tzinfo=ALMATY), date(2026, 11, 23)),
        (datetime(2027, 1, 1, 12, tzinfo=ALMATY), date(2026, 12, 28)),
    ],
)
def test_a_week_is_due_from_monday_at_nine_in_almaty(moment, monday):
    assert week_due(moment) == monday


@given(st.datetimes(datetime(2024, 4, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_what_is_due_began_within_the_last_seven_days(moment):
    due = datetime.combine(week_due(moment), datetime.min.time(), ALMATY) + timedelta(hours=9)
    assert week_of(due.date()) == due.date()
    assert timedelta() <= moment - due < timedelta(days=7)


def editor(email="editor@example.com", language="en", verified=True, group=EDITORS, **fields):
    user = get_user_model().objects.create_user(email, is_staff=True, **fields)
    if group:
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=verified)
    Person.objects.of_user(user, language=language, email_verified=verified)
    return user


@pytest.fixture
def something_to_verify(db):
    guide = Guide.objects.create(slug="renew", topic="renew")
    GuideText.objects.create(guide=guide, language="en", title="Renew", state="published", checked_on="2026-11-01")
    for number in range(12):
        Fact.objects.create(
            key=f"kcell.thing_{number}", kind="rule", value="so", source="somebody", confidence="one_source"
        )
    GuideText.objects.filter(guide=guide).update(steps="1. {{ kcell.thing_11 }}")
    Reads.objects.create(guide=guide, week=date(2026, 11, 16), count=40)


def posted():
    return list(Message.objects.order_by("pk"))


@pytest.mark.usefixtures("something_to_verify")
def test_the_mail_has_the_ten_most_read_a_count_of_the_rest_and_the_address_of_the_page(mailoutbox):
    editor()
    assert post_weekly_list(MONDAY_NINE) == 1
    [message] = posted()
    outbox.send([message.pk])
    [mail] = mailoutbox
    html = mail.alternatives[0].content
    assert mail.to == ["editor@example.com"]
    assert mail.subject == "Guides: 13 things to verify"
    for content in (mail.body, html):
        assert "and 3 more." in content
        assert "/admin/guides/to-verify/" in content
        assert content.count("kcell.thing_") == 9
        # the fact that the guide names and the guide itself, which lacks four languages, stand first
        assert content.index("kcell.thing_11") < content.index("kcell.thing_0")
        assert content.index("Renew") < content.index("kcell.thing_0")
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"


@pytest.mark.usefixtures("something_to_verify")
def test_it_comes_once_a_week_whatever_rings():
    editor()
    moments = [timedelta(), timedelta(), timedelta(minutes=15), timedelta(days=3), timedelta(days=7), timedelta(days=8)]
    assert [post_weekly_list(MONDAY_NINE + moment) for moment in moments] == [1, 0, 0, 0, 1, 0]


@pytest.mark.usefixtures("something_to_verify")
def test_after_three_weeks_without_a_clockwork_it_comes_once():
    user = editor()
    WeeklyMail.objects.create(user=user, last_week=date(2026, 11, 2))
    later = MONDAY_NINE + timedelta(days=4, hours=7)
    assert [post_weekly_list(later), post_weekly_list(later)] == [1, 0]
    assert WeeklyMail.objects.get().last_week == date(2026, 11, 23)


@pytest.mark.usefixtures("something_to_verify")
@pytest.mark.parametrize(
    "who",
    [
        {"verified": False},
        {"is_active": False},
        {"group": "Others"},
        {"group": None, "is_superuser": True},
    ],
)
def test_nobody_else_gets_it(who):
    editor(**who)
    assert post_weekly_list(MONDAY_NINE) == 0


@pytest.mark.usefixtures("something_to_verify")
def test_an_editor_can_stop_it_and_have_it_again(client):
    user = editor()
    client.force_login(user)
    address = "/admin/guides/to-verify/weekly-mail/"
    assert client.post(address, {"wanted": "no"}).status_code == 302
    assert post_weekly_list(MONDAY_NINE) == 0
    client.post(address, {"wanted": "yes"})
    assert post_weekly_list(MONDAY_NINE) == 1


@pytest.mark.django_db
def test_with_nothing_to_verify_nothing_is_sent():
    editor()
    assert post_weekly_list(MONDAY_NINE) == 0
    assert posted() == []


@pytest.mark.usefixtures("something_to_verify")
def test_each_editor_reads_it_in_their_own_language():
    editor("one@example.com", "ru")
    editor("two@example.com", "zh-hans")
    assert post_weekly_list(MONDAY_NINE) == 2
    for message in posted():
        assert f'<html lang="{message.person.language}"' in message.html
        with translation.override(message.person.language):
            assert translation.gettext("Kazakh") in message.text  # among the languages that the guide lacks
    assert {message.person.language for message in posted()} == {"ru", "zh-hans"}


@pytest.mark.usefixtures("something_to_verify")
def test_nobody_who_writes_waits_while_the_list_is_made(monkeypatch):
    editor()
    transactions = []

    def letter(today, language):
        transactions.append(len(connection.savepoint_ids))
        return weekly_letter(today, language)

    monkeypatch.setattr(editors, "weekly_letter", letter)
    assert post_weekly_list(MONDAY_NINE) == 1
    assert transactions == [len(connection.savepoint_ids)]


@pytest.mark.usefixtures("something_to_verify")
def test_one_editor_whose_mail_cannot_be_posted_does_not_stop_the_others(monkeypatch, caplog):
    first = editor("one@example.com")
    editor("two@example.com")
    post = outbox.post_account_mail

    def fails_for_the_first(to, *words, **more):
        if to == first.email:
            raise RuntimeError("out of paper")
        return post(to, *words, **more)

    monkeypatch.setattr(outbox, "post_account_mail", fails_for_the_first)
    assert post_weekly_list(MONDAY_NINE) == 1
    assert "out of paper" in caplog.text
    monkeypatch.undo()
    assert post_weekly_list(MONDAY_NINE + timedelta(minutes=15)) == 1
    assert {message.to for message in posted()} == {"one@example.com", "two@example.com"}


@pytest.mark.usefixtures("something_to_verify")
def test_an_operator_profile_that_is_old_is_listed_too():
    operator = Operator.objects.create(slug="kcell", name="Kcell")
    OperatorText.objects.create(operator=operator, language="en", known_for="Good")
    editor()
    post_weekly_list(MONDAY_NINE)
    assert posted()[0].subject == "Guides: 14 things to verify"
