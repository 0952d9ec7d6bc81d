"""The private calendar: what stands in it, how it moves, who gets it, and what real calendars make of it."""

from __future__ import annotations

import io
import json
import logging
import shutil
import subprocess
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
import vobject
from bs4 import BeautifulSoup
from django.db import connection
from django.test import SimpleTestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase
from icalendar import Calendar

from guides.models import Operator, Promotion
from plans import actions, schedule
from plans.calendars import Event, feed_file
from plans.feed import events_of
from plans.models import Person, Plan, Sim
from tests.builders import NOW, TODAY, a_plan, a_sim, a_stay, a_user, a_watched_sim
from tests.plans.test_schedule import DAYS, change

KEY = "a-key-that-only-a-test-would-choose-0123456"
HOSTILE = 'Mum; "x"\nBEGIN:VEVENT'
LANGUAGES = ("en", "zh-hans", "zh-hant", "ru", "kk")
ALMATY = ZoneInfo("Asia/Almaty")
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def user(db):
    return a_user(calendar_key=KEY)


@pytest.fixture
def feed(client, user):
    """What a calendar gets that looks at the address."""

    def get(key: str = KEY, **headers: str):
        return client.get(reverse("plans:calendar_feed", args=[key]), headers=headers)

    return get


@pytest.fixture
def events(feed):
    def get() -> list:
        return events_in(feed().content)

    return get


def events_in(content: bytes) -> list:
    calendar = Calendar.from_ical(content)
    assert not calendar.errors
    for event in calendar.events:
        assert not event.errors
    return calendar.events


def triggers(event) -> list[timedelta]:
    return sorted(alarm.TRIGGER for alarm in event.walk("VALARM"))


def before(days: int, at: time = time(9)) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute) - timedelta(days=days)


def summaries(events) -> list[str]:
    return [str(event["SUMMARY"]) for event in events]


# --- what stands in it ---------------------------------------------------------------------------------


def test_the_last_day_of_a_plan_is_a_whole_day_with_what_to_do_and_how(user, events, guides_loaded):
    sim = a_sim(user, "+77011234567", label="Till 14", operator=Operator.objects.get(slug="beeline"))
    a_plan(sim, days=9)
    (event,) = events()
    assert (event.start, event.end) == (date(2026, 12, 2), date(2026, 12, 3))
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert event["SUMMARY"] == "Till 14 (…4567): renew Freestyle"
    assert "Money needed: 4,990\xa0₸".replace("\xa0", " ") in event["DESCRIPTION"]
    assert "Cut-off: Wednesday 23:59 in Almaty" in event["DESCRIPTION"]
    assert f"http://127.0.0.1:8000/sims/{sim.pk}/" in event["DESCRIPTION"]
    assert "/en/guides/beeline/" in event["DESCRIPTION"]
    assert event["URL"] == f"http://127.0.0.1:8000/sims/{sim.pk}/"


def test_the_cut_off_stands_on_both_clocks(user, events):
    Person.objects.update(time_zone="Europe/Berlin")
    a_plan(a_sim(user), days=9)
    assert "Cut-off: Wednesday 23:59 in Almaty, 19:59 for you" in events()[0]["DESCRIPTION"]


def test_every_kind_of_date_is_there(user, events):
    sim = a_watched_sim(user, label="Till 14", care_months=3, care_since=TODAY)
    a_plan(sim, days=9, name="Hand")
    a_plan(sim, days=5, name="Self", renews="auto")
    actions.read_balance(sim, Decimal(1000), NOW)
    a_stay(user, since=7, until=60)
    said = summaries(events())
    for words in (
        "renew Hand",
        "top up 3,990 ₸",
        "check the balance",
        "use the number or top it up",
        "time for a backup",
        "see to it before your trip",
    ):
        assert [one for one in said if words in one], words


def test_what_is_assumed_or_estimated_says_so(user, events):
    sim = a_watched_sim(user, days=None, quiet=1)
    a_plan(sim, days=5, renews="auto")
    actions.read_balance(sim, Decimal(1000), NOW)
    first, assumed, number = events()
    assert "assumed" not in first["DESCRIPTION"]
    assert "This day is assumed" in assumed["DESCRIPTION"]
    assert "our caution, not a rule of the operator" in number["DESCRIPTION"]


