from datetime import date, time, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from guides.models import Operator, Promotion, Tariff, raise_revision
from kzsim.common.money import Money
from plans import actions, schedule
from plans.models import Message, Person, Plan, Reminder, Sim, Stay
from plans.reminders import LED
from plans.standing import standing
from plans.usage import Allowance
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user, a_watched_sim

State = Reminder.State


def live(sim: Sim) -> set[tuple]:
    rows = Reminder.objects.filter(sim=sim, state__in=[State.SCHEDULED, State.HELD])
    return set(rows.values_list("person", "subject", "kind", "deadline", "occurrence", "planned_for", "state"))


def live_from_nothing(sim: Sim, now) -> set[tuple]:
    """The live rows that the final facts deserve, less those already sent."""
    sent = {reminder.row.identity for reminder in Reminder.objects.filter(sim=sim, state=State.SENT)}
    fresh = Sim.objects.with_facts().get(pk=sim.pk)
    state = State.SCHEDULED if fresh.person.email_verified else State.HELD
    return {
        (fresh.person_id, *row.identity, row.planned_for, state)
        for row in schedule.standing_rows(fresh, now)
        if row.identity not in sent
    }


def lists_show(sim: Sim, now) -> tuple[tuple, tuple]:
    """How lists show the SIM by what is stored, and by its facts."""
    of_today = Sim.objects.with_facts().get(pk=sim.pk)
    stands = standing(of_today.facts(), of_today.today(now))
    ahead = of_today.needs.filter(on__gte=of_today.today(now))
    needs = sorted((need.on, Money(need.amount, need.currency)) for need in ahead)
    next_ahead = of_today.ahead_on if of_today.ahead_on and of_today.ahead_on >= of_today.today(now) else None
    stored = (of_today.ranking, of_today.next_on, next_ahead, of_today.questions, needs)
    told = stands.ranking, stands.on, stands.ahead, stands.questions
    return stored, (*told, [(need.on, need.money) for need in stands.needs])


