"""An address that bounces is paused and not hammered; its owner hears of it, and has a way back."""

import io
import json
import smtplib
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from kzsim.common.mail import new_message_id
from plans import actions, bounces, outbox
from plans.actions import Outcome
from plans.bounces import Kind, Report, mailbox_is_full, mailbox_is_gone, read_mail
from plans.media.email import sorted_out
from plans.models import Message, Person, Reminder
from tests.builders import NOW, TODAY, a_plan, a_user
from tests.plans.test_outbox import server_says, tick
from tests.plans.test_several_media import Chats, an_address, chats  # noqa: F401  (a fixture)

State = Reminder.State
LATER = NOW + timedelta(hours=1)


# --- what a server says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "550 5.1.1 <a@b.c>: Recipient address rejected: User unknown in local recipient table",
        "550-5.1.1 The email account that you tried to reach does not exist.",
        "550 no such user",
        "553 unknown user",
        "551 user not local",
        "550 5.2.1 The account is disabled",
        "554 5.1.1 no such user",
        "550 5.4.1 Recipient address rejected: Access denied",
        "550 5.5.0 Requested action not taken: mailbox unavailable",
        "556 5.1.10 domain accepts no mail",
        "smtp; 550 5.1.2 bad destination system address",
    ],
)
def test_a_mailbox_that_does_not_exist_is_known_by_what_its_server_says(said):
    assert mailbox_is_gone(said)


@pytest.mark.parametrize(
    "said",
    [
        "450 4.2.1 try later",
        "451 greylisted",
        "452 4.2.2 mailbox full",
        "552 5.2.2 over quota",
        "550 mailbox full",
        "550 5.7.1 Message rejected as spam by content filter",
        "550 5.7.26 not authenticated",
        "550 High probability of spam",
        "550 Blocked, see https://blocklist.example/1.2.3.4",
        "550 Relaying denied",
        "550 5.1.8 Sender address rejected: domain not found",
        "554 transaction failed",
        "552 5.3.4 message too big",
        "550 5.6.0 bad content",
        "421 closing, 5.1.1.1 is busy",
    ],
)
def test_what_is_temporary_or_about_us_or_the_text_is_no_reason_to_pause(said):
    assert not mailbox_is_gone(said)


@pytest.mark.parametrize("said", ["452 4.2.2 x", "552 5.2.2 x", "552 mailbox full", "550 user is over quota"])
def test_a_full_mailbox_is_told_from_one_that_is_gone(said):
    assert mailbox_is_full(said)
    assert not mailbox_is_full("550 5.1.1 quota is no matter")


def refused(code: int, text: str) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"a@example.org": (code, text.encode())})


@pytest.mark.parametrize(
    ("error", "scope", "permanent", "about_mailbox"),
    [
        (refused(550, "5.1.1 no such user"), "recipient", True, True),
        (refused(552, "5.2.2 mailbox full"), "recipient", False, True),
        (refused(452, "4.2.2 mailbox full"), "recipient", False, True),
        (refused(450, "4.2.0 greylisted"), "recipient", False, False),
        (refused(550, "5.7.1 policy"), "recipient", False, False),
        (refused(421, "4.7.0 closing"), "server", False, False),
        (smtplib.SMTPDataError(550, b"5.1.1 no such user"), "recipient", True, True),
        (smtplib.SMTPDataError(552, b"5.2.2 mailbox full"), "recipient", False, True),
        (smtplib.SMTPDataError(550, b"no thanks"), "message", True, False),
        (smtplib.SMTPDataError(550, b"5.7.1 spam"), "message", True, False),
    ],
)
def test_what_smtp_says_is_sorted(error, scope, permanent, about_mailbox):
    trouble = sorted_out(error)
    assert (trouble.scope, trouble.permanent, trouble.about_mailbox) == (scope, permanent, about_mailbox)


# --- while sending ---------------------------------------------------------------------------------------------------


