"""What servers say, sorted into what their readers can do about it."""

import pytest

from plans.models.reminders import Medium
from plans.troubles import Cause, advice, cause_of


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("550 5.1.1 <a@b.kz>: Recipient address rejected: User unknown", Cause.NO_SUCH_ADDRESS),
        ("550 no such user", Cause.NO_SUCH_ADDRESS),
        ("553 5.1.3 bad address syntax", Cause.NO_SUCH_ADDRESS),
        ("550 5.2.1 mailbox disabled", Cause.NO_SUCH_ADDRESS),
        ("452 4.2.2 The email account that you tried to reach is over quota", Cause.FULL),
        ("552 5.2.2 mailbox full", Cause.FULL),
        ("552 5.3.4 message size exceeds fixed limit", Cause.LARGE),
        ("550 5.7.1 message rejected as spam", Cause.REFUSED),
        ("554 spam message rejected", Cause.REFUSED),
        ("550 blocked using dnsbl", Cause.REFUSED),
        ("450 4.7.1 greylisted, try again later", Cause.AWAY),
        ("421 too many connections", Cause.AWAY),
        ("ConnectionRefusedError: [Errno 111] Connection refused", Cause.AWAY),
        ("TimeoutError: timed out", Cause.AWAY),
        ("501 5.5.4 syntax", Cause.OTHER),
        ("", Cause.OTHER),
    ],
)
def test_what_mail_servers_say(said, cause):
    assert cause_of(Medium.EMAIL, said) is cause


@pytest.mark.parametrize(
    ("medium", "said", "cause"),
    [
        (Medium.TELEGRAM, "HTTP 403: 403 Forbidden: bot was blocked by the user", Cause.LEFT),
        (Medium.TELEGRAM, "HTTP 400: 400 Bad Request: chat not found", Cause.KEY),
        (Medium.TELEGRAM, "HTTP 429: 429 Too Many Requests", Cause.AWAY),
        (Medium.DISCORD, "HTTP 404: 10015 Unknown Webhook", Cause.KEY),
        (Medium.NTFY, "HTTP 401: 40101 unauthorized", Cause.KEY),
        (Medium.NTFY, "HTTP 502", Cause.AWAY),
        (Medium.WECOM, "HTTP 200: 40058 invalid Request Parameter", Cause.REFUSED),
        (Medium.WEBHOOK, "HTTP 500", Cause.PROGRAM),
        (Medium.WEBHOOK, "HTTP 404", Cause.PROGRAM),
        (Medium.WEBHOOK, "HTTP 413", Cause.LARGE),
        (Medium.MATRIX, "The server could not be reached.", Cause.OTHER),
    ],
)
def test_what_web_services_say(medium, said, cause):
    assert cause_of(medium, said) is cause


def test_what_passes_by_itself_needs_nobody():
    told = advice(Medium.EMAIL, "E-mail", "421 busy", is_over=False)
    assert "we go on trying" in told.to_do
    assert "we go on trying" not in advice(Medium.EMAIL, "E-mail", "421 busy", is_over=True).to_do


@pytest.mark.parametrize("medium", Medium)
@pytest.mark.parametrize("said", ["", "550 x", "HTTP 500", "The server could not be reached.", "501 5.5.4 syntax"])
def test_every_trouble_has_a_reason_and_something_to_do(medium, said):
    told = advice(medium, "Chat", said, is_over=True)
    assert told.why
    assert "Project-Id-Version" not in told.why  # which is what the translation of nothing is
    assert told.to_do


def test_the_other_sides_words_are_quoted_where_they_are_its_own():
    assert advice(Medium.WEBHOOK, "x", "HTTP 410", is_over=True).said == "HTTP 410"
    assert advice(Medium.EMAIL, "x", "550 5.1.1 no such user", is_over=True).said == "550 5.1.1 no such user"
    assert advice(Medium.EMAIL, "x", "The server could not be reached.", is_over=False).said == ""
    assert advice(Medium.EMAIL, "x", "501 5.5.4 syntax", is_over=True).said == ""  # `why` holds it already
