"""Adding a pasted list, row by row, and doing one thing with many SIMs."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.paginator import Paginator
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from guides.models import Operator
from plans import actions, spreadsheet
from plans.forms.many import AddManyForm
from plans.models import Lot, Plan, Reminder, Renewal, Sim
from plans.overview import overview
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

ADD, CHOSEN = "/sims/add-many/", "/sims/chosen/"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client):
    user = a_user()
    client.force_login(user)
    return user


def soup(response) -> BeautifulSoup:
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def words(element) -> str:
    return element.get_text(" ", strip=True)


def sent(page: BeautifulSoup, button: str, **changes) -> dict:
    """What a browser without JavaScript sends from the page's form."""
    form = page.select_one("main form[method=post]")
    data: dict = {}
    for element in form.select("input, textarea, select"):
        if element.name == "select":
            chosen = element.select_one("option[selected]") or element.select_one("option")
            data[element["name"]] = chosen["value"]
        elif element.name == "textarea":
            data[element["name"]] = element.text.removeprefix("\n").removeprefix("\r\n")
        elif element.get("type") not in ("radio", "checkbox") or element.has_attr("checked"):
            data.setdefault(element["name"], []).append(element.get("value", ""))
    return data | {button: "yes"} | changes


def check(client, text: str, **said) -> BeautifulSoup:
    return soup(client.post(ADD, {"text": text, "check": "yes"} | said))


def undo_address(response) -> str:
    return soup(response).select_one(".messages form")["action"]


THREE = "87051234567;Till 1;4990;12.12.2026;Shop\n87051234568;Till 2;2990;13.12.2026;Shop\n+7 707 123 45 69;Alarm;;;"


# --- a pasted list --------------------------------------------------------------------------------------


def test_a_list_is_checked_first_and_then_saved_whole(client, owner):
    page = soup(client.get(ADD))
    page = soup(client.post(ADD, sent(page, "check", text=THREE)))
    assert "3 rows can be saved" in words(page.select_one(".check-sum"))
    assert not Sim.objects.exists()

    response = client.post(ADD, sent(page, "save"), follow=True)

    assert response.redirect_chain == [("/dashboard/", 302)]
    assert "3 SIMs are saved." in words(soup(response).select_one(".messages"))
    sims = Sim.objects.visible_to(owner).order_by("pk")
    assert [(one.label, one.group, one.operator.slug) for one in sims] == [
        ("Till 1", "Shop", "beeline"),
        ("Till 2", "Shop", "beeline"),
        ("Alarm", "", "tele2"),
    ]
    plans = Plan.objects.order_by("pk").values_list("price", "paid_until", "period", "renews", "currency")
    assert list(plans) == [
        (Decimal(4990), date(2026, 12, 12), "30d", "hand", "KZT"),
        (Decimal(2990), date(2026, 12, 13), "30d", "hand", "KZT"),
    ]
    assert {one.sim.label for one in Reminder.objects.exclude(due_at=None)} == {"Till 1", "Till 2"}

    client.post(undo_address(response))
    assert not Sim.objects.visible_to(owner).exists()
    assert not Reminder.objects.exclude(due_at=None).exists()


def test_each_row_says_what_is_wrong_with_it_and_is_mended_in_its_place(client, owner):
    page = check(
        client, "number;label;price;until\n8705;A;1;1.12.2026\n87051234567;B;x;1.12.2026\n87051234568;C;1;soon"
    )

    assert [words(one) for one in page.select(".check-lines .invalid-feedback")] == [
        "“8705” is not a whole telephone number.",
        "“x” is no price. Write a sum in figures, for example 4990.",
        "“soon” is no date we can read. Write it like 2026-12-31 or 31.12.2026.",
    ]
    boxes = page.select(".check-lines input")
    assert boxes[0]["value"] == "8705; A; 1; 1.12.2026"
    assert all(page.find(id=box["aria-describedby"]) for box in boxes)

    mended = {boxes[0]["name"]: "8 705 123 45 66; A; 1; 1.12.2026", boxes[1]["name"]: ""}
    page = soup(client.post(ADD, sent(page, "save", **mended)))

    assert [one.label for one in Sim.objects.all()] == ["A"]
    assert "1 SIM is saved." in words(page.select_one(".messages"))
    assert [box["value"] for box in page.select(".check-lines input")] == ["87051234568; C; 1; soon"]

    response = client.post(ADD, sent(page, "save", **{"line-1": "87051234568; C; 1; 2.12.2026"}))
    assert response.status_code == 302
    assert set(Sim.objects.values_list("label", flat=True)) == {"A", "C"}


