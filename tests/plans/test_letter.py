"""What a reminder message says, read the way a mail client reads it."""

import re
from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes, policy

import pytest
from bs4 import BeautifulSoup
from django.core import mail

from guides.models import Fact, Operator
from guides.reporting import tell, who_of_browser
from kzsim.common.money import Money
from plans import actions, outbox
from plans.deadlines import Deadline, Kind
from plans.media.letter import SHORT, Letter, write_letter
from plans.models import Message, Plan, Reminder, Sim
from plans.reminders import Item, Row
from tests.builders import NOW, TODAY, a_plan, a_sim, a_stay, a_user, a_watched_sim

pytestmark = pytest.mark.django_db


def sent(now=NOW) -> list:
    """The messages that leave at a moment, as a mail client parses them."""
    mail.outbox.clear()
    for person, medium in outbox.due_people(now):
        outbox.post(person, now, medium)
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
        assert "At the latest: Thursday 23:59 in Almaty" in body
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


def test_money_missing_after_another_charge_is_called_an_estimate_in_both_bodies():
    sim = a_plan(days=1, renews="auto", price=1000).sim
    a_plan(sim, days=1, renews="auto", price=4990, name="Roaming")
    actions.read_balance(sim, Decimal(2200), NOW)
    (message,) = sent()
    words = (
        "About 3,790\xa0₸ will be missing for the charge of 4,990\xa0₸, if the charges before it are as expected: "
        "the last day to top up is Tuesday 24 November, tomorrow."
    )
    for body in (text_of(message), html_of(message).get_text(" ")):
        assert words in body


@pytest.mark.parametrize("balance", [1200, None])
@pytest.mark.parametrize(("fee", "is_known"), [(390, True), (0, False), (None, False)])
def test_what_a_day_costs_after_a_failed_charge_is_told_where_it_is_known(balance, fee, is_known):
    plan = a_plan(days=1, renews="auto", fallback_fee=fee)
    if balance is not None:
        actions.read_balance(plan.sim, Decimal(balance), NOW)
    (message,) = sent()
    words = "Topping up in time costs nothing more; if the charge fails, it is 390\xa0₸ a day until you top up."
    for body in (text_of(message), html_of(message).get_text(" ")):
        assert (words in body) is is_known


def test_the_question_after_a_charge_says_nothing_of_the_fee():
    a_plan(days=0, renews="auto", fallback_fee=390)
    sent()
    (message,) = sent(NOW + timedelta(days=1))
    assert "390" not in text_of(message)


def test_with_enough_on_the_balance_there_is_silence():
    plan = a_plan(days=1, renews="auto")
    actions.read_balance(plan.sim, Decimal(5000), NOW)
    assert sent() == []
    assert sent(NOW + timedelta(days=2)) == []


def test_a_number_at_risk_is_spoken_of_as_our_caution():
    a_watched_sim(quiet=58, days=None)
    (message,) = sent()
    assert "use the number in 2 days at the latest" in message["Subject"]
    assert "are our caution, not a rule of the operator" in text_of(message)
    assert "I have used or topped it up" in text_of(message)


def test_a_number_at_risk_leads_to_the_checklist_and_never_names_an_account():
    sim = a_watched_sim(quiet=58)
    actions.add_accounts(sim, ["Kaspi"], NOW)
    (message,) = sent()
    assert "60 days without a paid action: the figure you gave." in text_of(message)
    assert f"/sims/{sim.pk}/accounts/" in text_of(message)
    assert f"/sims/{sim.pk}/accounts/" in str(html_of(message))
    assert "Kaspi" not in message.as_string() + text_of(message) + str(html_of(message))


