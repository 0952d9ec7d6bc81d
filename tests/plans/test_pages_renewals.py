"""Renewing on the pages: both dates, what is remembered, two tabs, receipts, history, and several at once."""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kzsim.common.links import Purpose, sign
from plans import actions
from plans.models import BalanceEntry, Plan, Receipt, Renewal
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 60
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + b"x" * 60
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 60
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 60


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.PRIVATE_FILES = tmp_path / "files"
    storage = Receipt._meta.get_field("file").storage
    storage._location = settings.PRIVATE_FILES
    for cached in ("base_location", "location"):
        storage.__dict__.pop(cached, None)


@pytest.fixture
def owner(client):
    user = a_user()
    client.force_login(user)
    return user


@pytest.fixture
def plan(owner):
    return a_plan(a_sim(owner), days=3)


def soup(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def words(response) -> str:
    return soup(response).select_one("main").get_text(" ", strip=True)


def shown(response) -> dict:
    """What the page's form would send as it stands."""
    form = soup(response).select_one("main form[method=post]")
    data: dict = {}
    for element in form.select("input:not([type=file])"):
        if element.get("type") in ("radio", "checkbox") and "checked" not in element.attrs:
            continue
        data.setdefault(element["name"], []).append(element.get("value", ""))
    for select in form.select("select"):
        chosen = select.select_one("option[selected]") or select.select_one("option")
        data[select["name"]] = [chosen["value"]]
    return data


def renew(client, plan, **changes):
    address = f"/plans/{plan.pk}/renew/"
    return client.post(address, shown(client.get(address)) | changes)


def fresh(plan) -> Plan:
    return Plan.objects.get(pk=plan.pk)


def upload(content=PDF, name="Квитанция.pdf", content_type="text/html"):
    return SimpleUploadedFile(name, content, content_type)


# --- the form -------------------------------------------------------------------------------------------


def test_both_dates_are_shown_where_nobody_knows_how_the_operator_counts(client, plan):
    page = client.get(f"/plans/{plan.pk}/renew/")

    labels = [label.get_text(" ", strip=True) for label in soup(page).select("#div_id_early .form-check")]
    assert "Saturday 26 December" in labels[0]
    assert "Tuesday 22 December" in labels[1]


def test_the_choice_of_the_date_is_remembered_and_proposed_next_time(client, plan):
    renew(client, plan, early="restarts")

    assert (fresh(plan).paid_until, fresh(plan).early) == (TODAY + timedelta(days=29), "restarts")
    radios = soup(client.get(f"/plans/{plan.pk}/renew/")).select("#div_id_early input[checked]")
    assert [one["value"] for one in radios] == ["restarts"]
    part = client.get(f"/plans/{plan.pk}/renew/", {"early": "keeps"}, headers={"HX-Request": "true"})
    assert soup(part).select_one("#id_paid_until")["value"] == "2027-01-21"


def test_a_day_of_ones_own_says_nothing_of_how_the_operator_counts(client, plan):
    renew(client, plan, paid_until="2026-12-24")

    assert (fresh(plan).paid_until.isoformat(), fresh(plan).early) == ("2026-12-24", "")


def test_fee_channel_and_note_are_kept(client, plan):
    renew(client, plan, fee="50", channel="kiosk", note="Kiosk at Green Bazaar")

    renewal = Renewal.objects.get()
    assert (renewal.amount, renewal.fee, renewal.channel, renewal.note) == (4990, 50, "kiosk", "Kiosk at Green Bazaar")
    page = words(client.get(f"/sims/{plan.sim_id}/"))
    assert "4,990\u00a0₸ + 50\u00a0₸ fee" in page
    assert "Kiosk at Green Bazaar" in page


def test_only_channels_that_exist_can_be_chosen(client, plan):
    assert soup(renew(client, plan, channel="magic")).select_one("#div_id_channel .invalid-feedback")
    assert not Renewal.objects.exists()


def test_several_periods_show_their_date_first_and_cost_as_much_more(client, plan):
    page = renew(client, plan, periods="3")

    assert "Check the day here" in words(page)
    assert shown(page)["paid_until"] == ["2027-02-24"]
    client.post(f"/plans/{plan.pk}/renew/", shown(page))
    renewal = Renewal.objects.get()
    assert (renewal.to_date, renewal.amount, renewal.periods) == (TODAY + timedelta(days=93), 14970, 3)


def test_the_page_shows_date_and_price_of_several_periods_at_once(client, plan):
    part = soup(client.get(f"/plans/{plan.pk}/renew/", {"periods": "3"}, headers={"HX-Request": "true"}))

    assert part.select_one("#id_paid_until")["value"] == "2027-02-24"
    assert part.select_one("#id_amount")["value"] == "14970"


@pytest.mark.parametrize("periods", ["0", "25", "-1", "x", "999999999999"])
def test_so_many_periods_are_a_slip(client, plan, periods):
    assert soup(renew(client, plan, periods=periods)).select_one("#div_id_periods .invalid-feedback")
    assert client.get(f"/plans/{plan.pk}/renew/", {"periods": periods, "period": "x", "early": "y"}).status_code == 200
    assert not Renewal.objects.exists()


def test_a_sum_that_no_column_could_hold_is_asked_again(client, plan):
    Plan.objects.update(price=Decimal("90000000"))

    assert "Enter fewer" in words(renew(client, plan, periods="24", paid_until="2028-11-26"))
    assert not Renewal.objects.exists()


def test_two_tabs_with_different_dates_renew_once_and_say_so(client, plan):
    address = f"/plans/{plan.pk}/renew/"
    first, second = shown(client.get(address)), shown(client.get(address))
    client.post(address, first)

    page = client.post(address, second | {"paid_until": "2026-12-30"})

    assert "the date of this plan has become another: Saturday 26 December" in words(page)
    assert Renewal.objects.count() == 1
    client.post(address, shown(page))  # who has read it, and renewed once more
    assert fresh(plan).paid_until == TODAY + timedelta(days=63)


def test_the_same_page_twice_renews_once_whatever_it_says(client, plan):
    address = f"/plans/{plan.pk}/renew/"
    page = shown(client.get(address)) | {"early": "restarts"}

    client.post(address, page)
    response = client.post(address, page, follow=True)

    assert "noted already" in response.content.decode()
    assert Renewal.objects.count() == 1


def test_a_page_sent_again_after_its_undo_renews_again(client, plan):
    address = f"/plans/{plan.pk}/renew/"
    page = shown(client.get(address))
    client.post(address, page)
    client.post(f"/renewals/{Renewal.objects.get().pk}/undo/")

    client.post(address, page)

    assert Renewal.objects.standing().count() == 1


def test_the_hour_is_said_where_hours_are_counted(client, owner):
    sim = a_sim(owner)
    address = f"/sims/{sim.pk}/plans/add/"
    client.post(address, {"period": "720h", "wording": "paid", "paid_until": "2026-11-20", "ends_at": "15:30"})

    plan = sim.plans.get()
    assert (plan.paid_until.isoformat(), str(plan.ends_at)) == ("2026-12-20", "15:30:00")
    assert "On that day until 15:30" in words(client.get(f"/sims/{sim.pk}/"))
    edit = f"/plans/{plan.pk}/edit/"
    before = Plan.objects.values().get()
    client.post(edit, shown(client.get(edit)))
    assert Plan.objects.values().get() == before
    client.post(edit, shown(client.get(edit)) | {"ends_at": "9:05"})
    assert str(fresh(plan).ends_at) == "09:05:00"
    client.post(edit, shown(client.get(edit)) | {"period": "30d"})
    assert fresh(plan).ends_at is None


def test_a_month_on_the_1st_can_be_entered(client, owner):
    sim = a_sim(owner)
    data = {"period": "first", "wording": "paid", "paid_until": "2026-11-17", "ends_at": "15:30"}

    client.post(f"/sims/{sim.pk}/plans/add/", data)

    assert (sim.plans.get().paid_until.isoformat(), sim.plans.get().ends_at) == ("2026-11-30", None)


# --- receipts -------------------------------------------------------------------------------------------


def a_receipt(client, plan, content=PDF, name="Квитанция.pdf") -> Receipt:
    renew(client, plan, receipts=[upload(content, name)])
    return Receipt.objects.get()


@pytest.mark.parametrize(
    ("content", "content_type", "name", "opens"),
    [
        (PDF, "application/pdf", "Квитанция.pdf", "attachment"),
        (HEIC, "image/heic", "Квитанция.heic", "attachment"),
        (JPEG, "image/jpeg", "Квитанция.jpg", "inline"),
        (PNG, "image/png", "Квитанция.png", "inline"),
        (WEBP, "image/webp", "Квитанция.webp", "inline"),
    ],
)
def test_a_receipt_is_handed_out_as_what_it_is(client, plan, content, content_type, name, opens):
    receipt = a_receipt(client, plan, content, "C:\\fakepath\\Квитанция.html")

    response = client.get(f"/renewals/{receipt.renewal_id}/receipts/{receipt.pk}/")

    assert b"".join(response.streaming_content) == content
    assert (receipt.name, receipt.size) == (name, len(content))
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"].startswith(opens)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert {"private", "no-store"} <= set(response["Cache-Control"].replace(" ", "").split(","))
    kept = Path(receipt.file.path)
    assert oct(kept.stat().st_mode & 0o777) == "0o600"
    assert "fakepath" not in kept.name


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a;" + b"\0" * 40,
        b"PK\x03\x04" + b"\0" * 60,
        b"MZ" + b"\0" * 60,
        b"hello",
        b"<html>%PDF-1.4",
        b"\0\0\0\x18ftypisom" + b"\0" * 40,
    ],
)
def test_what_is_neither_photo_nor_pdf_is_refused_whatever_it_is_called(client, plan, content):
    page = renew(client, plan, note="Kept", receipts=[upload(content, "receipt.pdf", "application/pdf")])

    assert "neither a photo" in words(page)
    assert shown(page)["note"] == ["Kept"]
    assert not Renewal.objects.exists()