def test_rows_can_be_left_out_and_stay_so_while_others_are_checked(client, owner):
    page = check(client, THREE)
    page = soup(client.post(ADD, sent(page, "check", skip=["0", "2"])))
    assert [box["value"] for box in page.select("[name=skip][checked]")] == ["0", "2"]

    client.post(ADD, sent(page, "save"))
    assert [one.label for one in Sim.objects.all()] == ["Till 2"]


def test_numbers_that_are_there_already_stay_as_they_are(client, owner):
    mine = a_sim(owner, "+77051234567", label="Before")
    a_sim(a_user(), "+77051234568")  # somebody else’s is none of our business

    page = check(client, THREE)
    assert page.select_one(f"main a[href='/sims/{mine.pk}/']")
    assert "2 rows can be saved" in words(page.select_one(".check-sum"))

    response = client.post(ADD, sent(page, "save"))
    assert response.status_code == 302
    mine.refresh_from_db()
    assert (mine.label, mine.plans.count(), Sim.objects.visible_to(owner).count()) == ("Before", 0, 3)


def test_the_same_number_twice_is_told(client, owner):
    page = check(client, "87051234567;A\n8 705 123 45 67;B")

    assert words(page.select_one(".check-lines .invalid-feedback")) == "This number stands in a line above already."


def test_the_operator_of_numbers_that_fit_several_is_asked_once_for_all(client, owner):
    page = check(client, "87011234567;A\n87011234568;B\n87011234569;C;Kcell")
    assert "2 numbers fit more than one operator." in words(page.select_one("fieldset legend"))
    assert "1 row can be saved" in words(page.select_one(".check-sum"))

    client.post(ADD, sent(page, "save", **{"brands.kcell.activ": "activ"}))

    assert list(Sim.objects.order_by("pk").values_list("operator__slug", flat=True)) == ["activ", "activ", "kcell"]


def test_what_holds_for_all_is_said_once(client, owner):
    a_sim(owner, "+77051230000", group="Shop")
    said = {"wording": "charge", "period": "month", "renews": "auto", "group": "sHOP "}
    page = check(client, "87051234567;A;4990;30.11.2026", **said)
    client.post(ADD, sent(page, "save"))

    sim = Sim.objects.get(number="+77051234567")
    plan = sim.plans.get()
    assert (sim.group, plan.period, plan.renews, plan.paid_until, plan.anchor) == (
        "Shop",
        "month",
        "auto",
        date(2026, 11, 29),
        30,
    )


def test_groups_that_differ_only_in_their_letters_are_one(client, owner):
    page = check(client, "87051234567;A;Shop north\n87051234568;B;shop  North\n87051234569;C;Cars")
    client.post(ADD, sent(page, "save"))

    assert sorted(Sim.objects.values_list("group", flat=True)) == ["Cars", "Shop north", "Shop north"]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"text": " \n "}, "Paste at least one line with a number."),
        ({"text": "87051234567;A\n" + "x" * 200_000}, "This is too much at once: paste up to 500 lines."),
        ({"text": THREE, "group": "x" * 41}, "at most 40 characters"),
        ({"text": THREE, "line-1": "87051234568; mended", "period": "never"}, "not one of the available choices"),
    ],
)
def test_nothing_that_was_pasted_is_lost_where_something_is_wrong(client, owner, said, error):
    page = soup(client.post(ADD, said | {"save": "yes"}))

    assert error in " ".join(words(one) for one in page.select(".invalid-feedback"))
    kept = page.select_one("textarea").text.removeprefix("\n")
    assert kept.split("\n")[0].strip() == said["text"].split("\n")[0].strip()
    assert len(kept) >= len(said["text"].strip()) - 40
    if "line-1" in said:
        assert kept.split("\n")[1] == "87051234568; mended"
    assert not Sim.objects.exists()


