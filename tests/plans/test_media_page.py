"""The page on which people choose where reminders reach them."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse

from plans import actions, linking, outbox
from plans.forms.media import FORMS, masked
from plans.models import Address, Heartbeat, Message, Reminder
from plans.models.reminders import Medium
from tests.builders import NOW, a_plan, a_sim, a_user
from tests.web import Answer, serving

pytestmark = pytest.mark.django_db

MEDIA = "/reminders/media/"
DISCORD = "https://discord.com/api/webhooks/112233445566778899/AbC-def_123456"
SAID = {
    Medium.NTFY: {"server": "https://ntfy.sh", "topic": "kzsim-7f3a9c1e", "token": "tk_AgQdq7mVBoFD37"},
    Medium.BARK: {"server": "https://api.day.app", "key": "https://api.day.app/yn4CVoHgrYZ4XHTf/Title/"},
    Medium.DISCORD: {"webhook": DISCORD},
    Medium.MATRIX: {"server": "matrix.org", "room": "!abcDEF:matrix.org", "token": "syt_a1b2_c3d4"},
    Medium.WXPUSHER: {"token": "AT_abc123def", "uid": "UID_abc123def"},
    Medium.SERVERCHAN: {"key": "SCT12345TabcDEF"},
    Medium.WECOM: {"key": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7abc-4bc4-97a0-0ec2sifa5aaa"},
    Medium.FEISHU: {"token": "https://open.feishu.cn/open-apis/bot/v2/hook/1b2c3d4e-5f60-7a8b"},
    Medium.DINGTALK: {
        "token": "https://oapi.dingtalk.com/robot/send?access_token=0a1b2c3d4e5f",
        "secret": "SEC0a1b2c3d4e5f",
    },
    Medium.WEBHOOK: {"url": "https://hooks.example/kzsim?key=private-key"},
}
KEPT = {
    Medium.NTFY: {"server": "https://ntfy.sh", "topic": "kzsim-7f3a9c1e", "token": "tk_AgQdq7mVBoFD37"},
    Medium.BARK: {"server": "https://api.day.app", "key": "yn4CVoHgrYZ4XHTf"},
    Medium.DISCORD: {"webhook": "112233445566778899/AbC-def_123456"},
    Medium.MATRIX: {"server": "https://matrix.org", "room": "!abcDEF:matrix.org", "token": "syt_a1b2_c3d4"},
    Medium.WXPUSHER: {"token": "AT_abc123def", "uid": "UID_abc123def"},
    Medium.SERVERCHAN: {"key": "SCT12345TabcDEF"},
    Medium.WECOM: {"key": "693a91f6-7abc-4bc4-97a0-0ec2sifa5aaa"},
    Medium.FEISHU: {"token": "1b2c3d4e-5f60-7a8b"},
    Medium.DINGTALK: {"token": "0a1b2c3d4e5f", "secret": "SEC0a1b2c3d4e5f"},
}
SECRETS = [
    *("7f3a9c1e", "tk_AgQdq7mV", "yn4CVoHg", "AbC-def", "syt_a1b2", "abc123", "TabcDEF", "0ec2sifa", "5f60", "4e5f0"),
    *("private-key", "SEC0a1b", "0a1b2c3d"),
]


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
def rung(monkeypatch):
    """The messages that the worker was asked to send."""
    ids = []
    monkeypatch.setattr("plans.tasks.ring", lambda message: ids.append(message.pk))
    monkeypatch.setattr("plans.tasks.ring_for_telegram", lambda: ids.append("telegram"))
    return ids


def text(response) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").main.get_text(" ").split())


def add(client, medium, **said):
    return client.post(f"{MEDIA}add/{medium}/", SAID[medium] | said)


def an_address(user, medium=Medium.NTFY, **fields) -> Address:
    address = actions.save_address(user.person, medium, KEPT[medium], "ntfy.sh · …9c1e", NOW)
    for name, value in fields.items():
        setattr(address, name, value)
    address.save()
    return address


# --- adding ---


@pytest.mark.parametrize("medium", FORMS)
def test_what_a_service_shows_is_pasted_and_tried_at_once(medium, client, owner, rung):
    a_plan(a_sim(owner), days=20)
    page = client.get(f"{MEDIA}add/{medium}/")
    assert page.status_code == 200
    response = add(client, medium)
    assert response.status_code == 302
    address = owner.person.addresses.get()
    kept = dict(address.to)
    if medium == Medium.WEBHOOK:
        assert len(kept.pop("secret")) > 30
        assert kept == SAID[medium]
    else:
        assert kept == KEPT[medium]
    message = Message.objects.get(kind="test")
    assert (message.medium, message.person, message.state) == (medium, owner.person, "queued")
    assert rung == [message.pk]
    assert Reminder.objects.filter(medium=medium).exists()
    shown = client.get(MEDIA)
    assert str(Medium(medium).label) in text(shown)
    assert "A test is on its way" in text(shown)
    assert [secret for secret in SECRETS if secret in shown.content.decode() + str(address) + message.to] == []


@pytest.mark.parametrize("medium", FORMS)
def test_what_opens_a_chat_is_not_shown_again_and_an_empty_field_keeps_it(medium, client, owner, rung):
    add(client, medium)
    address = owner.person.addresses.get()
    before = dict(address.to)
    page = client.get(f"{MEDIA}{address.pk}/edit/")
    assert [secret for secret in SECRETS if secret in page.content.decode()] == []
    form = FORMS[medium](address=address)
    visible = {name: form.initial[name] for name in form.fields if name in form.initial}
    assert client.post(f"{MEDIA}{address.pk}/edit/", visible).status_code == 302
    address.refresh_from_db()
    assert address.to == before


@pytest.mark.parametrize(
    ("medium", "said", "words"),
    [
        (Medium.NTFY, {"topic": ""}, "required"),
        (Medium.NTFY, {"topic": "two words"}, "does not look like one"),
        (Medium.NTFY, {"token": "secret"}, "does not look like one"),
        (Medium.NTFY, {"topic": "напоминания"}, "does not look like one"),
        (Medium.MATRIX, {"token": "syt_секрет_секрет"}, "does not look like one"),
        (Medium.NTFY, {"server": "http://ntfy.sh"}, "begins with https://"),
        (Medium.NTFY, {"server": "https://127.0.0.1"}, "can be reached on the Internet"),
        (Medium.NTFY, {"server": "https://[fd00::1]"}, "can be reached on the Internet"),
        (Medium.NTFY, {"server": "https://me:pw@ntfy.sh"}, "begins with https://"),
        (Medium.NTFY, {"server": "https://ntfy.sh/topic"}, "Only the server"),
        (Medium.NTFY, {"server": "file:///etc/passwd"}, "begins with https://"),
        (Medium.BARK, {"key": "barks://x"}, "does not look like one"),
        (Medium.DISCORD, {"webhook": "https://evil.example/api/webhooks/1/2"}, "does not look like one"),
        (Medium.DISCORD, {"webhook": "1/../../secrets"}, "does not look like one"),
        (Medium.MATRIX, {"room": "#room:matrix.org"}, "does not look like one"),
        (Medium.MATRIX, {"room": "!a/b:matrix.org"}, "does not look like one"),
        (Medium.WXPUSHER, {"uid": "4711"}, "does not look like one"),
        (Medium.SERVERCHAN, {"key": "sctp123tabcdef"}, "ServerChan³"),
        (Medium.WECOM, {"key": "https://evil.example/?key=693a91f6-7abc"}, "does not look like one"),
        (Medium.DINGTALK, {"secret": "SEC"}, "does not look like one"),
        (Medium.WEBHOOK, {"url": "https://10.0.0.1/hook"}, "can be reached on the Internet"),
        (Medium.WEBHOOK, {"url": "https://hooks.example:22/"}, "begins with https://"),
    ],
)
def test_what_cannot_work_is_said_at_once(medium, said, words, client, owner, rung):
    response = add(client, medium, **said)
    assert response.status_code == 422
    assert words in text(response)
    assert not Address.objects.exists()
    assert rung == []


def test_a_home_server_may_name_its_own_network(client, owner, rung, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    assert add(client, Medium.NTFY, server="http://192.168.1.5:8080").status_code == 302
    assert owner.person.addresses.get().to["server"] == "http://192.168.1.5:8080"


def test_one_medium_is_there_once(client, owner, rung):
    address = an_address(owner)
    response = client.get(f"{MEDIA}add/ntfy/")
    assert response["Location"] == f"{MEDIA}{address.pk}/edit/"
    add(client, Medium.NTFY, topic="another-topic")
    assert Address.objects.count() == 1


@pytest.mark.parametrize("medium", ["email", "telegram", "web_push", "sms", "mailtos"])
def test_nothing_else_can_be_added(medium, client, owner):
    assert client.get(f"{MEDIA}add/{medium}/").status_code == 404
    assert client.post(f"{MEDIA}add/{medium}/", {"url": "mailto://x"}).status_code == 404


def test_a_new_place_is_not_blamed_for_the_old_ones_trouble(client, owner, rung):
    address = an_address(owner, worked_at=NOW, failing_since=NOW, stopped_at=NOW, trouble="HTTP 403")
    client.post(f"{MEDIA}{address.pk}/edit/", {"server": "https://ntfy.sh", "topic": "another-topic"})
    address.refresh_from_db()
    assert (address.worked_at, address.failing_since, address.stopped_at, address.trouble) == (None, None, None, "")
    assert address.to == KEPT[Medium.NTFY] | {"topic": "another-topic"}


def test_the_owner_of_a_webhook_sees_its_secret_and_can_have_a_new_one(client, owner, rung):
    response = add(client, Medium.WEBHOOK)
    address = owner.person.addresses.get()
    assert response["Location"] == f"{MEDIA}{address.pk}/edit/"
    secret = address.to["secret"]
    assert secret in client.get(response["Location"]).content.decode()
    client.post(response["Location"], {"url": "", "renew": "on"})
    address.refresh_from_db()
    assert address.to["url"] == SAID[Medium.WEBHOOK]["url"]
    assert address.to["secret"] != secret


# --- what the page says ---


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Not tried yet"),
        ({"worked_at": NOW}, "Works"),
        ({"failing_since": NOW, "trouble": "HTTP 503"}, "Does not work at the moment"),
        ({"failing_since": NOW, "stopped_at": NOW, "trouble": "HTTP 403: forbidden"}, "Stopped"),
    ],
)
def test_the_page_says_how_each_one_is_and_why(fields, words, client, owner):
    an_address(owner, **fields)
    page = text(client.get(MEDIA))
    assert words in page
    assert fields.get("trouble", "") in page
    assert ("It works again" in page) == ("stopped_at" in fields)


def test_an_address_that_bounced_can_be_mended_where_it_stands(client, owner):
    owner.person.bounced_at, owner.person.bounce = NOW, "550 5.1.1 no such user"
    owner.person.save()
    response = client.get(MEDIA)
    page = text(response)
    assert "The mail server does not know this address." in page
    assert "As the other side put it: 550 5.1.1 no such user" in page
    soup = BeautifulSoup(response.content, "html.parser")
    assert soup.select_one(f"form[action='{reverse('plans:resume_address')}'] button")
    assert soup.select_one(f"main a[href='{reverse('account_email')}']")


def test_a_test_mail_that_was_accepted_is_to_be_looked_for(client, owner):
    message = outbox.post_test(owner.person, Medium.EMAIL, NOW)
    Message.objects.filter(pk=message.pk).update(state="sent", next_attempt_at=None, sent_at=NOW)
    assert "Look into your inbox and your spam folder." in text(client.get(MEDIA))


def test_one_that_works_again_goes_on_and_is_tried(client, owner, rung):
    a_plan(a_sim(owner), days=20)
    address = an_address(owner, stopped_at=NOW, failing_since=NOW, trouble="HTTP 403")
    client.post(f"{MEDIA}{address.pk}/again/")
    address.refresh_from_db()
    assert (address.stopped_at, address.failing_since, address.trouble) == (None, None, "")
    assert len(rung) == 1
    assert Reminder.objects.filter(medium=Medium.NTFY, state="scheduled").exists()


def test_removing_asks_once(client, owner):
    a_plan(a_sim(owner), days=20)
    address = an_address(owner)
    assert "Remove ntfy?" in text(client.get(f"{MEDIA}{address.pk}/remove/"))
    assert Address.objects.exists()
    client.post(f"{MEDIA}{address.pk}/remove/")
    assert not Address.objects.exists()
    assert not Reminder.objects.filter(medium=Medium.NTFY, state="scheduled").exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "A test is on its way…"),
        ({"error": "HTTP 503"}, "The test was not accepted yet; we try again."),
        ({"state": "sent", "next_attempt_at": None, "sent_at": NOW}, "The test of 11:00 was accepted."),
        ({"state": "failed", "next_attempt_at": None}, "The test was not accepted."),
    ],
)
def test_the_page_says_what_became_of_a_test(fields, words, client, owner):
    an_address(owner)
    message = outbox.post_test(owner.person, Medium.NTFY, NOW)
    Message.objects.filter(pk=message.pk).update(**fields)
    page = client.get(MEDIA)
    assert words in text(page)
    assert ("hx-get" in page.content.decode()) == (fields == {})


@pytest.mark.parametrize("medium", [Medium.EMAIL, Medium.NTFY])
def test_every_medium_can_be_tried_but_not_without_end(medium, client, owner, rung):
    an_address(owner)
    for _ in range(actions.media.TESTS_AN_HOUR):
        client.post(f"{MEDIA}test/{medium}/")
    assert len(rung) == actions.media.TESTS_AN_HOUR
    response = client.post(f"{MEDIA}test/{medium}/", follow=True)
    assert "Wait an hour" in response.content.decode()
    assert len(rung) == actions.media.TESTS_AN_HOUR
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        client.post(f"{MEDIA}test/{medium}/")
    assert len(rung) == actions.media.TESTS_AN_HOUR + 1


def test_what_a_person_does_not_have_cannot_be_tried(client, owner, rung):
    assert client.post(f"{MEDIA}test/ntfy/").status_code == 404
    owner.person.email_verified = False
    owner.person.save()
    assert client.post(f"{MEDIA}test/email/").status_code == 404
    assert rung == []


def test_a_test_that_is_refused_tells_nobody_elsewhere(client, owner, settings):
    """They are looking at the page that says so."""
    settings.ALLOW_PRIVATE_TARGETS = True
    with serving() as web:
        web.answer = Answer(403, {"code": 40301, "error": "forbidden"})
        add(client, Medium.NTFY, server=web.url)
        outbox.send(outbox.due_messages(NOW), clock=lambda: NOW)
    page = text(client.get(MEDIA))
    assert "Stopped" in page
    assert "HTTP 403: 40301 forbidden" in page
    assert "The test was not accepted." in page
    assert not Message.objects.filter(kind="notice").exists()


def test_a_test_that_is_accepted_shows_that_it_works(client, owner, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    with serving() as web:
        web.answer = Answer(json={"id": "a"})
        add(client, Medium.NTFY, server=web.url)
        outbox.send(outbox.due_messages(NOW), clock=lambda: NOW)
        assert web.asked[0].json["title"] == "This is a test"
    page = text(client.get(MEDIA))
    assert "Works" in page
    assert "The test of 11:00 was accepted." in page


def test_a_server_that_asks_for_patience_is_left_alone_that_long(client, owner, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    with serving() as web:
        web.answer = Answer(429, headers={"Retry-After": "600"})
        add(client, Medium.NTFY, server=web.url)
        outbox.send(outbox.due_messages(NOW), clock=lambda: NOW)
    message = Message.objects.get()
    assert (message.state, message.error) == ("queued", "HTTP 429")
    assert timedelta(seconds=600) <= message.next_attempt_at - NOW <= timedelta(seconds=900)


def test_mail_can_be_left_out_as_long_as_another_one_works(client, owner):
    assert "No e-mail as long as" not in text(client.get(MEDIA))
    an_address(owner)
    a_plan(a_sim(owner), days=20)
    assert "No e-mail as long as another one works" in text(client.get(MEDIA))
    client.post(f"{MEDIA}mail/", {"mail": "off"})
    owner.person.refresh_from_db()
    assert owner.person.mail_off
    assert not Reminder.objects.filter(medium=Medium.EMAIL, state="scheduled").exists()
    assert "Only if nothing else works" in text(client.get(MEDIA))
    client.post(f"{MEDIA}mail/", {"mail": "on"})
    assert Reminder.objects.filter(medium=Medium.EMAIL, state="scheduled").exists()


def test_the_settings_lead_here(client, owner):
    assert MEDIA in client.get("/settings/").content.decode()


def test_ones_own_copy_of_the_data_holds_it(client, owner):
    an_address(owner)
    assert "kzsim-7f3a9c1e" in client.get("/settings/download/").content.decode()


def test_a_secret_is_known_again_by_its_end_only():
    assert masked("tk_AgQdq7mVBoFD37") == "…FD37"
    assert masked("short") == "…"


# --- Telegram ---


@pytest.fixture
def bot(settings):
    with serving() as web:
        settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_API_URL = "4711:key", web.url
        web.answer = Answer(json={"ok": True, "result": {"username": "kzsim_bot"}})
        yield web


def test_telegram_is_offered_only_where_the_site_has_a_bot(client, owner):
    assert "Telegram" not in text(client.get(MEDIA)).partition("Add another one")[2]
    assert client.get(reverse("plans:telegram")).status_code == 404
    assert client.post(reverse("plans:telegram")).status_code == 404
    assert client.post(reverse("plans:telegram_check")).status_code == 404


def test_the_way_to_the_bot_and_back(client, owner, bot, rung):
    assert "Connect Telegram" in text(client.get(MEDIA))
    assert client.post(reverse("plans:telegram"))["Location"] == reverse("plans:telegram")
    assert Heartbeat.objects.get(name="telegram links").at == NOW + linking.CODE_VALID
    page = BeautifulSoup(client.get(reverse("plans:telegram")).content, "html.parser")
    link = page.find("a", href=lambda href: href and href.startswith("https://t.me/"))["href"]
    code = page.find("input", {"name": "code"})["value"]
    assert link == f"https://t.me/kzsim_bot?start={code}"
    assert linking.person_of(code, NOW) == owner.person

    check, htmx = reverse("plans:telegram_check"), {"HX-Request": "true"}
    assert client.post(check, {"code": code}, headers=htmx).status_code == 204
    assert client.post(check, {"code": code})["Location"] == reverse("plans:telegram")
    assert rung == ["telegram", "telegram"]

    actions.save_address(owner.person, Medium.TELEGRAM, {"chat": 815}, "@aigerim", NOW)
    assert client.post(check, {"code": code}, headers=htmx)["HX-Redirect"] == MEDIA
    page = text(client.get(MEDIA))
    assert "@aigerim" in page
    assert "815" not in page


def test_a_code_that_has_ended_leads_back(client, owner, bot, rung):
    code = linking.new_code(owner.person, NOW - timedelta(hours=1))
    response = client.post(reverse("plans:telegram_check"), {"code": code}, follow=True)
    assert "Begin again" in response.content.decode()
    assert rung == []


def test_where_telegram_is_away_the_page_says_so(client, owner, bot):
    bot.answer = Answer(502)
    response = client.get(reverse("plans:telegram"), follow=True)
    assert "Telegram cannot be reached" in response.content.decode()
