"""Many SIMs at once: added, archived, put into groups, and all of it taken back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from plans import actions
from plans.actions.many import KEPT_FOR
from plans.models import Lot, Need, Plan, Reminder, Sim
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = pytest.mark.django_db


def new(owner, n: int, *, until: date | None = None, anchor: int | None = None, **plan) -> actions.NewSim:
    sim = Sim(owner=owner, person=owner.person, number=f"+7705{n:07d}", label=f"Till {n}", group="Shop")
    return actions.NewSim(sim, Plan(**plan) if plan else None, until, anchor)


def some(owner, first: int) -> list[actions.NewSim]:
    soon = TODAY + timedelta(days=3)
    return [
        new(owner, first),
        new(owner, first + 1, until=soon, price=Decimal(4990), period="30d", renews="hand"),
        new(owner, first + 2, until=date(2026, 11, 29), anchor=30, price=Decimal(2990), period="month", renews="hand"),
        new(owner, first + 3, price=Decimal(1990), period="28d"),
    ]


def stored(model, *without: str) -> list[dict]:
    left_out = {"id", "sim_id", "plan_id", "number", "label", "found_by", "deadlines_digest", "subject", *without}
    rows = [{name: value for name, value in row.items() if name not in left_out} for row in model.objects.values()]
    return sorted(rows, key=repr)


def test_sims_that_are_added_together_stand_as_if_each_had_been_entered_by_itself():
    together, alone = a_user(), a_user()
    actions.add_sims(together, some(together, 1), NOW)
    found = {model: stored(model, "created_at", "owner_id", "person_id") for model in (Sim, Plan, Reminder, Need)}
    Sim.objects.all().delete()

    for one in some(alone, 1):
        actions.add_sim(one.sim, now=NOW, plan=one.plan, paid_until=one.paid_until, anchor=one.anchor)

    for model, rows in found.items():
        for row in [*rows, *(again := stored(model, "created_at", "owner_id", "person_id"))]:
            row.pop("deadlines_moved_at", None)
        assert rows == again
    assert len(found[Sim]) == 4
    assert found[Reminder]


def test_three_hundred_are_added_with_few_queries():
    owner = a_user()
    lots = [[one for n in range(0, count, 4) for one in some(owner, count * 10 + n)] for count in (100, 300)]
    asked = []
    for lot in lots:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            actions.add_sims(owner, lot, NOW)
        asked.append([query for query in queries if not query["sql"].startswith(("INSERT", "UPDATE"))])

    assert Sim.objects.count() == 400
    assert len(asked[1]) <= 2 * len(asked[0]) < 60  # SIMs are worked out two hundred at a time


def test_all_that_was_added_goes_again_at_once_and_nothing_else():
    owner = a_user()
    kept = a_plan(a_sim(owner))
    lot = actions.add_sims(owner, some(owner, 1), NOW)
    later = NOW + timedelta(minutes=1)

    assert actions.undo_lot(lot, later) == 4
    assert list(Sim.objects.visible_to(owner)) == [kept.sim]
    assert {one.sim for one in Reminder.objects.exclude(due_at=None)} == {kept.sim}
    assert actions.undo_lot(lot, later) == 0

    actions.add_sims(owner, some(owner, 1), later)  # the numbers are free again
    assert Sim.objects.visible_to(owner).count() == 5


def test_what_was_paid_for_since_does_not_go_with_its_adding():
    owner = a_user()
    lot = actions.add_sims(owner, some(owner, 1), NOW)
    _first, renewed, told, _last = Sim.objects.order_by("pk")
    renewal = actions.renew(renewed.plans.get(), to=TODAY + timedelta(days=33), now=NOW)
    actions.read_balance(told, Decimal(500), NOW)

    assert actions.undo_lot(lot, NOW) == 2
    assert set(Sim.objects.visible_to(owner)) == {renewed, told}
    assert list(renewed.plans.get().renewals.all()) == [renewal]


def test_one_number_that_is_there_already_stops_the_whole_lot():
    owner = a_user()
    a_sim(owner, "+77050000002")

    with pytest.raises(IntegrityError):
        actions.add_sims(owner, some(owner, 1), NOW)


@pytest.fixture
def mine():
    owner = a_user()
    return owner, [a_plan(a_sim(owner, label=f"Till {n}", group="Old" if n else "")).sim for n in range(3)]


def test_several_are_archived_and_brought_back_but_not_those_of_others_or_archived_before(mine):
    owner, (first, second, third) = mine
    actions.set_flag(third, "archived_at", NOW, on=True)
    others = a_plan().sim
    later = NOW + timedelta(minutes=1)

    lot = actions.archive_sims(owner, [one.pk for one in (first, second, third, others)], later)

    assert not Sim.objects.visible_to(owner).in_use().exists()
    assert Sim.objects.get(pk=others.pk).is_in_use
    assert {one.sim for one in Reminder.objects.exclude(due_at=None)} == {others}

    assert actions.undo_lot(lot, later) == 2
    assert set(Sim.objects.visible_to(owner).in_use()) == {first, second}
    assert {one.sim for one in Reminder.objects.exclude(due_at=None)} == {first, second, others}


def test_one_that_was_brought_back_and_archived_again_meanwhile_stays_archived(mine):
    owner, (first, second, _third) = mine
    lot = actions.archive_sims(owner, [first.pk, second.pk], NOW)
    for on in (False, True):
        actions.set_flag(first, "archived_at", NOW + timedelta(hours=1), on=on)

    assert actions.undo_lot(lot, NOW + timedelta(hours=2)) == 1
    assert set(Sim.objects.visible_to(owner).exclude(archived_at=None)) == {first}


def test_several_are_put_into_a_group_found_by_it_and_put_back(mine):
    owner, sims = mine
    others = a_sim(group="Theirs")
    ids = [sim.pk for sim in (*sims, others)]

    lot = actions.group_sims(owner, ids, "Tills North", NOW)

    for sim in Sim.objects.visible_to(owner):
        assert (sim.group, sim.found_by) == ("Tills North", sim.words_to_find)
    assert Sim.objects.get(pk=others.pk).group == "Theirs"

    Sim.objects.filter(pk=sims[1].pk).update(group="By itself")
    assert actions.undo_lot(lot, NOW) == 2
    assert [sim.group for sim in Sim.objects.visible_to(owner).order_by("pk")] == ["", "By itself", "Old"]
    assert "tills north" not in Sim.objects.get(pk=sims[2].pk).found_by


@pytest.mark.parametrize("act", [actions.archive_sims, lambda *said: actions.group_sims(*said[:2], "New", said[2])])
def test_what_is_done_to_many_asks_as_often_as_for_few(act):
    owner = a_user()
    sims = [a_plan(a_sim(owner)).sim.pk for _n in range(12)]
    asked = []
    for ids in (sims[:2], sims[2:]):
        with CaptureQueriesContext(connection) as queries:
            lot = act(owner, ids, NOW)
            actions.undo_lot(lot, NOW)
        asked.append(len(queries))

    assert asked[0] == asked[1] <= 60


def test_changes_are_forgotten_when_nobody_would_take_them_back_any_more(mine):
    owner, sims = mine
    actions.group_sims(owner, [sims[0].pk], "A", NOW - KEPT_FOR - timedelta(seconds=1))
    recent = actions.group_sims(owner, [sims[0].pk], "B", NOW - timedelta(days=1))
    of_others = actions.group_sims(a_user(), [], "C", NOW - 2 * KEPT_FOR)

    last = actions.group_sims(owner, [sims[0].pk], "D", NOW)

    assert set(Lot.objects.all()) == {recent, of_others, last}