def test_what_was_mended_goes_back_into_the_text(client, owner):
    page = check(client, "8705;A\n87051234568;B")
    page = soup(client.post(ADD, sent(page, "edit", **{"line-0": "87051234567; A"})))

    assert page.select_one("textarea[name=text]:not([hidden])").text.strip().split("\n") == [
        "87051234567; A",
        "87051234568;B",
    ]


def test_more_than_can_be_looked_through_waits_for_its_turn(client, owner):
    page = check(client, "\n".join(f"8705{n:07d};Till {n}" for n in range(502)))
    assert "2 more rows come after you have saved these." in words(page.select_one("main"))

    page = soup(client.post(ADD, sent(page, "save")))
    assert Sim.objects.count() == 500
    assert "2 rows can be saved" in words(page.select_one(".check-sum"))

    assert client.post(ADD, sent(page, "save")).status_code == 302
    assert Sim.objects.count() == 502


def test_a_number_that_is_saved_meanwhile_stops_the_lot_and_loses_nothing(client, owner, monkeypatch):
    page = check(client, THREE)
    looked = AddManyForm.new_sims

    def meanwhile(form, *said):
        a_sim(owner, "+77051234568")
        return looked(form, *said)

    monkeypatch.setattr(AddManyForm, "new_sims", meanwhile)
    page = soup(client.post(ADD, sent(page, "save")))

    assert "have been added meanwhile" in words(page.select_one(".messages"))
    assert "2 rows can be saved" in words(page.select_one(".check-sum"))
    assert page.select_one("textarea[name=text]").text.strip() == THREE
    assert Sim.objects.count() == 1


def test_three_hundred_rows_are_checked_and_saved_with_as_many_questions_as_thirty(client, owner):
    asked = []
    for start, count in ((0, 30), (1000, 190), (2000, 300)):
        text = "\n".join(f"8705{n + start:07d}\tTill {n}\t4990\t12.12.2026" for n in range(count))
        with CaptureQueriesContext(connection) as checking:
            page = check(client, text)
        with CaptureQueriesContext(connection) as saving:
            assert client.post(ADD, sent(page, "save")).status_code == 302
        writes = ("INSERT", "UPDATE")
        asked.append((len(checking), len([one for one in saving if not one["sql"].startswith(writes)])))

    assert Sim.objects.count() == 520
    assert (asked[1][0] <= asked[0][0], asked[1][1]) == (True, asked[0][1])
    assert (asked[2][0], asked[2][1] < asked[1][1] + 25) == (asked[1][0], True)
    assert asked[0][0] <= 12


# --- many that are marked -------------------------------------------------------------------------------


@pytest.fixture
def mine(owner):
    return [a_plan(a_sim(owner, label=f"Till {n}"), days=n + 2).sim for n in range(3)]


def choose(client, sims, do: str, **said):
    return client.post(CHOSEN, {"sim": [sim.pk for sim in sims], "do": do, "next": "/dashboard/?view=table"} | said)


def test_several_are_archived_and_all_come_back(client, owner, mine):
    response = choose(client, mine[:2], "archive")
    assert response["Location"] == "/dashboard/?view=table"
    assert set(Sim.objects.in_use()) == {mine[2]}

    page = client.get("/dashboard/")
    assert "2 SIMs are archived. We remind you of them no more." in words(soup(page).select_one(".messages"))
    response = client.post(undo_address(page), follow=True)
    assert "Taken back for 2 SIMs." in words(soup(response).select_one(".messages"))
    assert set(Sim.objects.in_use()) == set(mine)

    again = client.post(f"/sims/lots/{Lot.objects.get().pk}/undo/", follow=True)
    assert "There is nothing left to take back." in words(soup(again).select_one(".messages"))