def test_an_hour_is_a_moment_in_the_zone_of_the_sim(user, events, feed):
    Person.objects.update(time_zone="America/New_York")
    plan = a_plan(a_sim(user), days=20, period="720h")
    actions.save_plan(plan, paid_until=plan.paid_until, now=NOW, ends_at=time(15, 20))
    (event,) = events()
    assert event["DTSTART"].dt == datetime(2026, 12, 13, 15, 20, tzinfo=ALMATY)
    assert event["DTSTART"].params["TZID"] == "Asia/Almaty"
    assert event.end == event.start
    # 05:20 in New York: nine in the morning of the day before leaves enough time, that of the same day comes too late.
    assert triggers(event)[-1] == datetime(2026, 12, 12, 14, tzinfo=UTC) - datetime(2026, 12, 13, 10, 20, tzinfo=UTC)
    assert b"TZOFFSETTO:+0500" in feed().content


@pytest.mark.parametrize(
    ("zone", "offsets"), [("Asia/Almaty", (5, 5)), ("America/New_York", (-5, -4)), ("Europe/London", (0, 1))]
)
def test_the_zone_that_comes_along_is_right_for_who_knows_no_other(zone, offsets):
    moments = [datetime(2026, 12, 1, 15, 20, tzinfo=ZoneInfo(zone)), datetime(2027, 7, 1, 15, tzinfo=ZoneInfo(zone))]
    told = [Event(str(at), at.date(), "x", "x", "http://x/", at=at, known_at=NOW) for at in moments]
    read = vobject.readOne(feed_file("x", told, ALMATY).decode()).vevent_list  # builds the zone from the file alone
    assert [event.dtstart.value.utcoffset() for event in read] == [timedelta(hours=hours) for hours in offsets]


def test_questions_afterwards_are_no_dates(user, events):
    a_plan(a_sim(user), days=-3)
    assert len(events()) == 1  # the last day of the plan, and nothing about whether it was renewed


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_in_the_persons_language_and_folded(user, feed, language, guides_loaded):
    Person.objects.update(language=language)
    operator = Operator.objects.get(slug="beeline")
    a_plan(a_watched_sim(user, label="Касса 14, 收银台 " * 3, operator=operator), days=9, name="Фристайл")
    response = feed(accept_language="en")
    lines = response.content.split(b"\r\n")
    assert response.headers["Content-Language"] == language
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()  # no character is cut in two
        assert b"\n" not in line
        assert b"\r" not in line
    event = events_in(response.content)[0]
    assert f"/{language}/guides/beeline/" in event["DESCRIPTION"]
    assert "Касса 14, 收银台" in event["SUMMARY"]


def test_a_person_without_dates_gets_a_calendar_and_not_nothing(feed):
    calendar = Calendar.from_ical(feed().content)
    assert not calendar.events
    assert calendar.subcomponents  # RFC 5545 wants one at least


def test_what_is_switched_off_is_not_there(user, events):
    quiet, other = (a_plan(a_sim(user, label=label), days=9) for label in ("Quiet", "Other"))
    assert len(events()) == 2
    actions.set_sim_reminders(quiet.sim, NOW, on=False)
    assert ["Other" in one for one in summaries(events())] == [True]
    actions.set_plan_reminders(other, NOW, on=False)
    assert not events()
    actions.set_sim_reminders(quiet.sim, NOW, on=True)
    assert len(events()) == 1
    actions.mute_kinds(user.person, ["plan_expires"], NOW)
    assert not events()
    actions.mute_kinds(user.person, [], NOW)
    Sim.objects.filter(pk=quiet.sim.pk).update(muted_kinds=["plan_expires"])
    assert not events()


def test_stopped_reminders_leave_the_calendar_as_it_is(user, events):
    a_plan(a_sim(user), days=9)
    before = events()
    actions.stop_reminders(user.person, NOW)
    assert [event.to_ical() for event in events()] == [event.to_ical() for event in before]


# --- the alarms ----------------------------------------------------------------------------------------


