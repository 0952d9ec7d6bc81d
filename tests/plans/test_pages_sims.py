"""The pages of a SIM: adding, looking, editing, putting away."""

from datetime import timedelta
from decimal import Decimal
from unittest import mock

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse

from guides.models import Operator
from plans import actions
from plans.models import Plan, Reminder, Sim
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user, a_watched_sim

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

ADD = "/sims/add/"
SUPER = {
    "number": "8 701 123 45 67",
    "operator": "kcell",
    "name": "Super",
    "price": "4990",
    "period": "30d",
    "paid_until": (TODAY + timedelta(days=3)).isoformat(),
    "renews": "hand",
}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client):
    user = a_user()
    client.force_login(user)
    return user


@pytest.fixture
def stranger():
    return a_user()


def soup(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def errors(response) -> list[str]:
    return [element.get_text(" ", strip=True) for element in soup(response).select(".invalid-feedback")]


def filled_in(page: BeautifulSoup, **changes) -> dict:
    """What a browser sends from the page's first form with fields, with these changes."""
    form = next(form for form in page.select("main form") if form.select("select, input[type=text], input[type=tel]"))
    data = {}
    for element in form.select("input, select, textarea"):
        if element.name == "select":
            chosen = element.select_one("option[selected]") or element.select_one("option")
            data[element["name"]] = chosen["value"]
        elif element.get("type") in ("radio", "checkbox"):
            if element.has_attr("checked"):
                data.setdefault(element["name"], []).append(element.get("value", "on"))
        else:
            data.setdefault(element["name"], element.get("value", ""))
    data |= changes
    return {name: value for name, value in data.items() if value is not None}


# --- adding -------------------------------------------------------------------------------------------


def test_a_script_adds_a_sim_and_its_plan_in_one_post(client, owner):
    response = client.post(ADD, SUPER)

    sim = Sim.objects.get()
    plan = sim.plans.get()
    assert response.url == f"/sims/{sim.pk}/"
    assert (sim.owner, sim.person, sim.number, sim.operator.slug) == (owner, owner.person, "+77011234567", "kcell")
    assert (plan.name, plan.price, plan.period, plan.renews) == ("Super", Decimal(4990), "30d", "hand")
    assert plan.paid_until == TODAY + timedelta(days=3)
    assert sim.reminders.coming().exists()


def test_a_browser_adds_what_the_page_holds(client, owner):
    page = soup(client.get(ADD))

    response = client.post(
        ADD,
        filled_in(page, number="8 705 123 45 67", operator="beeline", price="2 000 ₸", balance="150,5", label="Mum"),
    )

    sim = Sim.objects.with_facts().get()
    assert response.status_code == 302
    assert (sim.label, sim.last_reading.amount, sim.keep_alive) == ("Mum", Decimal("150.50"), False)
    assert sim.plans.get().paid_until is None


def test_a_sim_needs_no_plan(client, owner):
    client.post(ADD, filled_in(soup(client.get(ADD)), number="8 707 123 45 67", operator="tele2"))

    assert not Sim.objects.get().plans.exists()


def test_a_number_may_only_be_kept_alive(client, owner):
    client.post(ADD, {"number": "8 707 123 45 67", "operator": "tele2", "last_activity_on": "2026-11-20"})

    sim = Sim.objects.get()
    assert (sim.last_activity_on.isoformat(), sim.keep_alive, sim.inactivity_days) == ("2026-11-20", True, None)
    assert sim.reminders.filter(kind=Reminder.Kind.NUMBER_AT_RISK).exists()


def test_the_caution_is_called_our_own(client, owner):
    assert "our caution, not the operator’s rule" in client.get(ADD).content.decode()


def test_a_plan_paid_on_the_31st_keeps_its_day(client, owner):
    client.post(ADD, SUPER | {"period": "month", "wording": "paid", "paid_until": "2026-10-31"})

    plan = Plan.objects.get()
    assert (plan.paid_until.isoformat(), plan.anchor) == ("2026-11-29", 31)


def test_a_foreign_sim_belongs_to_another_operator(client, owner):
    client.post(ADD, {"number": "+86 138 0013 8000", "operator": "other"})

    assert Sim.objects.get().operator is None


def test_without_an_operator_the_number_proposes_and_nothing_is_lost(client, owner):
    response = client.post(ADD, SUPER | {"operator": ""})

    page = soup(response)
    slugs = [radio["value"] for radio in page.select("#operators input[type=radio]")]
    assert len(errors(response)) == 1
    assert slugs[:3] == ["kcell", "activ", "other"]
    assert not page.select("#operators input[checked]")
    assert set(slugs) == {*Operator.objects.values_list("slug", flat=True), "other"}
    assert "I kept my number from another operator" in page.select_one("#operators details summary").text
    assert page.select_one("[name=price]")["value"] == "4990"
    assert not Sim.objects.exists()


def test_the_only_operator_that_fits_is_marked(client, owner):
    page = soup(client.post(ADD, {"number": "8 705 123 45 67"}))

    assert page.select_one("#operators input[checked]")["value"] == "beeline"


def test_the_operators_come_while_the_number_is_typed(client, owner):
    page = soup(client.get("/sims/operators/", {"number": "8 701 12"}))

    assert [radio["value"] for radio in page.select("input[type=radio]")][:2] == ["kcell", "activ"]


def test_all_or_nothing_is_saved(client, owner):
    with mock.patch("plans.actions.sims.save_plan", side_effect=RuntimeError), pytest.raises(RuntimeError):
        client.post(ADD, SUPER | {"balance": "5"})

    assert not Sim.objects.exists()


def test_the_same_number_twice_leads_to_the_first(client, owner):
    client.post(ADD, SUPER)

    response = client.post(ADD, SUPER | {"number": "+7 (701) 123-45-67"})

    assert "You have already added this number." in errors(response)[0]
    assert soup(response).select_one(f'.invalid-feedback a[href="/sims/{Sim.objects.get().pk}/"]')


def test_two_posts_at_once_save_one_sim(client, owner):
    def in_between(form):
        a_sim(owner, "+77011234567")
        return form.cleaned_data["number"]

    with mock.patch("plans.forms.sims.SimForm.clean_number", in_between):
        response = client.post(ADD, SUPER)

    assert "You have already added this number." in errors(response)[0]
    assert Sim.objects.count() == 1


def test_another_person_may_have_the_same_number(client, owner, stranger):
    a_sim(stranger, "+77011234567")

    assert client.post(ADD, SUPER).status_code == 302


def test_a_deleted_number_can_be_added_again(client, owner):
    actions.set_flag(a_sim(owner, "+77011234567"), "deleted_at", NOW, on=True)

    assert client.post(ADD, SUPER).status_code == 302


def test_every_error_shows_at_once(client, owner):
    response = client.post(ADD, {"number": "12", "price": "x", "paid_until": "20262-01-01"})

    assert len(errors(response)) == 4


def test_before_the_address_is_verified_the_sim_is_saved_and_the_page_says_that_reminders_wait(client):
    user = a_user(email_verified=False)
    client.force_login(user)

    response = client.post(ADD, SUPER, follow=True)

    assert Sim.objects.filter(owner=user).exists()
    assert "Reminders wait until you confirm" in response.content.decode()
    assert soup(response).select_one(f'main a[href="{reverse("account_email")}"]')
    assert set(Reminder.objects.values_list("state", flat=True)) == {Reminder.State.HELD}


# --- looking --------------------------------------------------------------------------------------------


def test_the_page_shows_plans_reminders_guides_and_balance(client, owner):
    sim = a_sim(owner, operator=Operator.objects.get(slug="beeline"), label="Till 14")
    a_plan(sim, days=3)
    actions.read_balance(sim, Decimal(1250), NOW)

    text = soup(client.get(f"/sims/{sim.pk}/")).get_text(" ", strip=True)

    for words in ("Till 14", "Beeline", "Freestyle", "in 3 days", "Thursday 26 November", "4,990\xa0₸", "1,250\xa0₸"):
        assert words in text
    assert "Renew at a shop" in text


@pytest.mark.parametrize("off", [False, True])
def test_every_form_carries_its_token(client, owner, off):
    sim = a_watched_sim(owner, reminders_off=off)
    a_plan(sim, reminders_off=off)
    actions.set_flag(a_plan(sim), "archived_at", NOW, on=True)

    for address in (f"/sims/{sim.pk}/", "/dashboard/", ADD, f"/sims/{sim.pk}/edit/"):
        # The forms of the language and the theme stand on pages that visitors share; they are checked by their origin.
        forms = soup(client.get(address)).select("form[method=post]:not([action='/language/'], [action='/theme/'])")
        assert forms
        assert all(form.select("[name=csrfmiddlewaretoken]") for form in forms)


def test_leads_that_are_due_together_are_said_once(client):
    user = a_user(email_verified=False)
    client.force_login(user)
    plan = a_plan(a_sim(user), days=0)  # 7, 1 and 0 days before: all due, or passed

    text = soup(client.get(f"/sims/{plan.sim_id}/")).select_one("#reminders").get_text(" ", strip=True)

    assert text.count("As soon as your address is confirmed") == 1


def test_an_assumed_renewal_is_shown_as_one(client, owner):
    plan = a_plan(a_sim(owner), days=-3, renews="auto")

    text = soup(client.get(f"/sims/{plan.sim_id}/")).get_text(" ", strip=True)

    assert "It renewed itself, we assume" in text
    assert "The last date you told us: Friday 20 November" in text


def test_an_unknown_date_shows_how_to_find_it_out(client, owner):
    plan = a_plan(a_sim(owner, operator=Operator.objects.get(slug="kcell")), days=None)

    page = soup(client.get(f"/sims/{plan.sim_id}/"))

    assert page.select("#find-out li")
    assert not soup(client.get(f"/sims/{a_plan(a_sim(owner)).sim_id}/")).select("#find-out")


def test_two_taps_fit_the_guides(client, owner):
    sim = a_sim(owner, operator=Operator.objects.get(slug="kcell"))
    assert "Two taps" in client.get(f"/sims/{sim.pk}/").content.decode()

    response = client.post("/situation/", {"place": "abroad", "payments": ["kaspi", "mir"], "next": f"/sims/{sim.pk}/"})

    owner.person.refresh_from_db()
    assert response.url == f"/sims/{sim.pk}/"
    assert (owner.person.place, owner.person.payments) == ("abroad", ["kaspi", "mir"])
    text = client.get(f"/sims/{sim.pk}/").content.decode()
    assert "Two taps" not in text
    assert "Renew at a shop" not in text


def test_the_situation_leads_to_pages_of_this_site_only(client, owner):
    assert client.post("/situation/", {"next": "https://evil.example/"}).url == "/dashboard/"


def test_a_reader_elsewhere_sees_when_the_day_ends_for_them(client):
    user = a_user(time_zone="Europe/Berlin")
    client.force_login(user)
    plan = a_plan(a_sim(user))

    assert "at 20:00 on your clock" in client.get(f"/sims/{plan.sim_id}/").content.decode()


def test_the_page_costs_the_same_for_many_plans(client, owner, django_assert_max_num_queries):
    one, many = a_plan(a_sim(owner)).sim, a_sim(owner)
    for _ in range(8):
        a_plan(many)
    client.get(f"/sims/{one.pk}/")  # caches of the whole process fill

    with django_assert_max_num_queries(1000) as for_one:
        client.get(f"/sims/{one.pk}/")
    with django_assert_max_num_queries(len(for_one)):
        client.get(f"/sims/{many.pk}/")


# --- changing ---------------------------------------------------------------------------------------------


def test_editing_changes_what_was_changed(client, owner):
    sim = a_sim(owner, "+77011234567", operator=Operator.objects.get(slug="kcell"), label="Old")
    page = soup(client.get(f"/sims/{sim.pk}/edit/"))

    changes = {"operator": "tele2", "label": "New", "keep_alive": "on", "place": "abroad", "payments": ["mir"]}
    response = client.post(f"/sims/{sim.pk}/edit/", filled_in(page, **changes))

    sim.refresh_from_db()
    assert response.url == f"/sims/{sim.pk}/"
    assert (sim.label, sim.operator.slug, sim.keep_alive) == ("New", "tele2", True)
    assert (sim.place, sim.payments) == ("abroad", ["mir"])


def test_editing_can_take_things_away_again(client, owner):
    sim = a_sim(owner, "+77011234567", label="Old", place="abroad", payments=["mir"], keep_alive=True)
    page = soup(client.get(f"/sims/{sim.pk}/edit/"))

    client.post(
        f"/sims/{sim.pk}/edit/", filled_in(page, label="", place="", payments=None, keep_alive=None, operator="other")
    )

    sim.refresh_from_db()
    assert (sim.label, sim.place, sim.payments, sim.keep_alive) == ("", "", [], False)


def test_an_old_page_does_not_bring_old_facts_back(client, owner):
    sim = a_watched_sim(owner, number="+77011234567", label="Old", quiet=9)
    page = soup(client.get(f"/sims/{sim.pk}/edit/"))
    actions.note_activity(sim, TODAY, NOW)
    actions.set_flag(sim, "archived_at", NOW, on=True)

    client.post(f"/sims/{sim.pk}/edit/", filled_in(page, label="New", operator="other"))

    sim.refresh_from_db()
    assert (sim.label, sim.last_activity_on, sim.archived_at) == ("New", TODAY, NOW)


def test_a_number_cannot_become_one_that_is_there_already(client, owner):
    sim, other = a_sim(owner, "+77011234567"), a_sim(owner, "+77051234567")
    fields = {"number": "8 705 123 45 67", "operator": "beeline"}

    assert "already added" in errors(client.post(f"/sims/{sim.pk}/edit/", fields))[0]
    assert client.post(f"/sims/{other.pk}/edit/", fields).status_code == 302


def test_a_balance_is_noted_and_an_error_stays_on_the_page(client, owner):
    sim = a_sim(owner)

    assert client.post(f"/sims/{sim.pk}/balance/", {"balance": "1 250 ₸"}).url == f"/sims/{sim.pk}/"
    assert sim.balance_entries.get().amount == 1250
    response = client.post(f"/sims/{sim.pk}/balance/", {"balance": ""})
    assert errors(response) == ["Write the balance in figures, for example 1250."]
    page = soup(response)
    assert page.select_one("[autofocus]")["name"] == "balance"
    assert page.select_one(".language-menu [name=next]")["value"] == f"/sims/{sim.pk}/"


def test_a_number_is_marked_as_used_today(client, owner):
    sim = a_watched_sim(owner, quiet=50)

    client.post(f"/sims/{sim.pk}/used/")

    sim.refresh_from_db()
    assert sim.last_activity_on == TODAY


def the_undo(response) -> str:
    return soup(response).select_one("#messages form")["action"]


def test_a_use_noted_by_a_slip_is_taken_back(client, owner):
    sim = a_watched_sim(owner, quiet=50)
    before = Sim.objects.filter(pk=sim.pk).values(
        "last_activity_on", "activity_said_at", "activity_first_said", "next_on"
    )
    known = before.get()

    undo = the_undo(client.post(f"/sims/{sim.pk}/used/", follow=True))
    assert before.get() != known
    client.post(undo)

    assert before.get() == known


def test_a_use_is_not_taken_back_over_something_said_later(client, owner):
    sim = a_watched_sim(owner, quiet=50)
    undo = the_undo(client.post(f"/sims/{sim.pk}/used/", follow=True))
    later = Sim.objects.get(pk=sim.pk).activity_said_at + timedelta(minutes=5)
    Sim.objects.filter(pk=sim.pk).update(activity_said_at=later)

    response = client.post(undo, follow=True)

    assert "This cannot be taken back, or was already." in response.content.decode()
    assert Sim.objects.get(pk=sim.pk).last_activity_on == TODAY


def test_the_undo_of_one_sim_is_none_of_another(client, owner):
    mine, other = a_watched_sim(owner, quiet=50), a_watched_sim(owner, quiet=40)
    undo = the_undo(client.post(f"/sims/{mine.pk}/used/", follow=True))

    assert client.post(undo.replace(f"/sims/{mine.pk}/", f"/sims/{other.pk}/")).status_code == 404
    assert client.post(f"/sims/{mine.pk}/used/made-up/undo/").status_code == 404


def test_reminders_of_a_sim_stop_and_go_on(client, owner):
    sim = a_plan(a_sim(owner)).sim
    address = f"/sims/{sim.pk}/reminders/"

    client.post(address)
    assert not sim.reminders.coming().exists()
    switch = soup(client.get(f"/sims/{sim.pk}/")).select_one(f".notice form[action='{address}'] button")

    client.post(address, {switch["name"]: ""})
    assert sim.reminders.coming().exists()


def undo_of(response) -> str:
    return soup(response).select_one(".messages form")["action"]


def test_archiving_stops_reminders_and_can_be_undone(client, owner):
    sim = a_plan(a_sim(owner)).sim
    before = set(sim.reminders.coming().values_list("planned_for", flat=True))

    response = client.post(f"/sims/{sim.pk}/archive/", follow=True)
    assert not sim.reminders.coming().exists()
    assert sim.title in client.get("/sims/archived/").content.decode()

    client.post(undo_of(response))
    assert set(sim.reminders.coming().values_list("planned_for", flat=True)) == before


def test_deleting_can_be_undone(client, owner):
    sim = a_plan(a_sim(owner)).sim

    response = client.post(f"/sims/{sim.pk}/delete/", follow=True)
    assert client.get(f"/sims/{sim.pk}/").status_code == 404
    assert not sim.reminders.coming().exists()

    assert client.post(undo_of(response)).url == f"/sims/{sim.pk}/"
    assert client.get(f"/sims/{sim.pk}/").status_code == 200
    assert sim.reminders.coming().exists()


def test_a_deleted_sim_whose_number_was_added_again_does_not_come_back(client, owner):
    sim = a_sim(owner, "+77011234567")
    response = client.post(f"/sims/{sim.pk}/delete/", follow=True)
    client.post(ADD, {"number": "+77011234567", "operator": "kcell"})

    response = client.post(undo_of(response), follow=True)

    assert "cannot come back" in response.content.decode()
    assert Sim.objects.visible_to(owner).count() == 1


ACTIONS = ["used", "reminders", "archive", "unarchive", "delete", "restore"]


@pytest.mark.parametrize("action", ACTIONS)
def test_looking_at_an_address_that_acts_changes_nothing(client, owner, action):
    assert client.get(f"/sims/{a_sim(owner).pk}/{action}/").status_code == 405


@pytest.mark.parametrize(
    "action", ["", "edit/", "plans/add/", "balance/", "top-up/", *(f"{action}/" for action in ACTIONS)]
)
def test_a_stranger_finds_nothing(client, owner, stranger, action):
    theirs, deleted = a_watched_sim(stranger, last_activity_on=None), a_sim(stranger)
    actions.set_flag(deleted, "deleted_at", NOW, on=True)

    for sim in (theirs, deleted):
        before = Sim.objects.filter(pk=sim.pk).values().get()
        assert client.post(f"/sims/{sim.pk}/{action}", SUPER | {"balance": "1"}).status_code in (404, 405)
        assert client.get(f"/sims/{sim.pk}/{action}").status_code in (404, 405)
        assert Sim.objects.filter(pk=sim.pk).values().get() == before
    assert not Plan.objects.exists()
