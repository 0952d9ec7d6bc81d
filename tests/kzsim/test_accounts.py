"""Signing up and in: by password, by code, by link, and with the mail server away."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kzsim import accounts
from plans import actions, linking
from plans.models import Message, Person

ADDRESS = "aigul@example.org"
PASSWORD = "a long password 7"

pytestmark = pytest.mark.django_db


class BrokenServer(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise ConnectionRefusedError("nobody listens")


def mails(to: str = ADDRESS) -> list[Message]:
    return list(Message.objects.filter(to=to, kind=Message.Kind.ACCOUNT).order_by("pk"))


def code_in(mail: Message) -> str:
    return re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", mail.text)[0]


def path_in(mail: Message, settings) -> str:
    """The address in the mail, which leads to the site's own name."""
    link = re.search(r"^http\S+/accounts/\S+$", mail.text, re.MULTILINE)[0]
    assert link.startswith(settings.SITE_URL + "/")
    assert link in mail.html
    return link.removeprefix(settings.SITE_URL)


def sign_up(client: Client, **extra):
    return client.post(reverse("account_signup"), {"email": ADDRESS, "password1": PASSWORD, **extra})


def sign_up_by_code(client: Client, **extra):
    return client.post(reverse("account_signup"), {"email": ADDRESS, "by_code": "1", **extra})


def enter_code(client: Client, code: str, **extra):
    return client.post(reverse("account_confirm_login_code"), {"code": code, **extra})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def person() -> Person:
    return Person.objects.get(user__email=ADDRESS)


def an_account(*, verified: bool = True, password: str = PASSWORD, email: str = ADDRESS):
    user = get_user_model().objects.create_user(email, password)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=verified)
    Person.objects.of_user(user, email_verified=verified)
    return user


# --- signing up -------------------------------------------------------------------------------------


def test_signing_up_by_password_lets_in_at_once_and_sends_a_link(client):
    response = sign_up(client)

    assert response.status_code == 302
    assert response.url == "/dashboard/"
    assert is_signed_in(client)
    assert (person().email, person().email_verified) == (ADDRESS, False)
    assert len(mails()) == 1


def test_the_link_opens_a_page_whose_button_verifies_the_address(client, settings):
    sign_up(client)
    path = path_in(mails()[0], settings)

    assert client.get(path).status_code == 200
    assert not person().email_verified

    assert client.post(path).status_code == 302
    assert person().email_verified
    assert person().reachable_since is not None


def test_opening_the_link_of_one_account_signs_nobody_else_out(client, settings):
    sign_up(client)
    other = Client()
    other.force_login(get_user_model().objects.create_user("other@example.org", PASSWORD))

    other.get(path_in(mails()[0], settings))

    assert is_signed_in(other)


def test_a_link_that_was_used_says_so(client, settings):
    sign_up(client)
    path = path_in(mails()[0], settings)
    client.post(path)

    assert "no longer works" in client.get(path).content.decode()


def test_signing_up_by_code_verifies_the_address(client):
    response = sign_up_by_code(client)

    assert response.url == reverse("account_confirm_login_code")
    assert not is_signed_in(client)
    assert enter_code(client, code_in(mails()[0])).url == "/dashboard/"
    assert is_signed_in(client)
    assert person().email_verified
    assert not person().user.has_usable_password()


def test_signing_up_by_code_keeps_the_page_one_came_for(client):
    response = sign_up_by_code(client, next="/sims/add/")

    assert response.url.endswith("?next=%2Fsims%2Fadd%2F") or response.url.endswith("?next=/sims/add/")
    assert enter_code(client, code_in(mails()[0]), next="/sims/add/").url == "/sims/add/"


def test_a_wrong_code_lets_nobody_in(client):
    sign_up_by_code(client)

    assert enter_code(client, "WRNG-CODE").status_code == 200
    assert not is_signed_in(client)


def test_a_new_code_can_be_asked_for(client):
    sign_up_by_code(client)
    client.post(reverse("account_confirm_login_code"), {"action": "resend"})

    second = mails()[1]
    assert enter_code(client, code_in(second)).url == "/dashboard/"