def test_a_file_that_is_too_large_is_refused(client, plan, settings):
    settings.RECEIPT_MAX_MB = 1
    page = renew(client, plan, receipts=[upload(PDF + b"0" * 1024 * 1024)])
    assert "larger than 1 MB" in words(page)
    assert not Receipt.objects.exists()


def test_with_another_error_the_page_asks_for_the_file_again(client, plan):
    assert "Choose the receipt once more" in words(renew(client, plan, amount="much", receipts=[upload()]))


def test_receipts_are_added_later_each_once_and_ten_at_most(client, plan):
    renewal = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    address = f"/renewals/{renewal.pk}/receipts/add/"

    for _ in range(2):
        assert client.post(address, {"receipts": [upload(), upload(PNG, "a.png")]}).status_code == 302
    assert renewal.receipts.count() == 2
    more = [upload(PDF + bytes([65 + n]), f"{n}.pdf") for n in range(9)]
    assert "keeps 10 receipts at most" in words(client.post(address, {"receipts": more}))
    assert renewal.receipts.count() == 2
    assert "Choose a photo or a PDF first" in words(client.post(address))


def test_a_receipt_stays_with_a_renewal_that_is_taken_back(client, plan):
    receipt = a_receipt(client, plan)

    client.post(f"/renewals/{receipt.renewal_id}/undo/")

    response = client.get(f"/renewals/{receipt.renewal_id}/receipts/{receipt.pk}/")
    assert b"".join(response.streaming_content) == PDF