def fresh(person: Person) -> Person:
    return Person.objects.get(pk=person.pk)


def bounce(days: int = 3):
    """A plan whose reminder was refused for good."""
    plan = a_plan(days=days)
    with server_says(refused(550, "5.1.1 no such user")):
        tick()
    return plan


@pytest.mark.django_db
def test_a_recipient_who_is_refused_for_good_is_paused_and_nothing_more_goes_there():
    plan = bounce()
    person = fresh(plan.sim.person)
    assert (person.bounced_at, person.bounce) == (NOW, "550 5.1.1 no such user")
    assert Message.objects.get().state == Message.State.FAILED
    assert Message.objects.get().failed_at == NOW
    assert dict(plan.reminders.filter(kind="plan_expires").values_list("occurrence", "state")) == {
        "7": State.FAILED,
        "1": State.HELD,
        "0": State.HELD,
    }
    assert tick(NOW + timedelta(days=2)) == 0
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_a_policy_of_the_server_pauses_nobody_even_when_the_message_is_given_up():
    plan = a_plan(days=20)
    with server_says(refused(550, "5.7.1 policy"), refused(550, "5.7.1 policy")):
        tick(NOW + timedelta(days=13))
        tick(NOW + timedelta(days=19))
    assert Message.objects.get().state == Message.State.FAILED
    assert fresh(plan.sim.person).bounced_at is None


@pytest.mark.django_db
def test_a_mailbox_that_stays_full_for_days_is_paused_and_one_that_is_emptied_is_not():
    plan = a_plan(days=20)
    full = refused(552, "5.2.2 mailbox full")
    with server_says(full, full):
        tick(NOW + timedelta(days=13))
        assert Message.objects.get().state == Message.State.QUEUED
        assert fresh(plan.sim.person).bounced_at is None
        tick(NOW + timedelta(days=19))
    assert fresh(plan.sim.person).bounced_at == NOW + timedelta(days=19)


@pytest.mark.django_db
def test_the_person_hears_of_the_pause_on_another_medium(chats: Chats):  # noqa: F811
    plan = a_plan(days=1)
    an_address(plan.sim.owner)
    with server_says(refused(550, "5.1.1 no such user")):
        tick()
    tick(NOW + timedelta(minutes=1))
    assert [parcel.subject for parcel in chats.arrived][-1] == "Your e-mail address does not work"
    assert "550 5.1.1 no such user" in chats.arrived[-1].text
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_bounced_address_is_tried_for_what_its_owner_asks_only_a_few_times_a_day():
    person = fresh(bounce().sim.person)
    with time_machine.travel(LATER, tick=False) as clock:
        posted = [outbox.post_account_mail(person.email, "Code", "123 456", person=person) for _ in range(5)]
        assert [message.state for message in posted] == [Message.State.QUEUED] * 3 + [Message.State.FAILED] * 2
        assert posted[-1].text == ""
        other = outbox.post_account_mail("new@example.org", "Confirm", "a link", person=person)
        assert other.state == Message.State.QUEUED
        clock.shift(timedelta(days=1, minutes=1))
        again = outbox.post_account_mail(person.email, "Code", "123 456", person=person)
        assert again.state == Message.State.QUEUED


@pytest.mark.django_db
def test_a_new_address_that_is_refused_leaves_the_one_that_works_alone():
    person = a_user().person
    message = outbox.post_account_mail("typo@example.org", "Confirm", "a link", person=person)
    with server_says(refused(550, "5.1.1 no such user")):
        outbox.send([message.pk])
    message.refresh_from_db()
    assert message.state == Message.State.FAILED
    assert fresh(person).bounced_at is None


# --- the way back ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_its_owner_lets_mail_go_on_and_what_is_still_true_is_said_then():
    plan = bounce(days=3)
    message = actions.resume_address(plan.sim.person, LATER)
    assert message.kind == Message.Kind.TEST
    assert fresh(plan.sim.person).bounced_at is None
    assert tick(LATER) == 2
    assert any("ends in 3 days" in one.subject for one in mail.outbox)
    assert "This message is late" not in mail.outbox[-1].body
    assert actions.resume_address(plan.sim.person, LATER) is None