def test_it_speaks_up_when_our_reminders_would(user, events):
    a_plan(a_watched_sim(user), days=9)
    plan, number = events()
    assert triggers(plan) == [before(7), before(1), before(0)]
    assert triggers(number) == [before(30), before(7), before(1)]
    assert [alarm["ACTION"] for alarm in plan.walk("VALARM")] == ["DISPLAY"] * 3
    assert "in 7 days" in plan.walk("VALARM")[0]["DESCRIPTION"]


def test_an_alarm_that_had_passed_when_we_heard_of_it_does_not_ring(user, events):
    a_plan(a_sim(user), days=3)
    assert triggers(events()[0]) == [before(1), before(0)]


def test_an_alarm_never_comes_too_late_to_act_on_the_readers_clock(user, events):
    Person.objects.update(time_zone="America/Los_Angeles")
    a_plan(a_sim(user), days=9)  # ends at 10:59 there: nine in the morning of the same day is too late
    assert triggers(events()[0]) == [before(7), before(1)]


def test_the_hour_and_the_days_before_are_those_the_person_chose(user, events):
    actions.set_timing(user.person, NOW, hour=time(7, 30), leads={"plan_expires": [5, 2], "number_at_risk": [14]})
    a_plan(a_watched_sim(user), days=9)
    plan, number = events()
    assert triggers(plan) == [before(5, time(7, 30)), before(2, time(7, 30))]
    assert triggers(number) == [before(14, time(7, 30))]


def test_who_wants_one_overview_still_has_alarms_in_the_calendar(user, events):
    actions.set_timing(user.person, NOW, overview="month")
    a_plan(a_sim(user), days=9)
    assert triggers(events()[0]) == [before(7), before(1), before(0)]


def test_an_offer_stands_there_for_who_wants_to_hear_of_offers_and_rings_for_nobody(user, events):
    operator = Operator.objects.create(slug="kcell", name="Kcell")
    for title, days in (("Double data", 9), ("Triple data", 20)):
        until = TODAY + timedelta(days=days)
        Promotion.objects.create(operator=operator, title=title, until=until, noted_at=NOW, source="kcell.kz")
    a_sim(user, label="Till 14", operator=operator)
    assert not events()
    actions.mute_kinds(user.person, [], NOW)
    offer, other = events()
    assert (offer.start, triggers(offer)) == (TODAY + timedelta(days=9), [])
    assert "last day of an offer" in offer["SUMMARY"]
    assert "Double data (kcell.kz)" in offer["DESCRIPTION"]
    Promotion.objects.get(title="Double data").delete()
    assert [event["UID"] for event in events()] == [other["UID"]]


# --- how it moves --------------------------------------------------------------------------------------


def test_the_same_facts_give_the_same_bytes(user, feed, events):
    a_plan(a_watched_sim(user), days=9)
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        later = feed().content
    assert feed().content == later
    assert {event["DTSTAMP"].dt for event in events()} == {Sim.objects.get().deadlines_moved_at.replace(microsecond=0)}


def test_a_renewal_moves_the_event_and_raises_its_number(user, events):
    plan = a_plan(a_sim(user), days=3)
    (first,) = events()
    renewal = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    (second,) = events()
    assert second["UID"] == first["UID"]
    assert second["SEQUENCE"] > first["SEQUENCE"]
    assert second.start - first.start == timedelta(days=30)
    assert second["DTSTAMP"].dt > first["DTSTAMP"].dt
    actions.undo_renewal(renewal, NOW)
    (third,) = events()
    assert third.start == first.start
    assert third["SEQUENCE"] > second["SEQUENCE"]


def test_what_moves_no_date_raises_no_number(user, events):
    sim = a_sim(user, label="Till 14")
    a_plan(sim, days=9)
    (before,) = events()
    sim = Sim.objects.get(pk=sim.pk)
    sim.label = "Till 15"
    actions.save_sim(sim, activity_changed=False, now=LATER)
    (after,) = events()
    assert after["SEQUENCE"] == before["SEQUENCE"]
    assert "Till 15" in after["SUMMARY"]


