"""What is asked of a list of SIMs, and that a database counts and finds the same as the rules say."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans import actions
from plans.listing import Asked, Listed, digits_of, listed, words_of
from plans.models import Sim
from plans.overview import overview
from plans.standing import Ranking
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user, a_watched_sim

ZONES = ["Asia/Almaty", "Pacific/Kiritimati", "Pacific/Pago_Pago"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", ()),
        ("  ", ()),
        ("Till 14", ("till", "14")),
        ("701 111-22", ("70111122",)),
        ("8 (701) 111 22 33", ("77011112233",)),
        ("+7 701 111 22 33", ("77011112233",)),
        ("…2233", ("2233",)),
        ("٧٠١", ("701",)),
        ("-", ("-",)),
        ("till\x0014", ("till", "14")),
        ("ТИЛЛ", ("тилл",)),
    ],
)
def test_what_is_searched_are_words_or_the_digits_of_a_number(query, words):
    assert words_of(query) == words


@given(st.text(max_size=80))
def test_whatever_is_typed_can_be_searched(query):
    assert all(words_of(query))
    assert digits_of(query) == "" or digits_of(query).isascii()


@pytest.mark.parametrize(
    ("days", "state"),
    [(-1, Listed.EXPIRED), (0, Listed.SOON), (7, Listed.SOON), (8, Listed.FINE)],
)
def test_a_date_is_listed_by_how_far_it_is(days, state):
    assert listed(Ranking.DATED.value, TODAY + timedelta(days=days), TODAY) is state


@pytest.mark.django_db
@pytest.mark.parametrize("hour", [6, 11, 15, 22])
def test_a_database_counts_and_finds_the_same_as_the_rules(hour):
    user, now = a_user(), NOW.replace(hour=hour)
    for zone in ZONES:
        for ranking in Ranking:
            for days in (None, -400, -2, -1, 0, 1, 6, 7, 8, 9, 400):
                if (days is None) == (ranking in (Ranking.DATED, Ranking.PAUSED, Ranking.OVER)):
                    continue
                on = None if days is None else TODAY + timedelta(days=days)
                sim = a_sim(user, time_zone=zone)
                Sim.objects.filter(pk=sim.pk).update(ranking=ranking, next_on=on, questions=abs(days or 0) % 2)
    mine = Sim.objects.visible_to(user).in_use()
    tally = mine.tally((), now)
    assert tally.zones == set(ZONES)
    sims = list(mine)

    for state in Listed:
        found = set(mine.as_of(now, tally.zones).asked_for(Asked(state=state)))
        rule = {one for one in sims if state in (_open(one), listed(one.ranking, one.next_on, one.today(now)))}
        assert found == rule
        assert found
        assert tally.found(Asked(state=state)) == len(found)


def _open(sim) -> Listed | None:
    return Listed.OPEN if sim.questions else None


@pytest.mark.django_db
def test_the_next_one_has_a_day_still_to_come_where_it_is():
    user, now = a_user(), NOW.replace(hour=15)  # tomorrow has begun on Kiritimati
    for label, zone, on in (
        ("over", "Pacific/Kiritimati", TODAY),
        ("next", "Asia/Almaty", TODAY),
        ("later", "Pacific/Pago_Pago", TODAY + timedelta(days=1)),
        ("unknown", "Asia/Almaty", None),
    ):
        sim = a_sim(user, label=label, time_zone=zone)
        Sim.objects.filter(pk=sim.pk).update(ranking=Ranking.DATED if on else Ranking.UNKNOWN, next_on=on, ahead_on=on)
    mine = Sim.objects.visible_to(user).as_of(now, ZONES)
    assert [sim.label for sim in mine.next_ahead()] == ["next", "later"]
    assert [sim.label for sim in mine.soonest_first()] == ["over", "next", "later", "unknown"]


@pytest.mark.django_db
@pytest.mark.parametrize("past", ["nothing", "by hand", "by itself", "closed"])
@pytest.mark.parametrize("other", ["watched", "by itself", "by hand"])
def test_a_database_names_the_same_next_one_as_the_rules(past, other):
    user = a_user()
    a_plan(a_sim(user, label="Later"), days=29)
    sim = a_watched_sim(user, quiet=50) if other == "watched" else a_sim(user)
    if past != "nothing":
        plan = a_plan(sim, days=-3, renews="auto" if past == "by itself" else "hand")
        if past == "closed":
            actions.close_plan(plan, now=NOW)
    if other != "watched":
        a_plan(sim, days=-10 if other == "by itself" else 9, renews="auto" if other == "by itself" else "hand")
    mine = Sim.objects.visible_to(user).in_use()

    assert mine.as_of(NOW, ZONES).next_ahead().first() == overview(mine.with_facts(), NOW).next.sim == sim


@pytest.mark.django_db
def test_without_a_sim_nothing_is_counted():
    mine = Sim.objects.visible_to(a_user())
    tally = mine.tally((), NOW)
    assert (tally.in_use, tally.archived, tally.found(Asked(state=Listed.SOON))) == (0, 0, 0)
    assert not mine.as_of(NOW, tally.zones).asked_for(Asked(state=Listed.SOON))