def test_who_mistyped_the_address_goes_back_to_sign_up_and_loses_nothing(client):
    sign_up_by_code(client, next="/sims/add/?operator=beeline")
    page = BeautifulSoup(client.get(f"{reverse('account_confirm_login_code')}?next=/sims/add/").content, "html.parser")

    door = page.select_one(f"main form[action='{reverse('account_logout')}'] [name=next]")["value"]
    assert door == f"{reverse('account_signup')}?next=%2Fsims%2Fadd%2F"
    assert client.post(reverse("account_logout"), {"next": door}).url == door


def test_who_signs_in_goes_back_to_sign_in(client):
    an_account()
    client.post(reverse("account_request_login_code"), {"email": ADDRESS})
    page = BeautifulSoup(client.get(reverse("account_confirm_login_code")).content, "html.parser")

    assert page.select_one("main [name=next]")["value"] == reverse("account_login")


def test_a_code_that_was_wrong_too_often_is_asked_for_anew_and_nothing_brought_along_is_lost(client):
    sign_up_by_code(client)
    for _ in range(2):
        assert "This is not the code" in enter_code(client, "XXXX-XXXX").content.decode()
    confirm = reverse("account_confirm_login_code")
    response = client.post(confirm, {"code": "XXXX-XXXX", "next": "/sims/add/?operator=izi"})

    assert response.url == f"{reverse('account_request_login_code')}?next=%2Fsims%2Fadd%2F%3Foperator%3Dizi"
    page = client.get(response.url).content.decode()
    assert "wrong too often" in page
    again = client.post(response.url, {"email": ADDRESS, "next": "/sims/add/?operator=izi"})
    code = code_in(mails()[-1])
    assert client.post(again.url, {"code": code, "next": "/sims/add/?operator=izi"}).url == "/sims/add/?operator=izi"


def test_a_password_that_counts_for_nothing_is_said_to(client):
    an_account()
    page = client.get(sign_up(client, password1="another calm password 8").url).content.decode()

    assert "its password stays as it was" in page


def test_the_first_button_of_all_leads_through_sign_up_to_the_first_sim(client):
    page = BeautifulSoup(client.get("/").content, "html.parser")
    door = page.select_one(".hero-actions .btn-primary")["href"]
    field = BeautifulSoup(client.get(door).content, "html.parser").select_one("main [name=next]")

    assert sign_up(client, next=field["value"]).url == reverse("plans:sim_add")


def test_who_signs_in_on_a_closed_site_hears_that_there_are_no_new_accounts(client, settings):
    settings.SIGNUP_OPEN = False
    page = client.get(reverse("account_login")).content.decode()

    assert "no new accounts" in page
    assert f'href="{reverse("guides:index", args=["en"])}"' in page


def test_neither_password_nor_code_is_an_error_next_to_the_password(client):
    response = client.post(reverse("account_signup"), {"email": ADDRESS, "password1": ""})

    assert "send you a code instead" in str(response.context["form"].errors["password1"])
    assert not mails()


def test_a_weak_password_is_refused(client):
    response = sign_up(client, password1="12345")

    assert response.context["form"].errors["password1"]


def test_a_weak_password_is_no_matter_to_who_asks_for_a_code(client):
    assert sign_up_by_code(client, password1="1").status_code == 302


def test_sign_up_stores_the_language_of_the_page_and_the_zone_of_the_browser(client):
    client.cookies["django_language"] = "ru"
    sign_up(client, time_zone="Europe/Berlin")

    assert (person().language, person().time_zone) == ("ru", "Europe/Berlin")


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "x" * 300])
def test_a_zone_that_is_none_becomes_almaty(client, zone):
    sign_up(client, time_zone=zone)

    assert person().time_zone == "Asia/Almaty"


