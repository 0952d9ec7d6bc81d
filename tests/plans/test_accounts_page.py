"""The private list of accounts tied to a number."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup

from plans import actions
from plans.models import TiedAccount
from tests.builders import NOW, TODAY, a_sim, a_user, a_watched_sim

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client):
    user = a_user()
    client.force_login(user)
    return user


@pytest.fixture
def sim(owner):
    return a_sim(owner)


def names(sim, **which) -> list[str]:
    return list(sim.tied_accounts.filter(deleted_at=None, **which).values_list("name", flat=True))


def add(client, sim, text: str):
    return client.post(f"/sims/{sim.pk}/accounts/", {"names": text}, follow=True)


def test_several_are_added_at_once_each_once_however_it_is_written(client, sim):
    add(client, sim, "Kaspi\r\n  whatsapp \r\n\r\nKASPI\r\neGov")
    add(client, sim, "WhatsApp\r\nHalyk  Bank")
    assert sorted(names(sim), key=str.casefold) == ["eGov", "Halyk Bank", "KASPI", "whatsapp"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Write the name of at least one account"),
        (" \r\n ", "Write the name of at least one account"),
        ("Kaspi\r\n" + "x" * 81, "is too long"),
        ("\r\n".join(f"Account {n}" for n in range(101)), "at most 100 accounts"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_not_lost(client, sim, text, words):
    response = add(client, sim, text)
    assert response.status_code == 422
    assert words in response.content.decode()
    typed = BeautifulSoup(response.content, "html.parser").select_one("[name=names]").get_text()
    assert typed.split() == text.split()
    assert names(sim) == []


def test_one_is_marked_as_moved_and_back(client, sim):
    add(client, sim, "Kaspi")
    account = sim.tied_accounts.get()
    for _ in range(2):
        client.post(f"/accounts-tied/{account.pk}/moved/")
        assert names(sim, moved_at=NOW) == ["Kaspi"]
    assert "23 Nov 2026" in client.get(f"/sims/{sim.pk}/accounts/").content.decode()
    client.post(f"/accounts-tied/{account.pk}/moved/", {"back": ""})
    assert names(sim, moved_at=None) == ["Kaspi"]


def test_one_is_removed_and_brought_back(client, sim):
    add(client, sim, "Kaspi")
    account = sim.tied_accounts.get()
    page = client.post(f"/accounts-tied/{account.pk}/remove/", follow=True)
    assert names(sim) == []
    undo = BeautifulSoup(page.content, "html.parser").select_one("form[action$='/restore/']")
    client.post(undo["action"])
    assert names(sim) == ["Kaspi"]
    assert client.post(undo["action"]).status_code == 404  # it is there


def test_what_was_removed_long_ago_is_forgotten_for_good(sim):
    long_ago, lately, last = actions.add_accounts(sim, ["Kaspi", "eGov", "WhatsApp"], NOW)
    actions.remove_account(long_ago, NOW - timedelta(days=2))
    actions.remove_account(lately, NOW)
    actions.remove_account(last, NOW)
    assert set(sim.tied_accounts.values_list("name", flat=True)) == {"eGov", "WhatsApp"}


def test_one_that_was_added_again_is_not_brought_back_twice(client, sim):
    first = actions.add_accounts(sim, ["Kaspi"], NOW)[0]
    actions.remove_account(first, NOW)
    TiedAccount.objects.create(sim=sim, name="Kaspi")
    client.post(f"/accounts-tied/{first.pk}/restore/")
    assert names(sim) == ["Kaspi"]


@pytest.mark.parametrize(
    "path", ["/sims/{sim}/accounts/", "/accounts-tied/{account}/moved/", "/accounts-tied/{account}/remove/"]
)
def test_a_strangers_list_is_not_there(client, owner, path):
    theirs = a_sim(a_user())
    account = actions.add_accounts(theirs, ["Kaspi"], NOW)[0]
    path = path.format(sim=theirs.pk, account=account.pk)
    assert client.post(path, {"names": "x"}).status_code == 404
    assert names(theirs, moved_at=None) == ["Kaspi"]


def test_the_checklist_is_reached_from_the_sim_and_names_the_day(client, owner):
    sim = a_watched_sim(owner, quiet=50)
    page = client.get(f"/sims/{sim.pk}/").content.decode()
    assert f"/sims/{sim.pk}/accounts/" in page
    accounts = client.get(f"/sims/{sim.pk}/accounts/").content.decode()
    assert "Begin with the bank and eGov." in accounts
    assert "The number is safe until Thursday 3 December." in accounts
    assert TODAY + timedelta(days=10) == TODAY.replace(month=12, day=3)


def test_the_list_is_in_the_copy_of_ones_data(client, sim):
    add(client, sim, "Kaspi")
    assert '"name": "Kaspi"' in client.get("/settings/download/").content.decode()