def test_the_number_rises_also_where_the_clock_was_set_back(user, events):
    plan = a_plan(a_sim(user), days=3)
    numbers = [events()[0]["SEQUENCE"]]
    for hours in (0, -1, -1, 0):
        plan.refresh_from_db()
        to = plan.paid_until + timedelta(days=30)
        actions.renew(plan, to=to, now=NOW + timedelta(hours=hours))
        numbers.append(events()[0]["SEQUENCE"])
    assert numbers == sorted(set(numbers))


def test_who_read_the_sim_before_it_moved_does_not_set_the_number_back(user, events):
    sim = a_sim(user)
    stale = Sim.objects.get(pk=sim.pk)
    plan = a_plan(sim, days=3)
    for _ in range(3):
        actions.renew(plan, to=plan.paid_until + timedelta(days=30), now=NOW)
        plan.refresh_from_db()
    (before,) = events()
    stale.label = "Till 15"
    actions.save_sim(stale, activity_changed=False, now=NOW)
    assert events()[0]["SEQUENCE"] == before["SEQUENCE"]


def test_a_date_that_vanished_is_gone(user, events):
    a_plan(a_sim(user, label="Stays"), days=9)
    plan = a_plan(a_sim(user), days=3)
    assert len(events()) == 2
    actions.set_flag(plan, "deleted_at", NOW, on=True)
    assert ["Stays" in one for one in summaries(events())] == [True]


MOVES = st.lists(
    st.tuples(
        st.sampled_from([-1, 0, 5, 30]),  # hours later: a clock may be set back
        st.one_of(
            st.tuples(st.sampled_from(["move", "renew"]), st.integers(-5, 60)),
            st.tuples(st.sampled_from(["undo", "close", "reopen", "archive", "bring back", "mute plan", "resume"])),
            st.tuples(
                st.just("switch"), DAYS, st.sampled_from(Plan.Period.values), st.sampled_from(Plan.Renews.values)
            ),
            st.tuples(st.just("balance"), st.integers(0, 9000)),
            st.tuples(st.just("used"), st.integers(-50, 0)),
            st.tuples(st.just("trip"), st.integers(-5, 40), st.integers(0, 90), st.sampled_from(["abroad", "kz"])),
            st.tuples(st.just("care"), st.sampled_from([None, 1, 3])),
        ),
    ),
    min_size=3,
    max_size=12,
)


@pytest.mark.broad
@pytest.mark.django_db  # says so for the choice of what runs on PostgreSQL
class AnyChanges(HypothesisTestCase):
    @settings(max_examples=40, deadline=None)
    @given(MOVES)
    def test_a_number_never_falls_and_rises_whenever_its_event_moves(self, moves):
        sim, now = a_watched_sim(), NOW
        a_plan(sim, days=9, renews="auto")
        a_plan(sim, days=5)
        known = {event.uid: event for event in events_of(sim.person, now)}
        for hours, (name, *values) in moves:
            now += timedelta(hours=hours)
            with time_machine.travel(now, tick=False):
                change(sim.pk, name, values, now)
                schedule.catch_up(now)
                found = {event.uid: event for event in events_of(Person.objects.get(sims=sim), now)}
            for uid in found.keys() & known.keys():
                assert found[uid].sequence >= known[uid].sequence
                assert found[uid].begins == known[uid].begins or found[uid].sequence > known[uid].sequence
            known |= found


# --- who gets it ---------------------------------------------------------------------------------------


def test_only_the_sims_of_its_person_stand_in_it_and_no_full_number(user, feed):
    a_plan(a_sim(user, "+77011234567", label="Mine"), days=9)
    a_plan(a_sim(label="Theirs"), days=9)
    for label, flag in (("Archived", "archived_at"), ("Deleted", "deleted_at")):
        actions.set_flag(a_plan(a_sim(user, label=label), days=9).sim, flag, NOW, on=True)
    text = feed().content.decode()
    assert "Mine" in text
    assert not [label for label in ("Theirs", "Archived", "Deleted", "1234567") if label in text]