@pytest.mark.parametrize(
    ("chosen", "language"), [("zh-hant", "zh-hant"), ("kk", "kk"), ("de", "en"), ("zh-hans", "zh-hans")]
)
def test_sign_up_keeps_the_readers_own_language_even_where_the_page_is_in_the_nearest(client, chosen, language):
    client.cookies["django_language"] = chosen
    sign_up(client)

    assert person().language == language


def test_a_closed_site_says_so_kindly(client, settings):
    settings.SIGNUP_OPEN = False

    assert "Sign-up is closed" in client.get(reverse("account_signup")).content.decode()
    sign_up(client)
    assert not get_user_model().objects.exists()


# --- what strangers may learn -------------------------------------------------------------------------


def test_naming_an_address_with_an_account_sends_its_owner_a_code_and_tells_nobody(client):
    owner = an_account()

    response = sign_up(client)

    assert response.url == reverse("account_confirm_login_code")
    assert not is_signed_in(client)
    assert get_user_model().objects.count() == 1
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)
    assert enter_code(client, code_in(mails()[0])).url == "/dashboard/"


def test_an_address_that_was_registered_a_moment_before_gets_a_code(client, monkeypatch):
    sign_up(Client())
    answers = iter([None, None])
    monkeypatch.setattr(accounts, "owner_of", lambda email: next(answers, get_user_model().objects.first()))

    response = sign_up(client)

    assert response.url == reverse("account_confirm_login_code")
    assert not is_signed_in(client)
    assert get_user_model().objects.count() == 1


@pytest.mark.parametrize("name", ["account_request_login_code", "account_reset_password"])
def test_asking_for_a_code_or_a_reset_looks_the_same_for_unknown_addresses(name):
    an_account()
    known, unknown = (Client().post(reverse(name), {"email": email}) for email in (ADDRESS, "nobody@example.org"))

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert "no account uses this address" in mails("nobody@example.org")[0].text


@pytest.mark.parametrize("name", ["account_request_login_code", "account_reset_password"])
def test_what_opens_an_account_goes_to_its_own_address_and_to_none_that_only_looks_like_it(client, name):
    an_account(email="mike@example.org")

    client.post(reverse(name), {"email": "mi\N{KELVIN SIGN}e@example.org"})

    assert [mail.to for mail in Message.objects.all()] == ["mike@example.org"]


@pytest.mark.parametrize("name", ["account_signup", "account_request_login_code", "account_reset_password"])
def test_an_address_that_is_too_long_for_mail_is_refused(client, name):
    response = client.post(reverse(name), {"email": f"{'a' * 250}@example.org", "password1": PASSWORD})

    assert response.context["form"].errors["email"]
    assert not Message.objects.exists()


def test_a_wrong_password_and_an_unknown_address_read_the_same(client):
    an_account()
    said = [
        str(client.post(reverse("account_login"), {"login": login, "password": "wrong"}).context["form"].errors)
        for login in (ADDRESS, "nobody@example.org")
    ]

    assert said[0] == said[1]


def test_whoever_proves_an_unverified_address_takes_the_account_from_who_registered_it(client):
    impostor = Client()
    sign_up(impostor)

    sign_up_by_code(client)
    enter_code(client, code_in(mails()[-1]))

    assert is_signed_in(client)
    assert client.get(reverse("account_email")).status_code == 200
    assert impostor.get(reverse("account_email")).status_code == 302
    assert not person().user.has_usable_password()


def take_over_by_code(client: Client, settings) -> None:
    sign_up_by_code(client)
    enter_code(client, code_in(mails()[-1]))


def take_over_by_reset(client: Client, settings) -> None:
    client.post(reverse("account_reset_password"), {"email": ADDRESS})
    page = client.get(path_in(mails()[-1], settings)).url
    client.post(page, {"password1": "another long password 8"})