DAYS = st.integers(-40, 90)
RENEWS = st.sampled_from(Plan.Renews.values)
ZONES = st.tuples(st.just("zone"), st.sampled_from(["Asia/Almaty", "Europe/Berlin", "America/New_York"]))
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), DAYS, st.sampled_from(Plan.Period.values), st.sampled_from(Plan.Renews.values)),
        st.tuples(st.just("move"), DAYS),
        st.tuples(st.just("forget")),
        st.tuples(st.just("renew"), DAYS),
        st.tuples(st.just("switch"), DAYS, st.sampled_from(Plan.Period.values), st.sampled_from(Plan.Renews.values)),
        st.tuples(st.just("reopen")),
        st.tuples(st.just("undo")),
        st.tuples(st.just("close")),
        st.tuples(st.just("balance"), st.integers(0, 9000)),
        st.tuples(st.just("top up"), st.integers(1, 9000), st.integers(-40, 0)),
        st.tuples(st.just("take back")),
        st.tuples(st.just("put back")),
        st.tuples(st.just("left"), st.integers(0, 9000), st.booleans()),
        st.tuples(st.just("left said wrong")),
        st.tuples(st.just("left after all")),
        st.tuples(st.just("used"), st.integers(-50, 0)),
        st.tuples(st.just("watch"), st.booleans(), st.sampled_from([None, 30, 60])),
        st.tuples(st.just("trip"), st.integers(-5, 40), st.integers(0, 90), st.sampled_from(["abroad", "kz"])),
        st.tuples(st.just("no trip")),
        st.tuples(st.just("trip again")),
        st.tuples(st.just("departed"), st.booleans()),
        st.tuples(st.just("archive")),
        st.tuples(st.just("bring back")),
        st.tuples(st.just("mute plan")),
        st.tuples(st.just("mute sim")),
        st.tuples(st.just("mute kind"), st.sampled_from(Reminder.Kind.values)),
        st.tuples(st.just("stop")),
        st.tuples(st.just("resume")),
        ZONES,
        st.tuples(st.just("verify"), st.booleans()),
        st.tuples(st.just("send"), st.integers(0, 5)),
        st.tuples(st.just("tariff"), st.booleans()),
        st.tuples(st.just("tariff price"), st.sampled_from([4590, 4990, 5490]), st.none() | DAYS, st.integers(-100, 0)),
        st.tuples(st.just("answer price"), st.booleans()),
        st.tuples(st.just("care"), st.sampled_from([None, 1, 3])),
    ),
    max_size=14,
)
TIMINGS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(-3, 40), st.sampled_from(Plan.Period.values), RENEWS),
        st.tuples(st.just("move"), DAYS),
        st.tuples(st.just("renew"), DAYS),
        st.tuples(st.just("undo")),
        st.tuples(st.just("used"), st.integers(-50, 0)),
        st.tuples(st.just("watch"), st.booleans(), st.sampled_from([None, 30, 60])),
        st.tuples(st.just("trip"), st.integers(-5, 40), st.integers(0, 90), st.sampled_from(["abroad", "kz"])),
        st.tuples(st.just("stop")),
        st.tuples(st.just("resume")),
        ZONES,
        st.tuples(st.just("verify"), st.booleans()),
        st.tuples(st.just("send"), st.integers(0, 5)),
        st.tuples(st.just("hour"), st.sampled_from([time(0), time(7, 30), time(9), time(20), time(23, 59)])),
        st.tuples(st.just("leads"), st.sampled_from(LED), st.lists(st.integers(0, 45), max_size=3), st.booleans()),
        st.tuples(st.just("insists"), st.booleans()),
        st.tuples(st.just("snooze"), st.integers(0, 20), st.integers(0, 7)),
        st.tuples(st.just("no snooze")),
        st.tuples(st.just("mute kind of sim"), st.sampled_from(Reminder.Kind.values)),
        st.tuples(st.just("offer"), st.none() | DAYS, st.integers(0, 90), st.sampled_from(["", "kz", "abroad"])),
        st.tuples(st.just("hear of offers"), st.booleans()),
        st.tuples(st.just("lives"), st.sampled_from(["", "kz", "abroad"])),
        st.tuples(st.just("overview"), st.sampled_from(["", "week", "month"])),
        st.tuples(st.just("overview sent")),
        st.tuples(st.just("cared"), st.booleans()),
    ),
    max_size=10,
)


@pytest.mark.broad
class AnyChanges(HypothesisTestCase):
    @settings(max_examples=60, deadline=None)
    @given(CHANGES)
    def test_any_changes_and_undos_leave_the_rows_that_the_final_facts_deserve(self, changes):
        self.leave_what_the_final_facts_deserve(changes)

    @settings(max_examples=40, deadline=None)
    @given(TIMINGS)
    def test_so_do_other_hours_and_days_snoozes_offers_and_overviews(self, changes):
        self.leave_what_the_final_facts_deserve(changes)

    def leave_what_the_final_facts_deserve(self, changes):
        sim = a_sim(a_user(), operator=Operator.objects.create(slug="op", name="Op"))
        now = NOW
        for name, *values in changes:
            now += timedelta(hours=5)
            with time_machine.travel(now, tick=False):
                change(sim.pk, name, values, now)
                schedule.catch_up(now)  # with what editors wrote
                assert live(sim) == live_from_nothing(sim, now)
                stored, fresh = lists_show(sim, now)
                assert stored == fresh