def test_several_are_put_into_a_new_group_or_by_a_tap_into_a_known_one(client, owner, mine):
    actions.group_sims(owner, [mine[2].pk], "Shop", NOW)
    page = soup(choose(client, mine[:2], "group"))
    assert [words(one) for one in page.select("[name=known]")] == ["Shop"]
    assert [option["value"] for option in page.select("datalist option")] == ["Shop"]
    assert [box["value"] for box in page.select("[name=sim]")] == [str(sim.pk) for sim in mine[:2]]

    response = client.post(CHOSEN, sent(page, "save", group="Tills  North"), follow=True)
    assert "2 SIMs are in “Tills North” now." in words(soup(response).select_one(".messages"))
    assert set(Sim.objects.filter(found_by__contains="tills north")) == set(mine[:2])

    choose(client, mine[:1], "group", known="Shop", group="")
    assert set(Sim.objects.filter(group="Shop")) == {mine[0], mine[2]}

    client.post(undo_address(response))
    assert {sim.label: sim.group for sim in Sim.objects.all()} == {"Till 0": "Shop", "Till 1": "", "Till 2": "Shop"}


def test_a_chosen_theme_leads_from_the_page_of_the_group_to_one_that_can_be_opened(client, owner, mine):
    page = soup(choose(client, mine, "group"))

    for name in ("set_theme", "set_language", "plans:mask_numbers"):
        way = page.select_one(f'form[action="{reverse(name)}"] [name=next]')["value"]
        assert client.get(way).status_code == 200


def test_no_name_takes_them_out_of_their_group_and_too_long_a_one_is_refused(client, owner, mine):
    actions.group_sims(owner, [sim.pk for sim in mine], "Shop", NOW)

    page = soup(choose(client, mine, "group", group="x" * 41))
    assert page.select_one(".invalid-feedback")
    assert set(Sim.objects.values_list("group", flat=True)) == {"Shop"}

    choose(client, mine, "group", group=" ")
    assert set(Sim.objects.values_list("group", flat=True)) == {""}


def test_what_was_marked_is_renewed_together(client, owner, mine):
    response = choose(client, mine[1:], "renew")
    address = response["Location"]
    assert address.startswith(f"/renewals/?sims={mine[1].pk},{mine[2].pk}&")

    page = soup(client.get(address))
    assert [words(one) for one in page.select(".renewable strong:first-child")][:1] == ["Till 1"]
    assert len(page.select("[name=plan][checked]")) == len(page.select("[name=plan]")) == 2

    client.post(address, sent(page, "save"))
    assert {one.plan.sim for one in Renewal.objects.all()} == set(mine[1:])


@pytest.mark.parametrize(
    ("come_from", "gone_to"),
    [
        ("/dashboard/?view=table&group=Shop#list", "/dashboard/?view=table&group=Shop#list"),
        ("//evil.example/", "/dashboard/"),
    ],
)
def test_who_renews_from_a_filtered_table_comes_back_to_it(client, owner, mine, come_from, gone_to):
    address = choose(client, mine[1:], "renew", next=come_from)["Location"]

    response = client.post(address, sent(soup(client.get(address)), "save"))

    assert Renewal.objects.count() == 2
    assert response["Location"] == gone_to


def test_of_a_sim_with_nothing_due_the_plan_that_ends_first_is_marked(client, owner):
    sim = a_sim(owner)
    later, first = a_plan(sim, days=25, name="Later"), a_plan(sim, days=20, name="First")
    page = soup(client.get(f"/renewals/?sims={sim.pk},x,"))

    assert [box["value"].split(":")[0] for box in page.select("[name=plan][checked]")] == [str(first.pk)]
    assert str(later.pk) in [box["value"].split(":")[0] for box in page.select("[name=plan]")]