@pytest.mark.parametrize("take_over", [take_over_by_code, take_over_by_reset])
def test_what_who_registered_an_address_first_set_up_tells_them_nothing_of_its_owner(take_over, client, settings):
    impostor = Client()
    sign_up(impostor)
    impostor.post("/reminders/media/add/ntfy/", {"server": "https://ntfy.sh", "topic": "of-the-impostor"})
    impostor.post(reverse("plans:calendar_make"))
    impostor.post(reverse("plans:without_mail"), {"mail": "off"})
    feed = reverse("plans:calendar_feed", args=[person().calendar_key])
    code = linking.new_code(person(), timezone.now())
    assert person().addresses.exists()

    take_over(client, settings)

    assert not person().user.check_password(PASSWORD)
    assert not person().addresses.exists()
    assert not person().mail_off
    assert client.get(feed).status_code == 404
    assert linking.person_of(code, timezone.now()) is None


def test_a_verified_owner_keeps_the_password_when_signing_in_by_code(client):
    an_account()
    actions.make_calendar(person())
    client.post(reverse("account_request_login_code"), {"email": ADDRESS})
    enter_code(client, code_in(mails()[0]))

    assert is_signed_in(client)
    assert person().user.check_password(PASSWORD)
    assert person().calendar_key


def test_a_mailbox_cannot_be_flooded_with_codes(client):
    for _try in range(6):
        response = sign_up_by_code(client)

    assert len(mails()) == 3
    assert response.context["form"].non_field_errors()


@pytest.mark.parametrize("name", ["account_request_login_code", "account_reset_password"])
def test_a_mailbox_cannot_be_flooded_for_an_hour(name, time_machine):
    for minute in range(30):
        time_machine.move_to(datetime(2026, 11, 23, 6, minute, tzinfo=UTC), tick=False)
        Client().post(reverse(name), {"email": ADDRESS})

    assert len(mails()) == 12


# --- coming back ----------------------------------------------------------------------------------------


def test_signing_in_by_password(client):
    an_account()

    assert client.post(reverse("account_login"), {"login": ADDRESS, "password": PASSWORD}).url == "/dashboard/"


def test_a_session_lasts_180_days_and_starts_anew_once_a_day(client, time_machine):
    time_machine.move_to("2026-11-23 06:00+00:00", tick=False)
    client.force_login(an_account())
    client.get(reverse("account_email"))
    time_machine.move_to("2026-11-23 09:00+00:00", tick=False)
    assert "sessionid" not in client.get(reverse("account_email")).cookies

    time_machine.move_to("2027-04-23 06:00+00:00", tick=False)
    assert client.get(reverse("account_email")).cookies["sessionid"]["max-age"] == 180 * 24 * 3600
    time_machine.move_to("2027-09-23 06:00+00:00", tick=False)
    assert client.get(reverse("account_email")).status_code == 200


@pytest.mark.parametrize("path", ["/dashboard/", "/en/guides/"])
def test_what_is_shown_to_the_signed_in_is_kept_by_no_cache_of_others(client, path):
    client.force_login(an_account())

    assert "private" in client.get(path).headers["Cache-Control"]


def test_a_forgotten_password_is_replaced_by_link(client, settings):
    an_account()
    client.post(reverse("account_reset_password"), {"email": ADDRESS})
    form = client.get(path_in(mails()[0], settings))
    client.post(form.url, {"password1": "another long one 9"})

    user = get_user_model().objects.get()
    assert user.check_password("another long one 9")


def test_a_password_is_changed_by_typing_the_new_one_once(client):
    client.force_login(an_account())
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": "another long one 9"})

    assert get_user_model().objects.get().check_password("another long one 9")


# --- another address -----------------------------------------------------------------------------------


def test_a_verified_address_stays_until_the_new_one_is_verified(client, settings):
    user = an_account()
    client.force_login(user)
    client.post(reverse("account_email"), {"action_add": "", "email": "new@example.org"})
    assert person().email == ADDRESS

    client.post(path_in(mails("new@example.org")[0], settings))

    user.refresh_from_db()
    assert (user.email, user.person.email, user.person.email_verified) == ("new@example.org", "new@example.org", True)
    assert [address.email for address in user.emailaddress_set.all()] == ["new@example.org"]