def test_an_unknown_or_withdrawn_key_opens_nothing(user, feed):
    assert feed("another-key").status_code == 404
    actions.stop_calendar(user.person)
    response = feed()
    assert response.status_code == 404
    assert b"VCALENDAR" not in response.content
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_the_key_of_an_account_that_was_closed_opens_nothing(user, feed):
    user.is_active = False
    user.save()
    assert feed().status_code == 404


def test_who_read_the_person_before_the_key_was_withdrawn_does_not_bring_it_back(user, feed):
    stale = Person.objects.get(user=user)
    actions.stop_calendar(user.person)
    actions.save_person(stale, NOW)
    assert feed().status_code == 404


def test_nobody_but_the_client_keeps_it_and_no_session_begins(user, feed, client):
    a_plan(a_sim(user), days=9)
    for signed_in in (False, True):
        if signed_in:
            client.force_login(user)
        cookies = client.cookies.copy()
        response = feed()
        assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert response.headers["Cache-Control"] == "private, no-cache"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert "Cookie" not in response.headers.get("Vary", "")
        assert not response.cookies
        assert client.cookies == cookies


def test_it_is_read_and_nothing_else(client, user):
    path = reverse("plans:calendar_feed", args=[KEY])
    assert client.post(path).status_code == 405
    assert client.delete(path).status_code == 405


def test_the_key_stands_in_no_log(client, user, monkeypatch):
    """Not even where something breaks, which Django logs with the address."""
    monkeypatch.setattr("plans.views.calendar.feed_of", lambda *args: 1 / 0)
    (console,) = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
    written = io.StringIO()
    monkeypatch.setattr(console, "stream", written)
    client.raise_request_exception = False
    assert client.get(reverse("plans:calendar_feed", args=[KEY])).status_code == 500
    assert "/calendar/….ics" in written.getvalue()
    assert "ZeroDivisionError" in written.getvalue()
    assert KEY not in written.getvalue()


def test_the_copy_of_the_data_does_not_hold_the_key(client, user):
    client.force_login(user)
    response = client.get(reverse("plans:download"))
    (person,) = [row for row in json.loads(response.content) if row["model"] == "plans.person"]
    assert person["fields"]["email"] == user.email
    assert KEY not in response.content.decode()
    assert Person.objects.get(user=user).calendar_key == KEY


# --- what is not sent twice ----------------------------------------------------------------------------


