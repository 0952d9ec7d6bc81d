"""On one's own machine e-mails are kept as files and shown to this machine only."""

from __future__ import annotations

from email.message import EmailMessage as PlainMessage

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection

from kzsim import mailbox


@pytest.fixture(autouse=True)
def kept_in(settings, tmp_path):
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    settings.EMAIL_BACKEND = "kzsim.mailbox.MailboxBackend"
    return settings.MAILBOX_DIR


def a_mail(
    subject="Kcell ends on Saturday", html="<html><head></head><body><p style='color:red'>Renew</p></body></html>"
):
    mail = EmailMultiAlternatives(
        subject, "Renew <soon>\nhttps://sim.example/x", "KZSIM <k@x.example>", ["a@x.example"]
    )
    mail.extra_headers["List-Unsubscribe"] = "<https://sim.example/stop>"
    if html:
        mail.attach_alternative(html, "text/html")
    mail.attach("sim.ics", "BEGIN:VCALENDAR", "text/calendar")
    return mail


def send(*mails):
    return get_connection().send_messages(list(mails))


@pytest.mark.django_db
def test_an_empty_mailbox_says_so(client):
    assert "No e-mail yet" in client.get("/mailbox/").content.decode()


@pytest.mark.django_db
def test_the_newest_mail_stands_first(client):
    assert send(a_mail("first one"), a_mail("second one")) == 2

    page = client.get("/mailbox/").content.decode()

    assert 0 < page.index("second one") < page.index("first one")
    assert "a@x.example" in page


@pytest.mark.django_db
def test_a_mail_is_shown_with_headers_text_and_attachments(client, kept_in):
    send(a_mail("Prices: 5 < 6 & «quoted» 话费"))
    [path] = kept_in.iterdir()

    page = client.get(f"/mailbox/{path.stem}/").content.decode()

    assert "Prices: 5 &lt; 6 &amp; «quoted» 话费" in page
    assert "https://sim.example/stop" in page
    assert "Renew &lt;soon&gt;" in page
    assert "sim.ics" in page
    assert f'src="/mailbox/{path.stem}/html/"' in page
    assert "sandbox=" in page
    assert "allow-scripts" not in page


@pytest.mark.django_db
def test_the_html_of_a_mail_has_a_policy_of_its_own(client, kept_in):
    send(a_mail())
    [path] = kept_in.iterdir()

    response = client.get(f"/mailbox/{path.stem}/html/")
    policy = response["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert '<head><base target="_blank"></head>' in response.content.decode()


@pytest.mark.django_db
def test_a_mail_without_html_has_no_such_page(client, kept_in):
    send(a_mail(html=""))
    [path] = kept_in.iterdir()

    assert "iframe" not in client.get(f"/mailbox/{path.stem}/").content.decode()
    assert client.get(f"/mailbox/{path.stem}/html/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["20260101T000000000000-abcd1234", "secret_key", "x.eml", "..%2Fsecret_key"])
def test_what_is_no_kept_mail_is_not_found(client, kept_in, name):
    kept_in.mkdir()
    (kept_in.parent / "secret_key").write_text("s")

    assert client.get(f"/mailbox/{name}/").status_code == 404
    assert client.get(f"/mailbox/{name}/html/").status_code == 404


@pytest.mark.django_db
def test_nobody_else_sees_the_mailbox(client, kept_in, settings):
    send(a_mail())
    [path] = kept_in.iterdir()
    pages = ["/mailbox/", f"/mailbox/{path.stem}/", f"/mailbox/{path.stem}/html/"]

    for page in pages:
        assert client.get(page).status_code == 200
        assert client.get(page, REMOTE_ADDR="192.168.1.5").status_code == 404
        assert client.get(page, headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
        assert client.post(page).status_code == 405
    settings.MAILBOX_DIR = None
    for page in pages:
        assert client.get(page).status_code == 404


def test_only_the_newest_stay(kept_in, monkeypatch):
    monkeypatch.setattr(mailbox, "KEPT", 3)
    for number in range(5):
        message = PlainMessage()
        message["Subject"] = f"number {number}"
        mailbox.keep(message.as_bytes())

    subjects = {mailbox.KeptMail.read(path).subject for path in kept_in.iterdir()}

    assert subjects == {"number 2", "number 3", "number 4"}