def test_deleting_a_receipt_asks_once_and_takes_the_file_after_the_commit(
    client, plan, django_capture_on_commit_callbacks
):
    receipt = a_receipt(client, plan)
    address = f"/renewals/{receipt.renewal_id}/receipts/{receipt.pk}/"
    assert "Delete this receipt?" in words(client.get(f"{address}delete/"))
    assert Path(receipt.file.path).exists()

    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{address}delete/")
        assert Path(receipt.file.path).exists()

    assert not Path(receipt.file.path).exists()
    assert client.get(address).status_code == 404


def test_a_receipt_whose_file_is_gone_is_not_found(client, plan):
    receipt = a_receipt(client, plan)
    Path(receipt.file.path).unlink()

    assert client.get(f"/renewals/{receipt.renewal_id}/receipts/{receipt.pk}/").status_code == 404


def test_nobody_else_gets_a_receipt(client, plan):
    receipt = a_receipt(client, plan)
    other = actions.renew(a_plan(), to=TODAY + timedelta(days=33), now=NOW)
    address = f"/renewals/{receipt.renewal_id}/receipts/{receipt.pk}/"
    assert client.get(f"/renewals/{other.pk}/receipts/{receipt.pk}/").status_code == 404
    client.force_login(other.plan.sim.owner)

    for path in (address, f"{address}delete/", f"/renewals/{receipt.renewal_id}/receipts/add/"):
        assert client.get(path).status_code == 404
        assert client.post(path, {"receipts": [upload()]}).status_code in (404, 405)
    assert client.get(f"/renewals/{other.pk}/receipts/{receipt.pk}/").status_code == 404
    assert Receipt.objects.count() == 1
    client.logout()
    assert client.get(address).status_code == 302