@pytest.mark.parametrize(
    ("fields", "balance", "words"),
    [
        ({}, None, ["works until Wednesday 2 December, and you are away until Tuesday 8 December.", "Pay ahead"]),
        ({"price": None}, None, ["Renew it before you leave, or let it rest."]),
        (
            {"renews": "auto"},
            990,
            ["while you are away until Tuesday 8 December: 4,000\xa0₸ is missing.", "Top up before"],
        ),
    ],
)
def test_what_does_not_last_through_a_trip_is_said_before_the_departure(fields, balance, words):
    plan = a_plan(days=9, **fields)
    if balance is not None:
        actions.read_balance(plan.sim, Decimal(balance), NOW)
    a_stay(plan.sim.owner, since=5, until=15)
    (message,) = sent()
    assert "see to it before your trip, in 4 days at the latest" in message["Subject"]
    assert all(one in text_of(message) for one in words)
    assert "http://127.0.0.1:8000/trips/" in text_of(message)
    assert "renewed" not in text_of(message)


def test_a_number_that_is_not_safe_through_a_trip_is_to_be_used_before_the_departure():
    sim = a_watched_sim(quiet=22)
    a_stay(sim.owner, since=8, until=60)
    (message,) = sent()
    assert "This number is safe until Thursday 31 December without a paid action" in text_of(message)
    assert "you are away until Friday 22 January 2027" in text_of(message)
    assert "Use it or top it up before you leave" in text_of(message)


def test_while_they_are_away_a_letter_names_only_ways_that_work_from_abroad(guides_loaded):
    user = a_user(place="kz", payments=["foreign_card"])
    a_plan(a_sim(user, operator=Operator.objects.get(slug="beeline")), days=3)
    a_stay(user, since=-2, until=1)
    (message,) = sent()
    links = [link["href"] for link in html_of(message).find_all("a") if "/guides/" in link["href"]]
    assert links
    assert not any("shop" in link or "kiosk" in link for link in links)


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


@pytest.mark.slow
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


# --- what helps, and what it costs to do nothing -----------------------------------------------------


def letter_on(*plans: Plan, now=NOW, **deadline) -> Letter:
    """What is written of these plans, each with a deadline of its own made up for it."""
    person, items, sims = plans[0].sim.person, [], {}
    for plan in plans:
        sim = Sim.objects.with_facts().get(pk=plan.sim_id)
        sims[sim.pk] = sim
        items.append(an_item(f"plan:{plan.pk}", sim, now=now, **deadline))
    return write_letter(person, items, sims, now)


def an_item(subject: str, sim: Sim, now=NOW, kind=Kind.PLAN_EXPIRES, days=3, **fields) -> Item:
    deadline = Deadline(subject, kind, TODAY + timedelta(days=days), sim.zone, **fields)
    return Item(Row(subject, kind.value, deadline.known_by, "1", now), deadline, days, late=False)


def a_plan_at(slug: str, **fields) -> Plan:
    return a_plan(a_sim(fields.pop("user", None), operator=Operator.objects.get(slug=slug)), **fields)


def test_a_code_to_dial_stands_in_both_bodies_with_how_sure_it_is(guides_loaded):
    a_plan_at("beeline")
    (message,) = sent()
    words = "Dial *106#: it shows what is left of your package."
    assert f"{words} (one source only; date not visible)" in text_of(message)
    assert words in " ".join(html_of(message).get_text(" ").replace(" :", ":").split())
    assert html_of(message).find("a", href="tel:*106%23").get_text() == "*106#"


def test_no_code_is_given_that_nobody_knows_or_that_readers_doubt_or_of_another_operator(guides_loaded):
    a_plan_at("tele2")
    (message,) = sent()
    assert "Dial" not in text_of(message)
    fact = Fact.objects.get(key="beeline.data_left_code")
    for reader in ("one", "two"):
        tell(who_of_browser(reader), worked=False, on=fact.seen_on or TODAY, now=NOW, fact=fact)
    letter = letter_on(a_plan_at("beeline"))
    assert "Dial" not in letter.text


def test_why_a_way_fits_and_what_to_check_first_stand_below_it(guides_loaded):
    a_plan_at("beeline", user=a_user(place="abroad", payments=["unionpay"]))
    (message,) = sent()
    assert "Check first" in text_of(message)
    assert "Check first" in html_of(message).get_text(" ")


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("beeline", "by plan: 90 / 290 / 390 ₸ (old information, may have changed; date not visible). Yours is not"),
        ("tele2", "Whether that costs extra, we do not know."),
    ],
)
def test_an_unknown_fee_is_called_unknown_beside_what_was_seen_of_the_operator(guides_loaded, slug, words):
    a_plan_at(slug, days=1, renews="auto")
    (message,) = sent()
    assert words in text_of(message)
    assert words in html_of(message).get_text(" ")


