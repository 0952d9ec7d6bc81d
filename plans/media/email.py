"""E-mail: one connection for a chunk of messages, and the sorting of what SMTP says."""

from __future__ import annotations

import smtplib
from contextlib import suppress

from django.conf import settings
from django.core.mail import get_connection

from kzsim.common.mail import assemble
from plans.bounces import mailbox_is_full, mailbox_is_gone

from . import Parcel, Scope, Trouble

# Connect, greeting, two EHLO, STARTTLS, three steps of AUTH, MAIL, RCPT, DATA and the end of the text
# may each wait this long; a lease must outlast them all.
CONVERSATION_STEPS = 12


def longest_conversation() -> int:
    """Seconds that sending one message can take before it is given up."""
    return CONVERSATION_STEPS * settings.EMAIL_TIMEOUT


class Mail:
    """A connection that is opened by the first message and shared by the rest."""

    def __init__(self) -> None:
        self._connection = get_connection()

    def send(self, parcel: Parcel) -> None:
        """Returns once the server has accepted the message. Raises Trouble."""
        mail = assemble(
            to=parcel.to,
            subject=parcel.subject,
            text=parcel.text,
            html=parcel.html,
            message_id=parcel.message_id,
            unsubscribe=parcel.unsubscribe,
        )
        try:
            self._connection.open()
            self._connection.send_messages([mail])
        except (smtplib.SMTPException, OSError) as error:
            raise sorted_out(error) from error
        except ValueError as error:  # an address or a header that cannot be written
            raise Trouble(Scope.MESSAGE, str(error), permanent=True) from error

    def close(self) -> None:
        with suppress(smtplib.SMTPException, OSError):  # the server may have hung up first
            self._connection.close()


def open_transport(_medium: str) -> Mail:
    return Mail()


def sorted_out(error: Exception) -> Trouble:
    """Whether this recipient, this message or this server is the trouble."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        said = _said(code, answer)
        if code == 421:
            return Trouble(Scope.SERVER, said)
        # 5.7 is a matter of policy, such as "relay access denied": it may be our own settings, and be mended.
        return _refused(said, is_gone=mailbox_is_gone(said), permanent=code >= 500 and " 5.7." not in said)
    if isinstance(error, smtplib.SMTPDataError) and error.smtp_code != 421:
        said = _said(error.smtp_code, error.smtp_error)
        # Some servers look for the mailbox only now; without a status it may as well be the text that they refuse.
        is_gone = mailbox_is_gone(said, in_so_many_words=True)
        if is_gone or " 5.2.2 " in said or " 4.2.2 " in said:
            return _refused(said, is_gone=is_gone, permanent=True)
        return Trouble(Scope.MESSAGE, said, permanent=error.smtp_code >= 500)
    if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code == 552:  # larger than the server takes
        return Trouble(Scope.MESSAGE, _said(error.smtp_code, error.smtp_error), permanent=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return Trouble(Scope.SERVER, _said(error.smtp_code, error.smtp_error))
    return Trouble(Scope.SERVER, f"{type(error).__name__}: {error}")


def _refused(said: str, *, is_gone: bool, permanent: bool) -> Trouble:
    """A recipient who is refused. A full mailbox may be emptied; one that stays full for days is as good as gone."""
    is_full = mailbox_is_full(said)
    return Trouble(Scope.RECIPIENT, said, permanent=permanent and not is_full, about_mailbox=is_gone or is_full)


def _said(code: int, answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return f"{code} {text}"