def table(client, sims, do: str) -> list[list]:
    response = choose(client, sims, do)
    assert response["Cache-Control"] == "private, no-store"
    assert f'filename="kzsim-2026-11-23.{do}"' in response["Content-Disposition"]
    if do == "csv":
        return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    return [
        list(row) for row in openpyxl.load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True)
    ]


@pytest.mark.parametrize("do", ["csv", "xlsx"])
def test_what_was_marked_leaves_as_a_table(client, owner, do):
    sim = a_sim(owner, "+77051234567", label="Till 1", group="Shop")
    a_plan(sim, days=3)
    actions.read_balance(sim, Decimal(1200), NOW)
    a_sim(owner, "+77051234568", label="=HYPERLINK(1)\x07")
    a_plan(a_sim(owner, label="not marked"))

    head, *rows = table(client, Sim.objects.exclude(label="not marked"), do)

    assert head[:8] == ["Number", "Label", "Group", "Operator", "Plan", "Price", "Period", "Works until"]
    told = dict(zip(head, rows[0], strict=True))
    assert (told["Number"], told["Label"], told["Group"]) == ("77051234567", "Till 1", "Shop")
    assert (told["Operator"], told["Plan"], told["Period"]) == ("Another operator", "Freestyle", "30 days")
    assert (told["Currency"], told["State"]) == ("KZT", "Soon")
    assert (float(told["Price"]), float(told["Balance"])) == (4990, 1200)
    assert str(told["Works until"])[:10] == "2026-11-26"
    assert rows[1][1] == "'=HYPERLINK(1)"
    assert len(rows) == 2


@pytest.mark.parametrize("language", ["en", "ru", "kk", "zh-hans", "zh-hant"])
def test_a_table_that_left_can_be_pasted_back(client, owner, language):
    plan = a_plan(a_sim(owner, "+77051234567", label="Till 1", group="Shop"), days=9, period="28d", price=Decimal(4990))
    with translation.override(language):
        cards = overview(Sim.objects.visible_to(owner).with_facts(), NOW).cards
        lines = [spreadsheet.names(), *spreadsheet.lines(cards)]
        text = "\n".join("\t".join("" if cell is None else str(cell) for cell in line) for line in lines)
        text = text.replace("Другой оператор", "other").replace("Another operator", "other")
        actions.set_flag(plan.sim, "deleted_at", NOW, on=True)
        form = AddManyForm({"text": text}, owner=owner, today=TODAY)
        assert form.is_valid()
        (row,) = [line.row for line in form.checked.lines]

    assert (row.number.as_e164, row.label, row.group, row.plan) == ("+77051234567", "Till 1", "Shop", "Freestyle")
    assert (row.price, row.period, row.paid_until) == (4990, "28d", TODAY + timedelta(days=9))


def test_others_sims_archived_ones_and_nonsense_are_left_out(client, owner, mine):
    others = a_plan(a_sim(label="Theirs")).sim
    actions.set_flag(mine[2], "archived_at", NOW - timedelta(days=1), on=True)
    ids = [mine[0].pk, mine[2].pk, others.pk, "x", "", "9" * 30, "-1"]

    for do in ("csv", "xlsx"):
        content = client.post(CHOSEN, {"sim": ids, "do": do})
        assert "Theirs" not in str(content.content)
    assert client.post(CHOSEN, {"sim": ids, "do": "renew"})["Location"] == f"/renewals/?sims={mine[0].pk}"
    client.post(CHOSEN, {"sim": ids, "do": "group", "group": "Mine"})
    client.post(CHOSEN, {"sim": ids, "do": "archive"})

    others.refresh_from_db()
    assert (others.group, others.archived_at) == ("", None)
    assert set(Sim.objects.filter(group="Mine")) == {mine[0]}
    assert Sim.objects.get(pk=mine[2].pk).archived_at == NOW - timedelta(days=1)