# --- history and what is assumed ------------------------------------------------------------------------


def test_the_history_strikes_out_what_was_taken_back_and_offers_the_last_one(client, plan):
    first = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    undone = actions.renew(plan, to=TODAY + timedelta(days=63), now=NOW)
    actions.undo_renewal(undone, NOW)

    page = soup(client.get(f"/sims/{plan.sim_id}/"))

    rows = page.select(".renewals > li")
    assert ["is-undone" in row["class"] for row in rows] == [True, False]
    assert "Taken back" in rows[0].get_text()
    assert [form["action"] for form in page.select(".renewals form")] == [f"/renewals/{first.pk}/undo/"]
    assert "works until 26 Nov 2026 again" in page.select_one(".take-back").get_text(" ", strip=True)


def test_the_page_of_a_sim_costs_the_same_with_a_long_history(client, plan):
    def questions() -> int:
        with CaptureQueriesContext(connection) as told:
            client.get(f"/sims/{plan.sim_id}/")
        return len(told)

    def renew_again(times) -> None:
        for _ in range(times):
            renewal = actions.renew(
                fresh(plan), to=fresh(plan).paid_until + timedelta(days=30), now=NOW, channel="kiosk"
            )
            actions.add_receipts(renewal, [upload()], NOW)

    renew_again(2)
    client.get(f"/sims/{plan.sim_id}/")
    few = questions()
    renew_again(6)
    assert questions() == few


def assumed_plan(owner) -> Plan:
    return a_plan(a_sim(owner), days=-3, renews="auto")


def did_it_renew(client, plan) -> dict:
    form = soup(client.get(f"/sims/{plan.sim_id}/")).select_one(".did-it-renew")
    assert form["action"] == f"/plans/{plan.pk}/renewed/"
    return {one["name"]: one["value"] for one in form.select("input[type=hidden]") if "value" in one.attrs}


@pytest.mark.parametrize("where", ["/dashboard/", "sim"])
def test_what_is_assumed_looks_different_and_asks(client, owner, where):
    plan = assumed_plan(owner)
    address = f"/sims/{plan.sim_id}/" if where == "sim" else where

    page = soup(client.get(address))

    assert page.select_one(".badge-assumed").get_text(strip=True) == "assumed"
    assert page.select_one(".card-assumed, .sim-card-assumed")
    assert "Did it renew?" in page.select_one(".did-it-renew").get_text(" ", strip=True)
    renewal = actions.renew(plan, to=TODAY + timedelta(days=27), now=NOW)
    page = soup(client.get(address))
    assert not page.select(".badge-assumed, .card-assumed, .sim-card-assumed, .did-it-renew, .assumed")
    assert renewal.balance_entries.exists()


