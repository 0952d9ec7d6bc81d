from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.deadlines import Deadline, Kind
from plans.periods import Period
from plans.reminders import (
    ENOUGH_TIME,
    Row,
    Settings,
    lead_moment,
    leads,
    may_go,
    message_items,
    moment,
    next_morning,
    rows_that_should_stand,
)

ALMATY = ZoneInfo("Asia/Almaty")
BERLIN, NEW_YORK, KIRITIMATI, TOKYO = map(
    ZoneInfo, ["Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Asia/Tokyo"]
)
ON = date(2026, 12, 12)


def deadline(**fields) -> Deadline:
    return Deadline(
        **(
            {"subject": "plan:1", "kind": Kind.PLAN_EXPIRES, "on": ON, "zone": ALMATY, "period": Period.DAYS_30}
            | fields
        )
    )


def at(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"period": Period.DAYS_30, "length": 30}, (7, 1, 0)),
        ({"period": Period.DAYS_28, "length": 28}, (7, 1, 0)),
        ({"period": Period.MONTH, "length": 31}, (7, 1, 0)),
        ({"period": Period.ONCE, "length": None}, (7, 1, 0)),
        ({"period": Period.WEEK, "length": 7}, (1, 0)),
        ({"period": Period.DAY, "length": 1}, ()),
        ({"kind": Kind.NUMBER_AT_RISK, "period": None, "length": 60}, (30, 7, 1)),
        ({"kind": Kind.NUMBER_AT_RISK, "period": None, "length": 30}, (7, 1)),
        ({"kind": Kind.CHARGE, "unknown_balance": True, "length": 30}, (1,)),
    ],
)
def test_the_leads_follow_the_period_and_are_never_as_long_as_it(fields, expected):
    assert leads(deadline(**fields)) == expected


@pytest.mark.parametrize(
    ("zone", "lead", "expected"),
    [
        (ALMATY, 0, at(12, 4)),
        (ALMATY, 1, at(11, 4)),
        (BERLIN, 0, at(11, 8)),  # 09:00 on the day would leave 11 hours
        (BERLIN, 1, at(11, 8)),
        (NEW_YORK, 0, at(11, 14)),
        (TOKYO, 0, at(12, 0)),
        (KIRITIMATI, 0, at(11, 19)),
    ],
)
def test_nine_in_the_persons_zone_but_never_less_than_twelve_hours_before_the_cutoff(zone, lead, expected):
    assert lead_moment(deadline(), lead, zone) == expected


ZONES = st.sampled_from(
    [ALMATY, BERLIN, NEW_YORK, KIRITIMATI, TOKYO, ZoneInfo("Pacific/Pago_Pago"), ZoneInfo("Asia/Kathmandu")]
)


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), ZONES, st.sampled_from([30, 7, 1, 0]))
def test_there_is_always_time_to_act(on, zone, lead):
    assert deadline(on=on).cutoff - lead_moment(deadline(on=on), lead, zone) >= ENOUGH_TIME


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), ZONES)
def test_a_question_never_comes_before_the_cutoff(on, zone):
    asked = deadline(kind=Kind.RENEWED, on=on, asked=1, opens_on=on + timedelta(days=1))
    (row,) = rows_that_should_stand([asked], Settings(zone))
    assert row.planned_for >= asked.cutoff


def test_leads_that_passed_when_a_plan_was_entered_are_due_at_once():
    since = at(11, 6)
    rows = rows_that_should_stand([deadline(since=since)], Settings(ALMATY))
    assert [(row.occurrence, row.planned_for) for row in rows] == [("7", since), ("1", since), ("0", at(12, 4))]


def test_leads_that_passed_before_a_renewal_or_a_correction_are_not_sent():
    rows = rows_that_should_stand([deadline(since=at(11, 6), first=False)], Settings(ALMATY))
    assert [row.occurrence for row in rows] == ["0"]


def test_what_was_over_when_it_was_entered_is_not_warned_of():
    assert rows_that_should_stand([deadline(since=at(20, 6))], Settings(ALMATY)) == []


def test_nothing_stands_for_whoever_stopped_and_only_the_rest_for_whoever_muted_a_kind():
    asked = deadline(kind=Kind.RENEWED, asked=1, opens_on=ON + timedelta(days=1))
    paused = deadline(kind=Kind.PAUSED, asked=3, opens_on=ON + timedelta(days=61))
    everything = [deadline(), asked, paused]
    assert rows_that_should_stand(everything, Settings(ALMATY, stopped=True)) == []
    muted = rows_that_should_stand(everything, Settings(ALMATY, muted_kinds=frozenset({"renewed"})))
    assert {row.kind for row in muted} == {"plan_expires"}


