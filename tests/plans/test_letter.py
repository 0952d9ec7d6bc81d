"""What a reminder message says, read the way a mail client reads it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.utils import translation

from guides.models import Operator
from plans import actions, outbox
from plans.media.letter import cutoff_in_words
from plans.models import Message, Reminder
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = pytest.mark.django_db


def sent(now=NOW) -> list:
    """The messages that leave at a moment, as a mail client parses them."""
    mail.outbox.clear()
    for person in outbox.due_people(now):
        outbox.post(person, now)
    outbox.send(outbox.due_messages(now), clock=lambda: now)
    return [message_from_bytes(message.message().as_bytes(), policy=policy.default) for message in mail.outbox]


def text_of(message) -> str:
    return message.get_body(("plain",)).get_content()


def html_of(message) -> BeautifulSoup:
    return BeautifulSoup(message.get_body(("html",)).get_content(), "html.parser")


def test_a_letter_names_the_sim_the_date_the_money_the_cutoff_and_the_ways_on():
    plan = a_plan(a_sim(label="Till 14", number="+77011234567"), days=3)
    (message,) = sent()
    assert message["Subject"] == "Till 14 (…4567): ends in 3 days"
    for body in (text_of(message), html_of(message).get_text(" ")):
        assert "Freestyle works until Thursday 26 November, in 3 days." in body
        assert "Money needed: 4,990\xa0₸" in body
        assert "Cut-off: Thursday 23:59 in Almaty" in body
        assert "I have renewed" in body
        assert "1234567" not in body
    links = [link["href"] for link in html_of(message).find_all("a")]
    assert f"http://127.0.0.1:8000/sims/{plan.sim_id}/" in links
    assert all(link in text_of(message) for link in links)


def test_a_letter_carries_what_mail_servers_and_clients_ask_for():
    a_plan(days=3)
    (message,) = sent()
    stored = Message.objects.get()
    assert message["Message-ID"] == stored.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].strip().startswith("<http://127.0.0.1:8000/unsubscribe/")
    assert message["To"] == stored.to
    assert (stored.subject, stored.text.strip()) == (message["Subject"], text_of(message).strip())


def test_the_readers_own_clock_is_told_where_it_shows_another_time():
    cutoff = datetime(2026, 11, 26, 19, tzinfo=UTC)
    almaty = ZoneInfo("Asia/Almaty")
    with translation.override("en"):
        assert cutoff_in_words(cutoff, almaty, ZoneInfo("Europe/Berlin")) == "Thursday 23:59 in Almaty, 19:59 for you"
        assert cutoff_in_words(cutoff, almaty, ZoneInfo("Asia/Tokyo")) == (
            "Thursday 23:59 in Almaty, Friday 03:59 for you"
        )
        assert cutoff_in_words(cutoff, almaty, ZoneInfo("Asia/Tashkent")) == "Thursday 23:59 in Almaty"


NAME = 'O\'Reilly & <b>Söhne</b> "24"'


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant", "ru", "kk"])
def test_names_full_of_quotes_are_read_as_they_were_written(language):
    user = a_user(language=language, name=NAME)
    a_plan(a_sim(user, label=NAME), days=3, name=NAME)
    (message,) = sent()
    assert NAME in message["Subject"]
    assert NAME in text_of(message)
    assert NAME in html_of(message).get_text()
    assert html_of(message).find("b") is None


def test_a_label_cannot_add_a_header():
    a_plan(a_sim(label="Till\r\nBcc: everybody@example.org"), days=3)
    (message,) = sent()
    assert message["Bcc"] is None
    assert message["Subject"].strip().startswith("Till Bcc: everybody")


@pytest.mark.parametrize(
    ("fields", "balance", "words"),
    [
        ({"renews": "auto"}, None, "Check that at least 4,990\xa0₸ is on the balance"),
        ({"renews": "auto"}, 1200, "3,790\xa0₸ is missing for the charge of 4,990\xa0₸"),
        ({"renews": "auto", "price": None}, None, "Check that the balance covers Freestyle"),
        ({"renews": "hand", "price": None}, None, "Freestyle works until"),
    ],
)
def test_what_is_said_of_money_is_what_is_known(fields, balance, words):
    plan = a_plan(days=1, **fields)
    if balance is not None:
        actions.read_balance(plan.sim, Decimal(balance), NOW)
    (message,) = sent()
    assert words in text_of(message)


def test_with_enough_on_the_balance_there_is_silence():
    plan = a_plan(days=1, renews="auto")
    actions.read_balance(plan.sim, Decimal(5000), NOW)
    assert sent() == []
    assert sent(NOW + timedelta(days=2)) == []


def test_a_number_at_risk_is_spoken_of_as_our_caution():
    a_sim(last_activity_on=TODAY - timedelta(days=58), inactivity_days=60)
    (message,) = sent()
    assert "use the number in 2 days at the latest" in message["Subject"]
    assert "is the caution you chose, not a rule of the operator" in text_of(message)
    assert "I have used or topped it up" in text_of(message)


@pytest.mark.parametrize(("renews", "words"), [("hand", "Have you renewed it?"), ("autopay", "Did it?")])
def test_the_day_after_it_asks_and_three_answers_are_offered(renews, words):
    a_plan(days=0, renews=renews)
    sent()
    (message,) = sent(NOW + timedelta(days=1))
    assert message["Subject"].endswith(": renewed?")
    assert words in text_of(message)
    assert {"Yes", "No", "Stop reminding me of this"} <= {link.get_text() for link in html_of(message).find_all("a")}


def test_after_two_unanswered_periods_a_last_message_says_that_reminders_pause():
    a_plan(days=0)
    subjects = []
    for offset in range(120):
        subjects += [(offset, message["Subject"].split(": ")[1]) for message in sent(NOW + timedelta(days=offset))]
    assert subjects == [(0, "ends today"), (1, "renewed?"), (31, "renewed?"), (61, "we stop reminding you")]


def test_five_hundred_sims_due_on_one_day_are_ten_and_a_sum():
    user = a_user()
    for number in range(500):
        a_plan(a_sim(user, label=f"Till {number}"), days=3)
    (message,) = sent()
    assert "and 499 more" in message["Subject"]
    assert text_of(message).count("works until") == 10
    assert "and 490 more." in text_of(message)
    assert "Money needed for them: 2,445,100\xa0₸" in text_of(message)
    assert "http://127.0.0.1:8000/dashboard/" in text_of(message)
    assert len(message.as_bytes()) < 60_000
    assert Reminder.objects.filter(state=Reminder.State.SENT).count() == 500


def test_writing_for_forty_sims_costs_as_many_queries_as_for_twelve(django_assert_max_num_queries):
    user = a_user()
    for _ in range(40):
        a_plan(a_sim(user), days=3)
    message = outbox.claim(outbox.post(user.person.pk, NOW).pk, NOW)
    with django_assert_max_num_queries(60):
        outbox._written(message, NOW)


def test_the_two_best_guides_for_the_readers_situation_stand_in_the_letter(guides_loaded):
    user = a_user(place="abroad", payments=["foreign_card"], language="zh-hans")
    a_plan(a_sim(user, operator=Operator.objects.get(slug="beeline")), days=3)
    (message,) = sent()
    guides = [link for link in html_of(message).find_all("a") if "/guides/" in link["href"]]
    assert len(guides) == 2
    assert all(link.get_text() and f"{link.get_text()}: {link['href']}" in text_of(message) for link in guides)
    links = [link["href"] for link in guides]
    assert all(link.startswith("http://127.0.0.1:8000/zh-hans/guides/beeline/") for link in links)
    assert not any("shop" in link or "kiosk" in link for link in links)
