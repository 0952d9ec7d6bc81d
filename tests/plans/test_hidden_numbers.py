"""Numbers by their last digits alone, on every page of a person who wants that; whole where they have to be."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from kzsim.common import formats
from plans.models import Person, Sim
from tests.builders import a_plan, a_sim, a_user
from tests.test_nobody_elses import IN_USE, NUMBERS, addresses, owner, text_of

pytestmark = pytest.mark.django_db
__all__ = ["owner"]  # the fixture: an account with one of everything

NUMBER = "+77015554242"
WHOLE = "+7\xa0701\xa0555\xa04242"
# Where the number is what the page is for: to be changed, to be typed by a clerk, or to be taken along.
WITH_NUMBER = re.compile(rf"/sims/{IN_USE}/(edit|clerk)/|/settings/download/|.*\.csv")

# Pages of the staff, of the sign-in, and of the guides, which know of no SIM; links in messages name it as those do.
OTHERS = ("/admin/", "/accounts/", "/en/", "/healthz")


@pytest.fixture
def reader(client):
    user = a_user(masks_numbers=True)
    client.force_login(user)
    return user


def shows_number(text: str, number: str = NUMBER) -> bool:
    """In any way of writing it."""
    return number.removeprefix("+7") in "".join(filter(str.isdigit, text))


@pytest.mark.parametrize("label", ["", "Till 14"])
@pytest.mark.usefixtures("owner")
def test_no_page_shows_a_whole_number_to_who_hides_them(client, label):
    Sim.objects.filter(pk=IN_USE).update(label=label)
    Person.objects.filter(pk=IN_USE).update(masks_numbers=True)
    client.force_login(Person.objects.get(pk=IN_USE).user)
    client.raise_request_exception = False
    seen, shown = set(), set()
    for path in {address.path for address in addresses() if not (address.has_key or address.path.startswith(OTHERS))}:
        for headers in ({}, {"hx-request": "true"}):
            response = client.get(path, headers=headers)
            if response.status_code == 200:
                seen.add(path)
                if shows_number(text_of(response), NUMBERS[IN_USE]) and not WITH_NUMBER.fullmatch(path):
                    shown.add(path)

    assert shown == set()
    assert {f"/sims/{IN_USE}/", "/dashboard/", "/money/", "/reminders/"} <= seen


@pytest.mark.usefixtures("owner")
def test_without_the_wish_the_same_pages_show_it(client):
    Sim.objects.filter(pk=IN_USE).update(label="")
    client.force_login(Person.objects.get(pk=IN_USE).user)
    for path in ("/dashboard/", f"/sims/{IN_USE}/", f"/sims/{IN_USE}/edit/"):
        assert shows_number(client.get(path).content.decode()), path


def test_the_form_and_the_clerk_s_card_keep_the_number(client, reader):
    sim = a_sim(reader, NUMBER)
    for name in ("sim_edit", "sim_clerk"):
        assert shows_number(client.get(reverse(f"plans:{name}", args=[sim.pk])).content.decode()), name


def test_the_last_digits_are_read_aloud_in_words(client, reader):
    sim = a_sim(reader, NUMBER)

    heading = BeautifulSoup(client.get(reverse("plans:sim", args=[sim.pk])).content, "html.parser").h1
    assert heading.find(attrs={"aria-hidden": "true"}).get_text() == "…4242"
    assert heading.find(class_="visually-hidden").get_text() == "ends in 4242"


def test_a_title_is_plain_text_with_the_last_digits(client, reader):
    sim = a_sim(reader, NUMBER)
    page = BeautifulSoup(client.get(reverse("plans:sim", args=[sim.pk])).content, "html.parser")
    assert page.title.get_text().startswith("…4242 ")


def test_the_switch_stands_on_every_page_and_stays_on_it(client):
    user = a_user()
    client.force_login(user)
    a_plan(a_sim(user, NUMBER))
    asked = f"{reverse('plans:dashboard')}?q=x"

    for hidden in (True, False):
        button = BeautifulSoup(client.get(asked).content, "html.parser").select_one("header button[name=masks_numbers]")
        assert button["aria-pressed"] == str(not hidden).lower()
        form = button.find_parent("form")
        sent = {field["name"]: field["value"] for field in form.select("input")} | {button["name"]: button["value"]}
        assert client.post(form["action"], sent).url == asked
        user.person.refresh_from_db()
        assert user.person.masks_numbers is hidden


def test_a_visitor_has_no_such_switch(client):
    assert "masks_numbers" not in client.get("/").content.decode()
    assert client.get("/settings/hide-numbers/").status_code in (302, 405)
    assert client.post("/settings/hide-numbers/", {"masks_numbers": "on"}).url.startswith("/accounts/login/")


def test_the_switch_leads_to_no_other_site(client, reader):
    answer = client.post(reverse("plans:mask_numbers"), {"masks_numbers": "", "next": "https://evil.example/"})
    assert answer.url == reverse("plans:settings")


def test_the_wish_ends_with_the_page():
    number = Sim(number=NUMBER).number
    with formats.numbers_hidden(True):
        with formats.numbers_hidden(False):
            assert formats.number_in_words(number) == WHOLE
        assert formats.number_in_words(number) == "…4242"
    assert formats.number_in_words(number) == WHOLE
    with pytest.raises(ZeroDivisionError), formats.numbers_hidden(True):
        _ = 1 / 0
    assert not formats.hides_numbers()


def test_the_next_reader_sees_their_numbers_whole(client, reader):
    a_sim(reader, NUMBER)
    client.get("/dashboard/")
    another = a_user()
    a_sim(another, "+77015556767")
    client.force_login(another)
    assert shows_number(client.get("/dashboard/").content.decode(), "+77015556767")


def test_the_wish_stands_in_the_settings(client, reader):
    page = BeautifulSoup(client.get(reverse("plans:settings")).content, "html.parser")
    assert page.select_one("main input[name=masks_numbers]").has_attr("checked")
    client.post(reverse("plans:settings"), {"language": "en", "time_zone": "Asia/Almaty"})
    reader.person.refresh_from_db()
    assert not reader.person.masks_numbers