def change(pk: int, name: str, values: list, now) -> None:
    sim = Sim.objects.get(pk=pk)
    person, plan = sim.person, sim.plans.last()
    if name in ("hour", "insists", "overview"):
        actions.set_timing(person, now, **{name: values[0]})
    elif name == "leads":
        kind, days, theirs = values
        actions.set_timing(person, now, leads={kind: days} if theirs else {})
    elif name == "snooze":
        for said in sim.reminders.exclude(kind=Reminder.Kind.PROMOTION).order_by("pk")[values[0] : values[0] + 1]:
            about = {"subject": said.subject, "kind": said.kind, "deadline": said.deadline}
            until = person.today(now) + timedelta(days=values[1])
            sim.snoozes.update_or_create(**about, defaults={"until": until, "made_at": now})
            schedule.reschedule(sim, now)
    elif name == "no snooze":
        sim.snoozes.all().delete()
        schedule.reschedule(sim, now)
    elif name == "mute kind of sim":
        actions.set_sim_kinds(sim, set(sim.muted_kinds) ^ {values[0]}, now)
    elif name == "offer":
        since, length, audience = values
        first = TODAY + timedelta(days=since or 0)
        Promotion.objects.create(
            operator=sim.operator,
            title="More data",
            since=None if since is None else first,
            until=first + timedelta(days=length),
            audience=audience,
            source="here",
        )
        raise_revision()
    elif name == "hear of offers":
        actions.mute_kinds(person, [] if values[0] else ["promotion"], now)
    elif name == "lives":
        person.place = values[0]
        actions.save_person(person, now)
    elif name == "overview sent":
        if row := person.reminders.filter(kind="overview").coming().first():
            message = Message.objects.create(
                kind="reminders", person=person, state="sent", message_id=f"<{row.pk}@x>", posted_at=now, sent_at=now
            )
            person.reminders.filter(pk=row.pk).update(state=State.SENT, due_at=None, message=message)
            schedule.stand_overview(person, now)
            schedule.reschedule(sim, now)
    elif name == "add":
        days, period, renews = values
        a_plan(sim, days=days, now=now, period=period, renews=renews)
    elif name == "balance":
        actions.read_balance(sim, Decimal(values[0]), now)
    elif name == "top up":
        actions.top_up(sim, Decimal(values[0]), now, on=TODAY + timedelta(days=values[1]))
    elif name in ("take back", "put back"):
        entry = sim.balance_entries.filter(deleted_at__isnull=name == "take back").first()
        if entry:
            getattr(actions, name.replace(" ", "_"))(entry, now)
    elif name == "left":
        actions.say_left(sim, {Allowance.DATA: values[0]}, now, plan if values[1] else None)
    elif name == "left said wrong":
        if reading := sim.usage_readings.filter(deleted_at=None).first():
            actions.forget_use(reading, now)
    elif name == "left after all":
        if reading := sim.usage_readings.exclude(deleted_at=None).first():
            actions.forget_use(reading, now, on=False)
    elif name == "used":
        actions.note_activity(sim, TODAY + timedelta(days=values[0]), now)
    elif name == "watch":
        sim.keep_alive, sim.inactivity_days = values
        actions.save_sim(sim, activity_changed=False, now=now)
    elif name == "trip":
        since = TODAY + timedelta(days=values[0])
        stay = person.stays.in_use().first() or Stay(person=person)
        stay.place, stay.since, stay.until = values[2], since, since + timedelta(days=values[1])
        actions.save_stay(stay, now)
    elif name == "no trip":
        for stay in person.stays.in_use():
            actions.delete_stay(stay, now)
    elif name == "trip again":
        stay = person.stays.exclude(deleted_at=None).last()
        if stay and not person.stays.in_use().exists():
            actions.restore_stay(stay, now)
    elif name == "departed":
        for stay in person.stays.in_use():
            actions.settle_stay(stay, [sim] if values[0] else [], now)
    elif name == "archive":
        actions.set_flag(sim, "archived_at", now, on=True)
    elif name == "bring back":
        actions.set_flag(sim, "archived_at", now, on=False)
    elif name == "mute sim":
        actions.set_sim_reminders(sim, now, on=sim.reminders_off)
    elif name == "mute kind":
        actions.mute_kinds(person, set(person.muted_kinds) ^ {values[0]}, now)
    elif name == "stop":
        actions.stop_reminders(person, now)
    elif name == "resume":
        actions.resume_reminders(person, now)
    elif name == "zone":
        person.time_zone = values[0]
        actions.save_person(person, now)
    elif name == "verify":
        actions.set_address(person, person.email, values[0], now)
    elif name == "send":
        ids = list(Reminder.objects.filter(sim=sim).coming().values_list("pk", flat=True)[: values[0]])
        Reminder.objects.filter(pk__in=ids).update(state=State.SENT, due_at=None)
    elif name == "care":
        actions.set_care(sim, values[0], now)
    elif name == "cared":
        actions.note_care(sim, now, done=values[0])
    elif name == "tariff price":
        change_tariff(*values, now)
    elif plan is None:
        return
    elif name == "tariff":
        plan.tariff = the_tariff() if values[0] else None
        actions.save_plan(plan, paid_until=plan.paid_until, now=now)
    elif name == "answer price":
        for price in (4590, 4990, 5490):
            actions.answer_price(plan, Decimal(price), now, takes=values[0])
    elif name == "move":
        actions.save_plan(plan, paid_until=TODAY + timedelta(days=values[0]), now=now)
    elif name == "forget":
        actions.save_plan(plan, paid_until=None, now=now)
    elif name == "renew":
        actions.renew(plan, to=TODAY + timedelta(days=values[0]), now=now)
    elif name == "switch":
        days, period, renews = values
        actions.renew(plan, to=TODAY + timedelta(days=days), now=now, switch_to={"period": period, "renews": renews})
    elif name == "reopen":
        actions.reopen_plan(plan, now)
    elif name == "undo":
        renewal = plan.renewals.filter(undone_at=None).first()
        if renewal:
            actions.undo_renewal(renewal, now)
    elif name == "close":
        actions.close_plan(plan, now)
    elif name == "mute plan":
        actions.set_plan_reminders(plan, now, on=plan.reminders_off)