def test_what_has_not_changed_is_not_sent_again(user, feed):
    a_plan(a_sim(user), days=9)
    first = feed()
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    assert etag.startswith('"')  # strong
    for headers in ({"if_none_match": etag}, {"if_none_match": f"W/{etag}"}, {"if_modified_since": modified}):
        again = feed(**headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == etag
        assert again.headers["Cache-Control"] == "private, no-cache"


def test_what_has_changed_is_sent(user, feed):
    plan = a_plan(a_sim(user), days=9)
    etag, modified = (feed().headers[name] for name in ("ETag", "Last-Modified"))
    with time_machine.travel(LATER, tick=False):
        actions.renew(plan, to=TODAY + timedelta(days=39), now=LATER)
        assert feed(if_none_match=etag).status_code == 200
        assert feed(if_modified_since=modified).status_code == 200


def test_a_sim_that_went_is_a_change(user, feed):
    a_plan(a_sim(user), days=9)
    plan = a_plan(a_sim(user), days=9)
    modified = feed().headers["Last-Modified"]
    with time_machine.travel(LATER, tick=False):
        actions.set_flag(plan.sim, "deleted_at", LATER, on=True)
        assert feed(if_modified_since=modified).status_code == 200


def test_another_language_is_another_content(user, feed):
    a_plan(a_sim(user), days=9)
    etag = feed().headers["ETag"]
    Person.objects.update(language="ru")
    assert feed(if_none_match=etag).status_code == 200


def test_what_no_stored_moment_tells_is_heard_of_within_a_day(user, feed):
    """A client that compares moments only would else never hear of a guide that was reworded."""
    a_plan(a_sim(user), days=9)
    modified = feed().headers["Last-Modified"]
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert feed(if_modified_since=modified).status_code == 200


def test_the_head_is_that_of_the_whole(user, feed, client):
    a_plan(a_sim(user), days=9)
    whole, head = feed(), client.head(reverse("plans:calendar_feed", args=[KEY]))
    assert (head.status_code, head.content) == (200, b"")
    names = ("ETag", "Last-Modified", "Content-Type", "Content-Length", "Cache-Control")
    assert [head.headers[name] for name in names] == [whole.headers[name] for name in names]


# --- many ----------------------------------------------------------------------------------------------


def a_fleet(user, count: int) -> None:
    first = Sim.objects.count()
    sims = [Sim(owner=user, person=user.person, number=f"+7702{first + index:07d}") for index in range(count)]
    plans = [Plan(sim=sim, paid_until=TODAY, said_at=NOW) for sim in Sim.objects.bulk_create(sims)]
    Plan.objects.bulk_create(plans)


def test_fifty_sims_cost_no_more_queries_than_one(user, feed, guides_loaded):
    counts = []
    for more in (1, 49):
        a_fleet(user, more)
        with CaptureQueriesContext(connection) as queries:
            assert feed().status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20


@pytest.mark.slow
def test_five_hundred_sims_stand_in_one_calendar(user, events):
    a_fleet(user, 500)
    assert len({event["UID"] for event in events()}) == 500


# --- other readers -------------------------------------------------------------------------------------


def plain(text: str) -> str:
    return " ".join(str(text).split())


class AnyWords(SimpleTestCase):
    @settings(max_examples=200, deadline=None)
    @given(
        # Halves of characters reach us from no form: what is sent is UTF-8.
        st.text(
            st.sampled_from('\r\n\t\x0b\x1c\x85\u2028\0\x1b;,:"\\Nn 期ж') | st.characters(exclude_categories=["Cs"]),
            max_size=90,
        )
    )
    @example("C:\\New")
    def test_no_label_breaks_out_of_its_event(self, label):
        event = Event("uid", TODAY, f"a {label}", f"b {label}\nc", "http://x/", (before(1),), known_at=NOW)
        content = feed_file("KZSIM", [event], ALMATY)
        text = content.decode()
        assert max(map(len, content.split(b"\r\n"))) <= 75
        assert text.splitlines() == text.split("\r\n")[:-1]  # whatever a reader takes for the end of a line
        assert not [char for char in text if unicodedata.category(char) == "Cc" and char not in "\r\n"]
        (read,) = events_in(content)
        (other,) = vobject.readOne(content.decode()).vevent_list
        assert plain(read["SUMMARY"]) == plain(other.summary.value)
        assert "\n" not in read["SUMMARY"]
        assert str(read["DESCRIPTION"]).endswith("\nc")
        assert other.description.value.endswith("\nc")
        assert len(read.walk("VALARM")) == len(other.valarm_list) == 1


def test_a_label_that_would_be_an_event_stays_a_label(user, feed):
    a_plan(a_sim(user, label=HOSTILE), days=9)
    content = feed().content
    assert content.count(b"\r\nBEGIN:VEVENT\r\n") == 1
    (event,) = events_in(content)
    assert event["SUMMARY"].startswith('Mum; "x" BEGIN:VEVENT (…')


def test_an_independent_reader_finds_the_same(user, feed):
    Person.objects.update(language="zh-hans")
    a_plan(a_watched_sim(user, label=HOSTILE), days=9)
    content = feed().content
    calendar = vobject.readOne(content.decode())
    calendar.validate(raiseException=True)
    read = [
        (
            *(event.uid.value, event.dtstart.value, event.dtend.value, event.summary.value, event.description.value),
            *(int(event.sequence.value), sorted(alarm.trigger.value for alarm in event.valarm_list)),
        )
        for event in calendar.vevent_list
    ]
    assert read == [
        (
            *(event["UID"], event.start, event.end, event["SUMMARY"], event["DESCRIPTION"]),
            *(event["SEQUENCE"], triggers(event)),
        )
        for event in events_in(content)
    ]


KHAL = """
[calendars]
[[kzsim]]
path = {folder}/calendar
type = calendar
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
[default]
default_calendar = kzsim
[sqlite]
path = {folder}/khal.db
"""


@pytest.fixture
def khal(tmp_path):
    """A calendar on disk, and khal to take things in and list what it holds: start, end, title, alarms."""
    program = shutil.which("khal")
    if program is None:
        pytest.skip("no khal here (Debian: apt install khal)")
    (tmp_path / "calendar").mkdir()
    (tmp_path / "khal.conf").write_text(KHAL.format(folder=tmp_path))

    def run(*arguments: str) -> list[str]:
        done = subprocess.run(
            [program, "-c", str(tmp_path / "khal.conf"), *arguments],
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert "rror" not in done.stderr, done.stderr
        return done.stdout.splitlines()

    def taken_in(content: bytes) -> list[tuple[str, ...]]:
        (tmp_path / "feed.ics").write_bytes(content)
        run("import", "--batch", str(tmp_path / "feed.ics"))
        line = "{start-long}|{end-long}|{title}|{alarm-symbol}"
        return [
            tuple(one.split("|")) for one in run("list", "--format", line, "--day-format", "", "2026-11-20", "400d")
        ]

    return taken_in


def test_khal_shows_days_moments_and_alarms(user, feed, khal):
    a_plan(a_sim(user, "+77011234567", label='Касса; "14", 收银台'), days=9)
    plan = a_plan(a_sim(user, "+77017654321"), days=10, period="720h", name="Hours")
    actions.save_plan(plan, paid_until=plan.paid_until, now=NOW, ends_at=time(15, 20))
    assert khal(feed().content) == [
        ("2026-12-02", "2026-12-02", 'Касса; "14", 收银台 (…4567): renew Freestyle', " ⏰"),
        ("2026-12-03 11:20", "2026-12-03 11:20", "…4321: renew Hours", " ⏰"),
    ]


def test_khal_moves_what_was_renewed_and_doubles_nothing(user, feed, khal):
    hand, other = a_plan(a_sim(user, label="Till 14"), days=3), a_plan(a_sim(user, label="Till 15"), days=5)
    a_plan(a_sim(user, label="Self"), days=7, renews="auto")  # the coming charge and an assumed one
    first = khal(feed().content)
    actions.renew(hand, to=TODAY + timedelta(days=33), now=NOW)
    second = khal(feed().content)
    assert len(first) == len(second) == 4
    assert set(second) - set(first) == {
        ("2026-12-26", "2026-12-26", f"{hand.sim.short_title}: renew Freestyle", " ⏰"),
    }
    assert khal(feed().content) == second
    assert other.sim.short_title in str(second)


# --- the page ------------------------------------------------------------------------------------------


@pytest.fixture
def section(client, user):
    client.force_login(user)

    def get() -> BeautifulSoup:
        page = BeautifulSoup(client.get(reverse("plans:media")).content, "html.parser")
        return page.select_one("section[aria-labelledby=calendar]")

    return get


def test_the_page_makes_the_address_and_shows_how_to_use_it(user, section, client, feed):
    Person.objects.update(calendar_key=None)
    assert section().select_one("form")["action"] == reverse("plans:calendar_make")
    assert client.get(reverse("plans:calendar_make")).status_code == 405
    assert Person.objects.get(user=user).calendar_key is None

    client.post(reverse("plans:calendar_make"))
    key, shown = Person.objects.get(user=user).calendar_key, section()
    assert len(key) >= 43
    address = f"http://127.0.0.1:8000/calendar/{key}.ics"
    assert shown.select_one("input[readonly]")["value"] == address
    assert shown.select_one("a.btn")["href"] == address.replace("http:", "webcal:")
    assert shown.select_one("[role=img] svg")
    assert "Whoever has this address can read it" in shown.get_text()
    assert feed(key).status_code == 200


def test_a_new_address_ends_the_old_one_at_once(user, client, feed, section):
    client.force_login(user)
    client.post(reverse("plans:calendar_make"))
    assert feed(KEY).status_code == 404
    assert feed(Person.objects.get(user=user).calendar_key).status_code == 200
    assert client.get(reverse("plans:calendar_stop")).status_code == 405
    client.post(reverse("plans:calendar_stop"))
    assert Person.objects.get(user=user).calendar_key is None
    assert "Switch the calendar on" in section().get_text()