def test_a_mistyped_address_that_was_never_verified_gives_way_at_once(client, settings):
    sign_up(client)
    client.post(reverse("account_email"), {"action_add": "", "email": "right@example.org"})

    user = get_user_model().objects.get()
    assert (user.email, user.person.email, user.person.email_verified) == (
        "right@example.org",
        "right@example.org",
        False,
    )
    client.post(path_in(mails("right@example.org")[0], settings))
    user.person.refresh_from_db()
    assert user.person.email_verified


def test_the_link_to_an_address_that_gave_way_does_not_verify_the_next_one(client, settings):
    sign_up(client)
    old_link = path_in(mails()[0], settings)
    client.post(reverse("account_email"), {"action_add": "", "email": "another@example.org"})

    client.post(old_link)

    changed = Person.objects.get()
    assert (changed.email, changed.email_verified) == ("another@example.org", False)


def test_an_address_of_another_account_cannot_be_taken_over(client, settings):
    an_account(email="taken@example.org")
    client.force_login(an_account())
    client.post(reverse("account_email"), {"action_add": "", "email": "taken@example.org"})

    path = path_in(mails("taken@example.org")[0], settings)
    assert "no longer works" in client.get(path).content.decode()
    assert client.post(path).status_code == 404
    assert person().email == ADDRESS


def test_who_reads_the_mailbox_of_a_wished_address_cannot_sign_in_with_it(client):
    client.force_login(an_account())
    client.post(reverse("account_email"), {"action_add": "", "email": "wished@example.org"})

    stranger = Client()
    stranger.post(reverse("account_request_login_code"), {"email": "wished@example.org"})
    stranger.post(reverse("account_reset_password"), {"email": "wished@example.org"})

    assert all("no account uses" in mail.text for mail in mails("wished@example.org")[1:])


def test_signing_up_with_an_address_that_another_account_wished_for(client):
    owner = Client()
    owner.force_login(an_account(email="first@example.org"))
    owner.post(reverse("account_email"), {"action_add": "", "email": ADDRESS})

    sign_up_by_code(client)
    enter_code(client, code_in(mails()[-1]))

    assert is_signed_in(client)
    assert person().email_verified


# --- the mail ------------------------------------------------------------------------------------------


def test_nothing_waits_for_a_mail_server(client, settings):
    settings.EMAIL_BACKEND = f"{__name__}.BrokenServer"

    assert sign_up(client).url == "/dashboard/"
    assert Client().post(reverse("account_reset_password"), {"email": ADDRESS}).status_code == 302
    assert {mail.state for mail in mails()} == {Message.State.QUEUED}


def test_a_broker_that_is_away_breaks_no_sign_up(client, settings, django_capture_on_commit_callbacks, monkeypatch):
    from kombu.exceptions import OperationalError

    from plans import tasks

    def away(*_args, **_kwargs):
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.send, "delay", away)
    with django_capture_on_commit_callbacks(execute=True):
        assert sign_up(client).url == "/dashboard/"
    assert mails()


def test_links_in_mails_ignore_the_host_that_was_asked(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    client.post(reverse("account_signup"), {"email": ADDRESS, "password1": PASSWORD}, headers={"host": "evil.example"})

    assert "evil.example" not in mails()[0].text + mails()[0].html


def test_the_text_of_a_mail_is_not_escaped_and_its_html_is(client):
    address = "o'reilly&co@example.org"
    client.post(reverse("account_signup"), {"email": address, "password1": PASSWORD})

    assert address in mails(address)[0].text
    assert "o&#x27;reilly&amp;co@example.org" in mails(address)[0].html


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant", "ru", "kk"])
def test_every_mail_can_be_written_in_every_language(language, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    visitor = Client()
    visitor.cookies["django_language"] = language
    sign_up(visitor)
    for name in ("account_request_login_code", "account_reset_password"):
        for email in (ADDRESS, "nobody@example.org"):
            other = Client()
            other.cookies["django_language"] = language
            assert other.post(reverse(name), {"email": email}).status_code == 302

    assert Message.objects.count() == 5
    for mail in Message.objects.all():
        assert mail.subject
        assert mail.text
        assert "</html>" in mail.html