def the_tariff() -> Tariff:
    operator, _made = Operator.objects.get_or_create(slug="some", defaults={"name": "Some"})
    fields = {"price": Decimal(4590), "source": "here", "seen_on": TODAY, "confidence": "confirmed"}
    return Tariff.objects.get_or_create(operator=operator, name="T", defaults=fields)[0]


def change_tariff(price: int, since: int | None, seen: int, now) -> None:
    """As the editors' desk does it."""
    tariff = the_tariff()
    tariff.price = Decimal(price)
    tariff.price_since = None if since is None else now.date() + timedelta(days=since)
    tariff.seen_on = now.date() + timedelta(days=seen)
    tariff.save()
    raise_revision()


class Renewing(TestCase):
    def test_the_reminders_of_the_old_date_go_and_those_of_the_new_one_stand(self):
        plan = a_plan(days=3)
        actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
        warnings = Reminder.objects.filter(plan=plan, kind="plan_expires").coming()
        assert {(row.deadline, row.occurrence) for row in warnings} == {
            (TODAY + timedelta(days=33), lead) for lead in ("7", "1", "0")
        }

    def test_undo_brings_the_old_reminders_back_but_not_those_already_sent(self):
        plan = a_plan(days=3)
        before = live(plan.sim)
        Reminder.objects.filter(plan=plan, occurrence="7").update(state=State.SENT, due_at=None)
        renewal = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW + timedelta(hours=1))
        assert actions.undo_renewal(renewal, NOW + timedelta(hours=2))
        assert live(plan.sim) == {row for row in before if row[4] != "7"}

    def test_a_renewal_is_undone_once_and_only_if_it_is_the_last(self):
        plan = a_plan(days=3)
        first = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
        second = actions.renew(plan, to=TODAY + timedelta(days=63), now=NOW)
        assert not actions.undo_renewal(first, NOW)
        assert actions.undo_renewal(second, NOW)
        assert not actions.undo_renewal(second, NOW)
        plan.refresh_from_db()
        assert plan.paid_until == TODAY + timedelta(days=33)

    def test_paying_counts_as_activity_and_undoing_takes_it_back(self):
        sim = a_watched_sim(quiet=40)
        renewal = actions.renew(a_plan(sim), to=TODAY + timedelta(days=33), now=NOW)
        assert last_used(sim) == TODAY
        actions.undo_renewal(renewal, NOW)
        assert last_used(sim) == TODAY - timedelta(days=40)

    def test_a_month_from_the_31st_keeps_its_day_through_renewals(self):
        sim = a_sim()
        plan = actions.save_plan(
            Plan(sim=sim, period="month", price=1), paid_until=date(2027, 1, 30), now=NOW, anchor=31
        )
        ends = []
        for _ in range(3):
            to = actions.proposed_end(plan, plan.paid_until)
            actions.renew(plan, to=to, now=NOW)
            plan.refresh_from_db()
            ends.append(to)
        assert ends == [date(2027, 2, 27), date(2027, 3, 30), date(2027, 4, 29)]

    def test_a_self_renewing_plan_is_confirmed_with_the_date_it_was_charged_for(self):
        plan = a_plan(days=-2, renews="auto")
        assert actions.proposed_end(plan, TODAY) == TODAY + timedelta(days=28)

    def test_switching_to_another_plan_while_renewing_can_be_undone_too(self):
        plan = a_plan(days=3)
        renewal = actions.renew(
            plan,
            to=TODAY + timedelta(days=7),
            now=NOW,
            switch_to={"name": "Week", "price": Decimal(990), "period": "7d"},
        )
        plan.refresh_from_db()
        assert (plan.name, plan.period, renewal.amount) == ("Week", "7d", 990)
        actions.undo_renewal(renewal, NOW)
        plan.refresh_from_db()
        assert (plan.name, plan.period, plan.price) == ("Freestyle", "30d", 4990)

    def test_a_renewal_as_another_plan_begins_where_the_plan_until_now_ended(self):
        plan = a_plan(days=-40, renews="auto")
        renewal = actions.renew(
            plan, to=TODAY + timedelta(days=7), now=NOW, switch_to={"period": "7d", "renews": "hand"}
        )
        assert renewal.from_date == TODAY - timedelta(days=10)


