"""Connecting a Telegram chat by a code that its owner brings to the bot, and stopping it from there."""

from datetime import timedelta

import pytest
import time_machine

from plans import actions, linking, tasks
from plans.models import Address, Heartbeat, Reminder
from plans.models.reminders import Medium
from tests.builders import NOW, a_plan, a_sim, a_user
from tests.telegram import Bot
from tests.web import Answer, serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot(settings):
    with serving() as web:
        settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_API_URL = "4711:key", web.url
        yield Bot(web)


@pytest.fixture
def person():
    return a_user(language="ru").person


def connected(person, chat=815) -> Address:
    return actions.save_address(person, Medium.TELEGRAM, {"chat": chat}, "@aigerim", NOW)


def test_a_chat_that_brings_the_code_is_connected_and_greeted_in_the_persons_language(bot, person):
    a_plan(a_sim(person.user), days=20)
    bot.hear(f"/start {linking.new_code(person, NOW)}")
    linking.ask(NOW)
    address = person.addresses.get()
    assert (address.medium, address.to, address.label) == (Medium.TELEGRAM, {"chat": 815}, "@aigerim")
    assert (address.added_at, address.worked_at, address.stopped_at) == (NOW, NOW, None)
    ((chat, words),) = bot.said
    assert chat == 815
    assert "/stop" in words
    assert Reminder.objects.filter(medium=Medium.TELEGRAM).exists()


@pytest.mark.parametrize(
    ("who", "label"),
    [({"first_name": "Айгерим", "last_name": "С."}, "Айгерим С."), ({"first_name": "A"}, "A"), ({"id": 815}, "")],
)
def test_a_chat_without_a_user_name_is_called_by_its_own(who, label, bot, person):
    bot.hear(f"/start {linking.new_code(person, NOW)}", **who)
    linking.ask(NOW)
    assert person.addresses.get().label == label


def test_a_clock_that_was_set_back_does_not_keep_the_bot_from_hearing(bot, person):
    linking.ask(NOW + timedelta(days=3))
    code = linking.new_code(person, NOW)
    bot.hear(f"/start {code}")
    connected(a_user().person, chat=1)
    assert linking.is_due(NOW)
    linking.ask(NOW)
    assert person.addresses.exists()


def test_a_code_is_good_once_and_for_half_an_hour(bot, person):
    code = linking.new_code(person, NOW)
    assert linking.person_of(code, NOW + timedelta(minutes=29)) == person
    assert linking.person_of(code, NOW + timedelta(minutes=31)) is None
    bot.hear(f"/start {code}")
    bot.hear(f"/start {code}", chat=666)
    linking.ask(NOW)
    assert person.addresses.get().to == {"chat": 815}
    assert linking.person_of(code, NOW) is None
    assert [chat for chat, _words in bot.said] == [815, 666]
    assert "/reminders/media/" in bot.said[1][1]


def test_a_code_ends_with_its_use_where_the_chat_was_known_before_too(bot, person):
    connected(person)
    later = NOW + timedelta(minutes=1)
    code = linking.new_code(person, later)
    bot.hear(f"/start {code}")
    bot.hear(f"/start {code}", chat=666)
    linking.ask(later)
    assert person.addresses.get().to == {"chat": 815}
    assert linking.person_of(code, later) is None


def test_a_code_fits_into_a_link_of_telegrams(person):
    code = linking.new_code(person, NOW)
    assert len(code) <= 64
    assert set(code) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


@pytest.mark.parametrize(
    "change", ["", "x", "1-2", "1-2-3", "a-b-c-d", "----", "ä-1-2", "9" * 300, "zzzzzzzzzzzzzz-1-1"]
)
def test_what_is_no_code_of_ours_connects_nothing(change, bot, person):
    bot.hear(f"/start {change}".strip())
    linking.ask(NOW)
    assert not person.addresses.exists()
    assert len(bot.said) == 1


def test_a_code_of_another_person_or_a_later_end_cannot_be_made_from_ones_own(person):
    pk, until, signature = linking.new_code(person, NOW).split("-")
    other = a_user().person
    assert linking.person_of(f"{linking.int_to_base36(other.pk)}-{until}-{signature}", NOW) is None
    assert linking.person_of(f"{pk}-{until[:-1]}z-{signature}", NOW) is None


def test_stop_in_the_chat_stops_it_and_blocking_does_so_too(bot, person):
    address, a = connected(person), a_user().person
    other = connected(a, chat=99)
    bot.hear("/stop")
    bot.hear_of_a_block(99)
    linking.ask(NOW)
    for one in (address, other):
        one.refresh_from_db()
        assert (one.stopped_at, one.trouble) == (NOW, actions.media.STOPPED_THERE)
    assert [chat for chat, _words in bot.said] == [815]


def test_in_a_group_and_to_small_talk_the_bot_is_silent(bot, person):
    bot.hear(f"/start {linking.new_code(person, NOW)}", kind="group")
    bot.hear("Hello")
    bot.hear("")
    bot.add(edited_message={})
    linking.ask(NOW)
    assert bot.said == []
    assert not person.addresses.exists()


def test_a_message_that_cannot_be_read_does_not_stop_the_others(bot, person):
    bot.add(message={"chat": {"type": "private"}, "text": "/start x"})
    bot.add(my_chat_member={"chat": None})
    bot.add(message="odd")
    bot.hear(f"/start {linking.new_code(person, NOW)}")
    linking.ask(NOW)
    assert person.addresses.exists()


def test_each_message_is_heard_once(bot, person):
    bot.hear("/start")
    linking.ask(NOW)
    linking.ask(NOW + timedelta(seconds=5))
    assert bot.offsets == [0, 101]
    assert len(bot.said) == 1


def test_only_one_process_asks_at_a_time_and_one_that_died_holds_nobody_up(bot):
    Heartbeat.objects.create(name="telegram asked", at=NOW + timedelta(minutes=1))
    linking.ask(NOW)
    assert bot.offsets == []
    linking.ask(NOW + timedelta(minutes=2))
    assert bot.offsets == [0]


def test_trouble_with_telegram_is_over_with_the_next_look(bot, person, caplog):
    bot.hear(f"/start {linking.new_code(person, NOW)}")
    bot.fails = Answer(409, {"ok": False, "error_code": 409, "description": "Conflict: webhook is active"})
    linking.ask(NOW)
    assert "409 Conflict" in caplog.text
    bot.fails = None
    linking.ask(NOW + timedelta(seconds=3))
    assert person.addresses.exists()


def test_telegram_is_asked_while_somebody_connects_and_else_now_and_then(bot, person, settings):
    assert not linking.is_due(NOW)
    linking.expect_one(NOW)
    assert linking.is_due(NOW + timedelta(minutes=29))
    assert not linking.is_due(NOW + timedelta(minutes=31))
    connected(person)
    assert linking.is_due(NOW + timedelta(minutes=31))
    linking.ask(NOW + timedelta(minutes=31))
    assert not linking.is_due(NOW + timedelta(minutes=40))
    assert linking.is_due(NOW + timedelta(minutes=42))
    settings.TELEGRAM_BOT_TOKEN = ""
    assert not linking.is_due(NOW + timedelta(minutes=42))


def test_the_tick_asks_where_it_should(bot, monkeypatch):
    monkeypatch.setattr(tasks.ask_telegram, "delay", tasks.ask_telegram)
    with time_machine.travel(NOW, tick=False):
        tasks.tick()
        assert bot.offsets == []
        linking.expect_one(NOW)
        tasks.tick()
    assert bot.offsets == [0]