@pytest.mark.django_db
def test_what_ended_meanwhile_is_not_said_after_the_pause():
    plan = bounce(days=3)
    back = NOW + timedelta(days=40)
    actions.renew(plan, to=TODAY + timedelta(days=90), now=back)
    actions.resume_address(plan.sim.person, back)
    assert tick(back) == 1
    assert mail.outbox[0].subject == "This is a test"


@pytest.mark.django_db
def test_who_says_again_and_again_that_it_works_has_to_wait_as_for_any_other_test(client):
    """A mailbox that has become somebody else's is not to be filled with tests by one who holds a button."""
    person = a_user().person
    client.force_login(person.user)
    for minute in range(actions.media.TESTS_AN_HOUR + 2):
        now = LATER + timedelta(minutes=minute)
        actions.note_report(Report(Kind.GONE, person.email), now)
        with time_machine.travel(now, tick=False):
            answer = client.post(reverse("plans:resume_address"), follow=True)
    assert "Wait an hour" in answer.content.decode()
    assert Message.objects.filter(kind=Message.Kind.TEST).count() == actions.media.TESTS_AN_HOUR
    assert fresh(person).bounced_at


@pytest.mark.django_db
def test_an_address_that_was_never_confirmed_gets_no_test():
    person = a_user(email_verified=False).person
    assert actions.note_report(Report(Kind.GONE, person.email), NOW) is Outcome.PAUSED
    assert actions.resume_address(person, LATER) is None
    assert fresh(person).bounced_at is None
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_another_address_begins_without_the_trouble_of_the_old_one():
    plan = bounce(days=3)
    actions.set_address(fresh(plan.sim.person), "new@example.org", verified=True, now=LATER)
    person = fresh(plan.sim.person)
    assert (person.bounced_at, person.bounce) == (None, "")
    assert tick(LATER) == 1
    assert mail.outbox[0].to == ["new@example.org"]


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["plans:dashboard", "plans:reminders"])
def test_the_pages_tell_what_is_wrong_and_one_tap_mends_it(client, page):
    plan = bounce()
    client.force_login(plan.sim.owner)
    with time_machine.travel(LATER, tick=False):
        shown = client.get(reverse(page)).content.decode()
        assert "550 5.1.1 no such user" in shown
        assert "It works again" in shown
        response = client.post(reverse("plans:resume_address"), {"next": reverse(page)}, follow=True)
    assert response.redirect_chain == [(reverse(page), 302)]
    assert "It works again" not in response.content.decode()
    assert Message.objects.filter(kind=Message.Kind.TEST).count() == 1


@pytest.mark.django_db
def test_undelivered_is_what_nobody_was_told_and_not_what_another_medium_said(chats: Chats):  # noqa: F811
    lonely, told = bounce(), a_plan(days=3)
    an_address(told.sim.owner)
    with server_says(refused(550, "5.1.1 no such user")):
        tick(LATER)
    undelivered = Reminder.objects.undelivered
    assert {one.plan for one in undelivered(TODAY)} == {lonely}
    assert {one.plan for one in undelivered(TODAY + timedelta(days=10))} == {lonely}
    assert not undelivered(TODAY + timedelta(days=11)).exists()
    actions.resume_address(lonely.sim.person, LATER)
    assert not undelivered(TODAY).exists()


# --- mail that comes back --------------------------------------------------------------------------------------------

POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mail.example (Mail Delivery System)
To: kzsim@mail.example
Date: Mon, 23 Nov 2026 11:05:00 +0500
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
Arrival-Date: Mon, 23 Nov 2026 11:00:00 +0500 (+05)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; {said}

--B
Content-Type: {original_type}