def last_used(sim: Sim) -> date:
    return Sim.objects.with_facts().get(pk=sim.pk).last_activity.on


class TheTable(TestCase):
    def test_the_table_refuses_a_second_row_of_the_same_identity(self):
        reminder = Reminder.objects.filter(plan=a_plan()).first()
        reminder.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            reminder.save(force_insert=True)

    def test_only_a_scheduled_row_may_be_due(self):
        a_plan()
        with pytest.raises(IntegrityError), transaction.atomic():
            Reminder.objects.update(state=State.SENT, due_at=timezone.now())

    def test_a_sim_costs_as_many_queries_as_twenty(self):
        user = a_user()
        for _ in range(20):
            a_plan(a_sim(user))
        one = Sim.objects.filter(pk=user.sims.first().pk)
        with self.assertNumQueries(QUERIES):
            schedule.reschedule_many(one, NOW)
        with self.assertNumQueries(QUERIES + 1):  # and the overviews
            schedule.reschedule_person(user.person, NOW)

    def test_so_it_does_for_who_has_overviews_and_hears_of_offers(self):
        user = a_user(overview="week", muted_kinds=[])
        for _ in range(20):
            a_plan(a_sim(user))
        for sims in (Sim.objects.filter(pk=user.sims.first().pk), Sim.objects.filter(person=user.person)):
            with self.assertNumQueries(QUERIES + 3):  # overviews, what they told, and offers
                schedule.reschedule_many(sims, NOW)

    def test_a_deleted_sim_has_no_live_rows(self):
        plan = a_plan()
        actions.set_flag(plan.sim, "deleted_at", NOW, on=True)
        assert live(plan.sim) == set()
        actions.set_flag(plan.sim, "deleted_at", NOW, on=False)
        assert len(live(plan.sim)) == 6


# Two for the savepoint, ids, lock, rows, SIMs, plans, balance, use, stays, addresses, snoozes, revision, needs.
QUERIES = 14