def test_what_is_lost_is_said_of_a_plan_and_of_a_number():
    user = a_user()
    a_plan(a_sim(user))
    a_watched_sim(user, quiet=53)
    (message,) = sent()
    assert "If you do not renew it, it stops then." in text_of(message)
    assert "can be taken back by the operator and given to someone else" in text_of(message)


def test_a_price_of_nothing_is_no_money_needed():
    a_plan(price=0)
    (message,) = sent()
    assert "Money needed" not in text_of(message)


def test_missing_money_stands_in_the_subject():
    plan = a_plan(a_sim(label="Till 14", number="+77011234567"), days=1, renews="auto")
    actions.read_balance(plan.sim, Decimal(1200), NOW)
    (message,) = sent()
    assert " ".join(message["Subject"].split()) == "Till 14 (…4567): 3,790 ₸ needed tomorrow"


def test_the_last_minute_is_told_by_the_readers_clock_too():
    a_plan(a_sim(a_user(time_zone="America/New_York")))
    (message,) = sent()
    assert "At the latest: Thursday 23:59 in Almaty, 13:59 for you" in text_of(message)


def test_an_offer_is_told_in_the_operators_words_with_its_last_day_and_source(guides_loaded):
    plan = a_plan_at("beeline", days=9)
    sim = Sim.objects.with_facts().get(pk=plan.sim_id)
    offer = an_item(f"sim:{sim.pk}", sim, kind=Kind.PROMOTION, days=2, offer="10 GB more", source="beeline.kz")
    letter = write_letter(sim.person, [an_item(f"plan:{plan.pk}", sim, days=9), offer], {sim.pk: sim}, NOW)
    assert letter.subject.endswith(": ends in 9 days, and 1 more")
    assert letter.text.index("10 GB more") < letter.text.index("Source: beeline.kz")
    assert "an offer until Wednesday 25 November" in letter.short
    assert "/a/" not in write_letter(sim.person, [offer], {sim.pk: sim}, NOW).text


# --- for chats and push ----------------------------------------------------------------------------------


def test_a_chat_gets_the_most_urgent_thing_in_few_lines_and_the_links_below():
    plan = a_plan(a_sim(label="Till 14"))
    letter = letter_on(plan, needed=Money(Decimal(4990)))
    words, _empty, links = letter.short.partition("\n\n")
    assert words.splitlines() == [
        "Freestyle works until Thursday 26 November, in 3 days.",
        "Money needed: 4,990\xa0₸",
        "At the latest: Thursday 23:59 in Almaty",
    ]
    assert [line.partition(": ")[0] for line in links.splitlines()] == [
        *("I have renewed", "I will not renew it", "Remind me tomorrow", "Stop reminding me of this")
    ]
    assert letter.url == f"http://127.0.0.1:8000/sims/{plan.sim_id}/"


def test_a_chat_that_speaks_of_several_names_them_without_links_and_leads_to_the_dashboard():
    user = a_user()
    letter = letter_on(*(a_plan(a_sim(user, label=f"Till {number}")) for number in range(30)))
    assert len(letter.short) <= SHORT
    assert "• Till 1 (" in letter.short
    assert re.search(r"\nand \d+ more\.$", letter.short)
    assert "/a/" not in letter.short
    assert letter.url == "http://127.0.0.1:8000/dashboard/"


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant", "ru", "kk"])
def test_the_longest_names_leave_a_chat_short_and_ten_sims_below_sixty_kilobytes(guides_loaded, language):
    user = a_user(language=language, place="abroad", payments=["unionpay", "foreign_card"], name="Ж" * 80)
    plans = [a_plan_at("beeline", user=user, name="Ж" * 80) for _ in range(12)]
    Sim.objects.update(label="Щ" * 60)
    letter = letter_on(*plans, needed=Money(Decimal(4990)))
    assert len(letter.short) <= SHORT
    assert len(letter.text.encode()) + len(letter.html.encode()) < 50_000