def test_one_tap_confirms_what_was_assumed_once(client, owner):
    plan = assumed_plan(owner)
    data = did_it_renew(client, plan) | {"renewed": "yes"}

    for _ in range(2):
        response = client.post(f"/plans/{plan.pk}/renewed/", data, follow=True)

    assert "nothing happens twice" in response.content.decode()
    assert Renewal.objects.count() == 1
    assert fresh(plan).paid_until == TODAY + timedelta(days=27)


def test_no_leads_to_what_to_do_and_can_be_taken_back(client, owner):
    plan = assumed_plan(owner)
    coming = set(plan.reminders.coming().values_list("kind", "deadline", "occurrence"))
    data = did_it_renew(client, plan) | {"renewed": "no"}

    response = client.post(f"/plans/{plan.pk}/renewed/", data)

    assert response.url == f"/sims/{plan.sim_id}/#how"
    assert fresh(plan).closed_at
    assert not plan.reminders.coming().exists()
    page = soup(client.get(f"/sims/{plan.sim_id}/"))
    assert "Not renewed" in page.get_text()
    client.post(page.select_one(".messages form")["action"])
    assert set(plan.reminders.coming().values_list("kind", "deadline", "occurrence")) == coming


def test_an_answer_about_a_period_that_is_over_changes_nothing(client, owner):
    plan = assumed_plan(owner)
    data = did_it_renew(client, plan) | {"renewed": "yes"}

    with time_machine.travel(NOW + timedelta(days=30), tick=False):
        response = client.post(f"/plans/{plan.pk}/renewed/", data, follow=True)

    assert "another period has begun" in response.content.decode()
    assert not Renewal.objects.exists()


def test_a_link_in_a_mail_shows_both_dates_as_long_as_nobody_chose_one(client, plan):
    token = sign(Purpose.ANSWER, [f"plan:{plan.pk}", plan.paid_until.isoformat(), "yes"])

    text = words(client.get(f"/a/{token}/"))
    assert "Saturday 26 December" in text
    assert "Tuesday 22 December" in text
    Plan.objects.update(early="restarts")
    text = words(client.get(f"/a/{token}/"))
    assert "Saturday 26 December" not in text
    assert "Tuesday 22 December" in text


# --- several at once ------------------------------------------------------------------------------------


@pytest.fixture
def several(owner):
    return [
        a_plan(a_sim(owner, label="One"), days=2),
        a_plan(a_sim(owner, label="Two"), days=-1, price=Decimal(10), currency="USD"),
        a_plan(a_sim(owner, label="Three"), days=-3, renews="auto", price=1990),
        a_plan(a_sim(owner, label="Later"), days=20),
        a_plan(a_sim(owner, label="Unknown"), days=None),
    ]


def test_what_is_due_is_marked_with_its_dates_and_the_sum_in_each_currency(client, several):
    page = soup(client.get("/renewals/"))

    boxes = {box["value"]: "checked" in box.attrs for box in page.select("input[name=plan]")}
    ids = {int(value.partition(":")[0]): checked for value, checked in boxes.items()}
    assert ids == {several[0].pk: True, several[1].pk: True, several[2].pk: True, several[3].pk: False}
    total = page.select_one("#total").get_text(" ", strip=True)
    assert "6,980\u00a0₸" in total
    assert "10\u00a0USD" in total
    assert "25 Nov 2026" in page.get_text()
    assert "25 Dec 2026" in page.get_text()


def test_all_marked_are_renewed_together_once_and_taken_back_together(client, several):
    before = list(Plan.objects.order_by("pk").values())
    page = shown(client.get("/renewals/"))

    response = client.post("/renewals/", page, follow=True)

    assert [fresh(plan).paid_until - TODAY for plan in several[:3]] == [timedelta(days=days) for days in (32, 29, 27)]
    assert BalanceEntry.objects.get().amount == 1990
    undo = soup(response).select_one(".messages form")["action"]
    assert "noted already" in client.post("/renewals/", page, follow=True).content.decode()
    assert Renewal.objects.count() == 3
    client.post(undo)
    assert list(Plan.objects.order_by("pk").values()) == before
    assert "cannot be taken back together" in client.post(undo, follow=True).content.decode()