@pytest.mark.parametrize("said", [{}, {"do": "archive"}, {"sim": "mine"}, {"sim": "mine", "do": "explode"}])
def test_without_a_mark_or_an_act_nothing_happens(client, owner, mine, said):
    said = said | ({"sim": mine[0].pk} if "sim" in said else {})
    response = client.post(CHOSEN, said, follow=True)

    assert "Mark the SIMs first" in words(soup(response).select_one(".messages"))
    assert not Lot.objects.exists()


def test_nobody_takes_back_what_another_did_and_looking_changes_nothing(client, owner, mine):
    choose(client, mine, "archive")
    lot = Lot.objects.get()
    assert client.get(CHOSEN).status_code == client.get(f"/sims/lots/{lot.pk}/undo/").status_code == 405

    client.force_login(a_user())
    assert client.post(f"/sims/lots/{lot.pk}/undo/").status_code == 404
    assert not Sim.objects.in_use().exists()


def table_of(owner, rf) -> BeautifulSoup:
    request = rf.get("/dashboard/?view=table&page=2")
    request.user = owner
    cards = overview(Sim.objects.visible_to(owner).in_use().with_facts(), NOW).cards
    found = Paginator(cards, 50).get_page(1)
    return BeautifulSoup(render_to_string("plans/parts/sim_table.html", {"page": found}, request), "html.parser")


def test_the_table_tells_of_each_sim_what_a_card_does_in_one_form(owner, rf):
    sim = a_sim(owner, "+77051234567", label="Till 1", group="Shop", operator=Operator.objects.get(slug="beeline"))
    a_plan(sim, days=3, name="Super")
    actions.read_balance(sim, Decimal(1200), NOW)
    a_sim(owner, "+77051234568")
    page = table_of(owner, rf)

    assert len(page.select("form")) == 1
    assert page.form["action"] == CHOSEN
    assert page.select_one("[name=next]")["value"] == "/dashboard/?view=table&page=2#list"
    rows = [[words(cell) for cell in row.select("td, th")] for row in page.select("tbody tr")]
    number = "+7\xa0705\xa0123\xa04567"
    assert rows[0][1] == f"Till 1 {number}"
    assert rows[0][2:6] == ["Beeline", "Shop", "Super", "in 3 days 26 Nov 2026"]
    assert rows[0][6:] == ["4,990\xa0₸", "1,200\xa0₸", "Soon"]
    assert rows[1][2:5] == ["Another operator", "", "No plan"]
    assert [box["value"] for box in page.select("[name=sim]")] == [str(one.pk) for one in Sim.objects.order_by("pk")]
    assert all(words(box.parent) for box in page.select("[type=checkbox]"))
    assert {button["value"] for button in page.select("button[name=do]")} == {
        "renew",
        "group",
        "archive",
        "csv",
        "xlsx",
    }
    assert not page.select("[style], [onclick]")


def test_the_table_asks_no_more_for_many_sims_than_for_one(owner, rf):
    a_plan(a_sim(owner, label="first", operator=Operator.objects.first()))
    asked = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as queries:
            table_of(owner, rf)
        asked.append(len(queries))
        for n in range(9):
            a_plan(a_sim(owner, label=f"{n}", operator=Operator.objects.first()))

    assert asked[0] == asked[1]


# --- one SIM's group --------------------------------------------------------------------------------------


def test_the_group_of_a_sim_is_proposed_said_and_shown(client, owner):
    a_sim(owner, group="Family")
    a_sim(a_user(), group="Theirs")
    page = soup(client.get("/sims/add/"))
    assert [option["value"] for option in page.select("#id_group_known option")] == ["Family"]

    client.post("/sims/add/", {"number": "8 705 123 45 67", "operator": "beeline", "group": " family"})
    sim = Sim.objects.get(number="+77051234567")
    assert sim.group == "Family"

    client.post(f"/sims/{sim.pk}/edit/", {"number": "8 705 123 45 67", "operator": "beeline", "group": "Cars"})
    sim.refresh_from_db()
    assert (sim.group, "cars" in sim.found_by) == ("Cars", True)
    assert words(soup(client.get(f"/sims/{sim.pk}/")).select_one(".group-name")) == "Cars"