From: KZSIM <kzsim@mail.example>
To: {to}
Message-ID: {message_id}
Subject: ends in 3 days

--B--
"""

COMPLAINT = """\
From: feedback@provider.example
Date: Mon, 23 Nov 2026 11:05:00 +0500
Subject: FW: a reminder
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

This is an email abuse report.

--B
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <{to}>

--B
Content-Type: message/rfc822

From: KZSIM <kzsim@mail.example>
Message-ID: {message_id}
Subject: ends in 3 days

text
--B--
"""


def a_bounce(message_id: str = "<1@x>", to: str = "a@example.org", **words: str) -> bytes:
    usual = {
        "action": "failed",
        "status": "5.1.1",
        "said": "550 5.1.1 no such user",
        "original_type": "text/rfc822-headers",
    }
    return POSTFIX.format(message_id=message_id, to=to, **(usual | words)).encode()


@pytest.mark.parametrize("original_type", ["text/rfc822-headers", "message/rfc822", "message/rfc822-headers"])
def test_a_bounce_is_read(original_type):
    (report,) = read_mail(a_bounce(original_type=original_type))
    assert report == Report(Kind.GONE, "a@example.org", "<1@x>", "550 5.1.1 no such user", report.at)
    assert report.at.isoformat() == "2026-11-23T11:05:00+05:00"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ({"action": "delayed", "status": "4.4.1", "said": "451 4.4.1 no answer"}, Kind.DELAYED),
        ({"action": "delivered", "status": "2.0.0", "said": "250 2.0.0 ok"}, Kind.DELAYED),
        ({"action": "failed", "status": "4.4.7", "said": "451 4.4.7 expired"}, Kind.FAILED),
        ({"action": "failed", "status": "5.2.2", "said": "552 5.2.2 full"}, Kind.FAILED),
        ({"action": "failed", "status": "5.7.1", "said": "550 5.7.1 spam"}, Kind.FAILED),
        ({"action": "failed", "status": "5.0.0", "said": "550 no such user"}, Kind.GONE),
        ({"action": "failed", "status": "5.4.4", "said": "unable to look up host"}, Kind.GONE),
        ({"action": "Failed", "status": "5.1.10", "said": "null MX"}, Kind.GONE),
    ],
)
def test_each_kind_of_bounce_is_told_from_the_others(words, kind):
    (report,) = read_mail(a_bounce(**words))
    assert report.kind is kind


def test_a_bounce_in_utf_8_and_one_of_several_recipients_are_read():
    raw = a_bounce().replace(b"message/delivery-status", b"message/global-delivery-status")
    assert [report.kind for report in read_mail(raw)] == [Kind.GONE]
    second = b"Final-Recipient: rfc822; b@example.org\nAction: delayed\nStatus: 4.2.0\n\n--B\nContent-Type: text/rfc"
    raw = a_bounce().replace(b"--B\nContent-Type: text/rfc", second)
    assert [(report.email, report.kind) for report in read_mail(raw)] == [
        ("a@example.org", Kind.GONE),
        ("b@example.org", Kind.DELAYED),
    ]


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"Subject: hello\n\nout of office", b"Content-Type: multipart/report"]
)
def test_what_is_no_report_says_nothing(raw):
    assert read_mail(raw) == []


@pytest.mark.parametrize(("kind", "count"), [("abuse", 1), ("fraud", 1), ("not-spam", 0), ("virus", 0)])
def test_only_a_complaint_counts_as_one(kind, count):
    reports = read_mail(COMPLAINT.format(kind=kind, to="a@example.org", message_id="<1@x>").encode())
    assert [(one.kind, one.email, one.message_id) for one in reports] == [
        (Kind.COMPLAINT, "a@example.org", "<1@x>")
    ] * count


def within_itself(times: int) -> bytes:
    parts = (f'Content-Type: multipart/report; boundary="{number}"\n\n--{number}\n' for number in range(times))
    return "".join(parts).encode() + a_bounce()


@pytest.mark.parametrize(
    "raw", [within_itself(2000), b"Content-Type: message/rfc822\n\n" * 2000], ids=["report", "mail"]
)
def test_a_mail_within_a_mail_and_so_on_is_no_report(raw):
    assert read_mail(raw) == []


def test_a_bounce_of_no_year_is_read_as_of_no_known_moment():
    (report,) = read_mail(a_bounce().replace(b"23 Nov 2026 11:05", b"23 Nov 99999999999 11:05"))
    assert (report.kind, report.at) == (Kind.GONE, None)


def test_of_a_report_about_half_the_world_only_the_beginning_counts():
    """Our mail goes to one reader at a time."""
    many = b"Action: failed\nStatus: 5.1.1\n\n" * 5000 + b"--B\nContent-Type: text/rfc"
    assert len(read_mail(a_bounce().replace(b"--B\nContent-Type: text/rfc", many))) == bounces.MOST_RECIPIENTS


# --- what follows ----------------------------------------------------------------------------------------------------


def a_sent_message(days: int = 3) -> Message:
    plan = a_plan(days=days)
    tick()
    return Message.objects.get(person=plan.sim.person)


@pytest.mark.django_db
def test_a_message_that_comes_back_was_told_to_nobody_and_its_address_is_paused():
    message = a_sent_message()
    report = Report(Kind.GONE, "somebody-it-was-forwarded-to@example.net", message.message_id, "550 5.1.1 gone")
    assert actions.note_report(report, LATER) is Outcome.PAUSED
    message.refresh_from_db()
    assert (message.state, message.error, message.failed_at) == (Message.State.FAILED, "550 5.1.1 gone", LATER)
    assert set(message.reminders.values_list("state", flat=True)) == {State.FAILED}
    assert fresh(message.person).bounced_at == LATER
    assert actions.note_report(report, LATER) is Outcome.NOTHING
    actions.resume_address(message.person, LATER + timedelta(minutes=5))
    assert actions.note_report(report, LATER + timedelta(minutes=6)) is Outcome.NOTHING
    assert fresh(message.person).bounced_at is None


@pytest.mark.django_db
def test_a_delay_changes_nothing_and_a_full_mailbox_only_the_message():
    message = a_sent_message()
    assert actions.note_report(Report(Kind.DELAYED, message.to, message.message_id), LATER) is Outcome.NOTHING
    assert actions.note_report(Report(Kind.FAILED, message.to, message.message_id), LATER) is Outcome.FAILED
    assert fresh(message.person).bounced_at is None


@pytest.mark.django_db
def test_an_address_alone_is_enough_to_find_the_person():
    person = a_user("a.b@example.org").person
    assert actions.note_report(Report(Kind.GONE, "A.B@Example.ORG"), NOW) is Outcome.PAUSED
    assert fresh(person).bounced_at == NOW
    assert actions.note_report(Report(Kind.GONE, "nobody@example.org"), NOW) is Outcome.NOBODY


@pytest.mark.django_db
def test_a_bounce_of_the_old_address_leaves_the_new_one_alone():
    message = a_sent_message()
    actions.set_address(message.person, "new@example.org", verified=True, now=LATER)
    actions.note_report(Report(Kind.GONE, message.to, message.message_id), LATER)
    assert fresh(message.person).bounced_at is None


@pytest.mark.django_db
def test_a_complaint_stops_all_reminders_with_a_way_back_that_a_repeat_does_not_close(chats: Chats):  # noqa: F811
    message = a_sent_message()
    an_address(message.person.user)
    report = Report(Kind.COMPLAINT, message.to, message.message_id, "abuse", LATER)
    assert actions.note_report(report, LATER) is Outcome.STOPPED
    assert fresh(message.person).stopped_at == LATER
    tick(LATER)
    assert [parcel.subject for parcel in chats.arrived] == ["Your reminders are stopped"]
    assert len(mail.outbox) == 1  # the reminder of before
    assert actions.note_report(report, LATER) is Outcome.NOTHING
    actions.resume_reminders(fresh(message.person), LATER + timedelta(minutes=1))
    assert actions.note_report(report, LATER + timedelta(minutes=2)) is Outcome.NOTHING
    assert fresh(message.person).stopped_at is None


def note_bounce(monkeypatch, capsys, raw: bytes = b"", **options) -> str:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    with time_machine.travel(LATER, tick=False):
        call_command("note_bounce", **options)
    return capsys.readouterr().out


@pytest.mark.django_db
def test_the_command_takes_a_bounce_a_complaint_or_an_address(monkeypatch, capsys):
    message = a_sent_message()
    assert "works" in note_bounce(monkeypatch, capsys, a_bounce(message.message_id, message.to))
    assert fresh(message.person).bounced_at == LATER
    assert "nothing changes" in note_bounce(monkeypatch, capsys, a_bounce(message.message_id, message.to))
    other = a_sent_message()
    raw = COMPLAINT.format(kind="abuse", to=other.to, message_id=other.message_id).encode()
    assert "stopped" in note_bounce(monkeypatch, capsys, raw)
    third = a_user().person
    assert "works" in note_bounce(monkeypatch, capsys, email=third.email)
    assert "nobody" in note_bounce(monkeypatch, capsys, email="nobody@example.org", kind="complaint")
    assert "neither" in note_bounce(monkeypatch, capsys, b"Subject: hello\n\nhello")


def test_a_message_id_cannot_be_told_from_another_one(monkeypatch):
    """It is the key by which mail that comes back is believed."""
    monkeypatch.setattr("random.getrandbits", lambda bits: 4)
    with time_machine.travel(LATER, tick=False):
        assert new_message_id() != new_message_id()


@pytest.mark.django_db
def test_mail_that_brings_back_none_of_our_messages_is_believed_by_nobody(monkeypatch, capsys):
    """Anybody can write to the address that bounces go to; what only we and the reader know is the Message-ID."""
    victim = a_user("victim@example.org").person
    for message_id in ("<guessed@kzsim.example>", ""):
        assert "nobody" in note_bounce(monkeypatch, capsys, a_bounce(message_id, victim.email))
        raw = COMPLAINT.format(kind="abuse", to=victim.email, message_id=message_id).encode()
        assert "nobody" in note_bounce(monkeypatch, capsys, raw)
    assert (fresh(victim).bounced_at, fresh(victim).stopped_at) == (None, None)


# --- the webhook -----------------------------------------------------------------------------------------------------

SECRET = "a long random text that two know"


@pytest.fixture
def call(client, settings):
    """Calls the webhook as a provider would."""
    settings.BOUNCE_WEBHOOK_SECRET = SECRET

    def call(body, secret: str = SECRET, age: int = 0, header: str | None = None):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        moment = int(LATER.timestamp()) - age
        signed = f"t={moment},v1={bounces.signature(secret, moment, raw)}" if header is None else header
        with time_machine.travel(LATER, tick=False):
            return client.post(
                "/webhooks/bounces/", raw, content_type="application/json", headers={"X-KZSIM-Signature": signed}
            )

    return call


def test_the_signature_is_what_the_documentation_says():
    """printf '%s' '1795421100.{}' | openssl dgst -sha256 -hmac secret"""
    assert bounces.signature("secret", 1795421100, b"{}") == (
        "6d301276a210260565a52fdcea5e40683f49b825cf7219009fdb766be3074946"
    )


@pytest.mark.django_db
def test_the_webhook_takes_one_event_or_many(call):
    message, other = a_sent_message(), a_user().person
    event = {"kind": "bounce", "message_id": message.message_id.strip("<>"), "status": "5.1.1", "said": "no such user"}
    events = [{"kind": "complaint", "email": other.email}, {"kind": "bounce", "email": "nobody@example.org"}]
    assert call(event).json() == {"paused": 1, "stopped": 0, "failed": 0, "nothing": 0, "nobody": 0}
    assert call({"events": events}).json() == {"paused": 0, "stopped": 1, "failed": 0, "nothing": 0, "nobody": 1}
    assert call([event, *events]).json() == {"paused": 0, "stopped": 0, "failed": 0, "nothing": 2, "nobody": 1}
    assert fresh(message.person).bounce == "no such user"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        ({"kind": "bounce"}, "paused"),
        ({"kind": "bounce", "status": "5.2.2"}, "nothing"),
        ({"kind": "bounce", "status": "4.2.2"}, "nothing"),
        ({"kind": "bounce", "said": "550 5.7.1 spam"}, "nothing"),
        ({"kind": "delay"}, "nothing"),
    ],
)
def test_a_provider_need_not_tell_a_hard_bounce_from_a_soft_one(call, event, outcome):
    person = a_user().person
    assert call(event | {"email": person.email}).json()[outcome] == 1


@pytest.mark.django_db
def test_a_repeat_after_its_owner_resumed_does_no_harm(call):
    person = a_user().person
    event = {"kind": "bounce", "email": person.email}
    assert call(event, age=200).json()["paused"] == 1
    actions.resume_address(person, LATER - timedelta(seconds=100))
    assert call(event, age=200).json()["nothing"] == 1
    assert fresh(person).bounced_at is None


@pytest.mark.django_db
def test_only_who_knows_the_secret_is_heard(call, client, settings):
    person = a_user().person
    event = {"kind": "bounce", "email": person.email}
    assert call(event, secret="another").status_code == 401
    assert call(event, age=301).status_code == 401
    assert call(event, age=-301).status_code == 401
    for header in ("", "t=,v1=", "v1=00", f"t=1,v1={'0' * 64}", "\u00e9"):
        assert call(event, header=header).status_code == 401
    assert fresh(person).bounced_at is None
    assert client.get("/webhooks/bounces/").status_code == 405
    assert not client.cookies
    settings.BOUNCE_WEBHOOK_SECRET = ""
    assert client.get("/webhooks/bounces/").status_code == 404
    assert client.post("/webhooks/bounces/", {}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff", 400),
        ("text", 400),
        ([3], 400),
        ({"events": 3}, 400),
        ({"kind": "bounce"}, 400),
        ({"kind": "sneeze", "email": "a@b.c"}, 400),
        ({"kind": "bounce", "email": ["a@b.c"]}, 400),
        ([{"kind": "delay", "email": "a@b.c"}] * 501, 400),
        (b" " * 500_001, 413),
        ([], 200),
    ],
)
def test_what_cannot_be_understood_is_refused_whole(call, body, status):
    assert call(body).status_code == status


@pytest.mark.django_db
def test_one_bad_event_keeps_the_good_ones_from_being_taken_by_halves(call):
    person = a_user().person
    assert call([{"kind": "bounce", "email": person.email}, {"kind": "?"}]).status_code == 400
    assert fresh(person).bounced_at is None


@pytest.mark.django_db
def test_words_that_no_database_keeps_do_not_stop_the_events_beside_them(call):
    """Else a provider would bring the whole call again and again, and none of it would ever be heard."""
    message, other = a_sent_message(), a_user().person
    odd = {"kind": "bounce", "message_id": message.message_id, "status": "5.1.1", "said": "no\0 such \ud800user" * 5000}
    stray = {"kind": "bounce", "email": "a\0@b.c", "message_id": "\ud800\0"}
    answer = call([odd, stray, {"kind": "bounce", "email": other.email}])
    assert answer.json() == {"paused": 2, "stopped": 0, "failed": 0, "nothing": 0, "nobody": 1}
    message.refresh_from_db()
    assert message.error.startswith("no such user")
    assert len(message.error) == bounces.LONGEST_SAID