def test_if_one_date_has_changed_nothing_is_saved(client, several):
    page = shown(client.get("/renewals/"))
    actions.renew(several[0], to=TODAY + timedelta(days=32), now=NOW)

    response = client.post("/renewals/", page)

    assert "Nothing is saved" in words(response)
    assert Renewal.objects.count() == 1


@pytest.mark.parametrize("plans", [[], ["x"], ["1"], ["1:2:3", "1:2:3"], ["\u0661:\u0662"], [""], ["9" * 400]])
def test_nonsense_renews_nothing(client, several, plans):
    response = client.post("/renewals/", {"plan": plans, "lot": "no"})

    assert response.status_code == 200
    assert soup(response).select_one(".notice-error")
    assert not Renewal.objects.exists()


def test_the_sum_follows_the_marks(client, several):
    keys = shown(client.get("/renewals/"))["plan"]

    text = client.post("/renewals/total/", {"plan": keys[1:]}, headers={"HX-Request": "true"}).content.decode()

    assert "2 plans marked" in text
    assert not Renewal.objects.exists()


def test_nobody_renews_or_takes_back_anothers(client, several):
    keys = shown(client.get("/renewals/"))["plan"]
    lot = actions.renew_together({several[0].pk: actions.Said(to=TODAY + timedelta(days=32))}, NOW, uuid4())[0].lot
    before = list(Plan.objects.order_by("pk").values())
    client.force_login(a_user())

    assert "Nothing is saved" in words(client.post("/renewals/", {"plan": keys}))
    client.post(f"/renewals/lots/{lot}/undo/")
    for action in ("renewed", "reopen"):
        assert client.post(f"/plans/{several[2].pk}/{action}/", {"renewed": "yes"}).status_code == 404
        assert client.get(f"/plans/{several[2].pk}/{action}/").status_code == 405

    assert list(Plan.objects.order_by("pk").values()) == before


def test_many_plans_cost_as_few_questions_as_three(client, owner):
    def costs() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as seen:
            page = shown(client.get("/renewals/"))
        with CaptureQueriesContext(connection) as saved:
            client.post("/renewals/", page)
        assert Renewal.objects.standing().count() == Plan.objects.count()
        Renewal.objects.all().delete()
        Plan.objects.update(paid_until=TODAY + timedelta(days=2))
        return len(seen), sum(query["sql"].startswith("SELECT") for query in saved)

    for _ in range(3):
        a_plan(a_sim(owner), days=2)
    costs()
    few = costs()
    for _ in range(20):
        a_plan(a_sim(owner), days=2)
    costs()
    assert costs() == few


def test_the_dashboard_leads_there_when_two_are_due(client, owner):
    a_plan(a_sim(owner), days=2)
    assert not soup(client.get("/dashboard/")).select("a[href='/renewals/']")
    a_plan(a_sim(owner), days=-1)
    assert soup(client.get("/dashboard/")).select_one("a[href='/renewals/']")


# --- files that nobody needs any more -------------------------------------------------------------------


def test_with_the_account_its_receipts_go(client, plan, django_capture_on_commit_callbacks):
    receipt = a_receipt(client, plan)

    with django_capture_on_commit_callbacks(execute=True):
        client.post("/settings/delete/")

    assert not Receipt.objects.exists()
    assert not Path(receipt.file.path).exists()


def test_a_file_that_belongs_to_nothing_is_swept_after_a_day(client, plan):
    receipt = a_receipt(client, plan)
    lost = Path(receipt.file.path).with_name("lost")
    lost.write_bytes(PDF)
    os.utime(lost, (NOW.timestamp(), NOW.timestamp()))
    os.utime(receipt.file.path, (NOW.timestamp(), NOW.timestamp()))

    assert actions.sweep_files(NOW + timedelta(hours=23)) == 0
    assert actions.sweep_files(NOW + timedelta(hours=25)) == 1
    assert not lost.exists()
    assert Path(receipt.file.path).exists()