class ThePerson(TestCase):
    def test_only_what_reminders_depend_on_works_them_out_again(self):
        plan = a_plan()
        person = plan.sim.person
        before = live(plan.sim)
        person.language = "ru"
        with CaptureQueriesContext(connection) as asked:
            actions.save_person(person, NOW, ["language"])
        assert not any("plans_sim" in query["sql"] for query in asked.captured_queries)
        person.time_zone = "America/New_York"
        actions.save_person(person, NOW, ["time_zone"])
        assert live(plan.sim) != before

    def test_saving_some_fields_takes_nothing_back_that_was_changed_meanwhile(self):
        person = a_sim().person
        actions.stop_reminders(Person.objects.get(pk=person.pk), NOW)
        person.language = "ru"
        actions.save_person(person, NOW, ["language"])
        person.refresh_from_db()
        assert (person.language, person.stopped_at) == ("ru", NOW)


class CatchingUp(TestCase):
    """What changes without a write to the SIM: the clock moves, and editors write."""

    def test_once_a_charge_has_fallen_the_balance_read_before_it_is_not_known_any_more(self):
        week = a_plan(days=3, renews="auto", period="7d", price=990)
        month = a_plan(week.sim, days=9, renews="auto", price=4990)
        actions.read_balance(week.sim, Decimal(6000), NOW)
        assert not charges_of(month, TODAY + timedelta(days=9))  # enough for both, as far as one knows
        later = NOW + timedelta(days=4)
        assert schedule.catch_up(later) == 1
        assert charges_of(month, TODAY + timedelta(days=9)) == ["1"]  # check the balance, the day before
        assert schedule.catch_up(later) == 0

    def test_nothing_is_looked_at_again_where_time_alone_changes_nothing(self):
        a_plan(days=3)
        assert schedule.catch_up(NOW + timedelta(days=400)) == 0

    def test_a_change_of_the_guides_is_caught_up_with_where_a_plan_stands_on_them(self):
        operator = Operator.objects.create(slug="some", name="Some")
        tariff = Tariff.objects.create(operator=operator, name="T", price=1, source="here")
        a_plan(tariff=tariff), a_plan()
        raise_revision()
        assert schedule.catch_up(NOW, at_most=10) == 1
        assert schedule.catch_up(NOW) == 0

    def test_it_takes_so_many_at_a_time(self):
        operator = Operator.objects.create(slug="some", name="Some")
        tariff = Tariff.objects.create(operator=operator, name="T", price=1, source="here")
        for _ in range(3):
            a_plan(tariff=tariff)
        raise_revision()
        assert [schedule.catch_up(NOW, at_most=2) for _ in range(3)] == [2, 1, 0]

    def test_one_that_cannot_be_worked_out_does_not_stop_the_others(self):
        plans = [a_plan(days=3, renews="auto") for _ in range(3)]
        for plan in plans:
            actions.read_balance(plan.sim, Decimal(1), NOW)
        Sim.objects.filter(pk=plans[1].sim_id).update(time_zone="Nowhere/Land")
        later = NOW + timedelta(days=4)
        with self.assertLogs("plans.schedule", "ERROR"):
            assert schedule.catch_up(later) == 3
        assert schedule.catch_up(later) == 0
        assert Sim.objects.get(pk=plans[2].sim_id).review_at > later
        with self.assertLogs("plans.schedule", "ERROR"):
            assert schedule.catch_up(later + timedelta(hours=1)) == 1

    def test_it_asks_small_indexes_never_the_whole_table(self):
        plan = a_plan()
        Sim.objects.bulk_create(
            Sim(owner=plan.sim.owner, person=plan.sim.person, number=f"+7702{n:07d}") for n in range(2000)
        )
        with CaptureQueriesContext(connection) as asked:
            schedule.catch_up(NOW)
        explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
        used = []
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            for query in asked.captured_queries:
                cursor.execute(explain + query["sql"])
                used.append(str(cursor.fetchall()))
        assert any("sim_review" in plan for plan in used)
        assert any("sim_guides_revision" in plan for plan in used)
        assert not any("SCAN plans_sim" in plan or "Seq Scan on plans_sim" in plan for plan in used)


def charges_of(plan: Plan, on: date) -> list[str]:
    rows = Reminder.objects.filter(plan=plan, kind="charge", deadline=on).coming()
    return [row.occurrence for row in rows]