def test_nothing_is_planned_for_a_moment_before_the_person_can_be_reached():
    since = at(12, 1)
    rows = rows_that_should_stand([deadline()], Settings(ALMATY, not_before=since))
    assert [row.planned_for for row in rows] == [since, since, at(12, 4)]


ROW = Row("plan:1", "plan_expires", ON, "7", at(5, 4))


@pytest.mark.parametrize(
    ("last", "now", "cutoff", "goes"),
    [
        (None, at(5, 6), at(12, 19), True),
        (at(4, 6), at(5, 4), at(12, 19), True),
        (at(5, 4), at(5, 12), at(12, 19), False),  # one a day
        (at(5, 4), at(5, 19, 1), at(12, 19), True),  # a new day in Almaty
        (at(5, 4), at(5, 6), at(5, 19), True),  # would be lost before the morning
        (at(5, 4), at(5, 4, 30), at(5, 19), False),  # but not straight after the last one
        (at(5, 4), at(5, 6), None, False),  # a question can wait
        (at(5, 4), at(5, 20), at(5, 19), True),
        (at(8, 4), at(5, 6), at(12, 19), True),  # sent before the clock was set back by three days
    ],
)
def test_one_message_a_day_unless_something_would_be_lost_meanwhile(last, now, cutoff, goes):
    assert may_go(ROW, cutoff, last, now, ALMATY) is goes


@given(st.integers(0, 6 * 365 * 24 * 60), ZONES)
def test_the_next_morning_is_nine_on_the_next_day(minutes, zone):
    now = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    morning = next_morning(now, zone).astimezone(zone)
    assert (morning.hour, morning.minute) == (9, 0)
    assert morning.date() == now.astimezone(zone).date() + timedelta(days=1)


def standing(*deadlines: Deadline) -> dict:
    return {row.identity: item for item in deadlines for row in rows_that_should_stand([item], Settings(ALMATY))}


def rows(*deadlines: Deadline) -> list[Row]:
    return rows_that_should_stand(deadlines, Settings(ALMATY))


def test_several_leads_of_one_deadline_fold_into_the_latest_and_the_days_are_those_of_the_sending():
    (item,) = message_items(rows(deadline()), standing(deadline()), at(12, 4))
    assert (item.row.occurrence, item.days_left, item.is_question, item.late) == ("0", 0, False, False)


@pytest.mark.parametrize("in_order", [1, -1])
def test_of_rows_that_waited_together_the_latest_speaks_whatever_their_order(in_order):
    together = at(20, 4)
    ended = deadline(on=date(2026, 10, 1))
    asked = [
        Row("plan:1", "renewed", ended.on, "1", together),
        Row("plan:1", "renewed", ended.on, "2", together),
        Row("plan:1", "paused", ended.on, "3", together),
        Row("plan:1", "plan_expires", ended.on, "0", together),
    ]
    (item,) = message_items(asked[::in_order], dict.fromkeys((row.identity for row in asked), ended), at(20, 5))
    assert item.row.kind == "paused"
    led = [Row("plan:1", "plan_expires", ON, lead, together) for lead in ("7", "1", "0")]
    (item,) = message_items(led[::in_order], dict.fromkeys((row.identity for row in led), deadline()), at(12, 5))
    assert item.row.occurrence == "0"


def test_after_three_days_of_downtime_one_late_and_true_item_is_left():
    asked = deadline(kind=Kind.RENEWED, asked=1, opens_on=ON + timedelta(days=1))
    both = [deadline(), asked]
    (item,) = message_items(rows(*both), standing(*both), at(14, 5))
    assert (item.deadline.kind, item.days_left, item.is_question, item.late) == (Kind.RENEWED, -2, True, True)


def test_a_warning_that_comes_after_the_day_asks_instead():
    (item,) = message_items(rows(deadline()), standing(deadline()), at(13, 3))
    assert item.is_question


def test_rows_that_no_longer_stand_say_nothing():
    moved = deadline(on=ON + timedelta(days=30))
    assert message_items(rows(deadline()), standing(moved), at(12, 4)) == []


def test_the_most_urgent_item_stands_first_and_questions_last():
    items = [deadline(subject="plan:3", on=ON + timedelta(days=2)), deadline(subject="plan:2"),
             deadline(subject="plan:1", on=ON - timedelta(days=1))]  # fmt: skip
    order = [item.deadline.subject for item in message_items(rows(*items), standing(*items), at(12, 4))]
    assert order == ["plan:2", "plan:3", "plan:1"]


def test_the_hour_of_reminding_is_kept_in_summer_and_winter():
    assert moment(date(2026, 7, 1), BERLIN) == at(1, 7, month=7)
    assert moment(date(2026, 12, 1), BERLIN) == at(1, 8)
