"""How allauth, which owns signing in, fits into this site.

The rules of our own: mail goes through the outbox; links in it lead to the site's own address; an account is found
by the address that it really has; sign-up stores language and time zone without asking; and no page tells a stranger
which addresses have an account. One exception cannot be helped: who signs up with a password is let in at once, so
that a SIM can be added before the address is verified, and who names another's address is not.
"""

from __future__ import annotations

import functools
import zoneinfo
from typing import Any

from allauth.account import auth_backends
from allauth.account import forms as allauth_forms
from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed, email_confirmed
from allauth.account.utils import passthrough_next_redirect_url
from allauth.account.views import ConfirmEmailView, ConfirmLoginCodeView
from allauth.core import context as allauth_context
from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext_lazy as _

from kzsim.models import User
from kzsim.passwords import PASSWORD_RULE
from plans import actions, outbox, tasks
from plans.models import Person

_AT_SIGN_UP = "at_sign_up"  # in the session: the door by which they came, to go back to
LONGEST_ADDRESS = 254  # what mail can carry, and the database keeps


class AuthenticationBackend(auth_backends.AuthenticationBackend):
    """Every page asks who is signed in, and then who is reminded: both in one question."""

    def get_user(self, user_id: int) -> User | None:
        user = get_user_model().objects.select_related("person").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


def owner_of(email: str) -> User | None:
    """The account whose own address this is. allauth would also find accounts that only asked to change to it, and
    would let whoever reads that mailbox into them."""
    return get_user_model().objects.filter(email=email.lower()).first()


def sync_address(user: User) -> None:
    """Makes the person's address, and whether it is verified, follow the primary address of the account."""
    address = EmailAddress.objects.filter(user=user, primary=True).first()
    email, verified = (address.email, address.verified) if address else (user.email, False)
    actions.set_address(Person.objects.of_user(user), email, verified, timezone.now())


@receiver([email_confirmed, email_changed])
def _address_changed(request: HttpRequest, **facts: Any) -> None:
    """allauth verified or replaced an address."""
    address = facts.get("email_address") or facts["to_email_address"]
    _forget_password_of_unproven_owner(request, address)
    sync_address(address.user)


def _forget_password_of_unproven_owner(request: HttpRequest, address: EmailAddress) -> None:
    """Who signs in by code to an account whose address nobody had verified proves to be its owner; the password may
    be somebody else's, who registered the address first, and must not open the account any longer. Nor may the chats,
    devices and the calendar that they connected tell them of its owner's SIMs."""
    user = address.user
    by_code = any(record["method"] == "code" for record in get_authentication_records(request, user))
    if by_code and not request.user.is_authenticated and user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])
        actions.forget_ways(Person.objects.of_user(user), timezone.now())
        messages.info(
            request,
            _("The password set before your address was verified no longer works. You can choose a new one."),
        )


@functools.cache
def _known_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def known_zone(name: str) -> str:
    """`name`, or the site's own zone where it is none."""
    return name if name in _known_zones() else settings.TIME_ZONE


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": _("This is not the code. Look into the newest mail from us, or ask for a new code."),
        "email_password_mismatch": _("The address or the password is not right. You can also sign in with a code."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, please."),
    }

    def clean_email(self, email: str) -> str:
        MaxLengthValidator(LONGEST_ADDRESS)(email)
        return email

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGNUP_OPEN

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Posts the mail to the outbox, in the language of the page: no page ever waits for a mail server."""
        values = context | {"email": email, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
        subject = " ".join(render_to_string(f"{template_prefix}_subject.txt", values).split())
        text = render_to_string(f"{template_prefix}_message.txt", values).strip() + "\n"
        html = render_to_string(f"{template_prefix}_message.html", values)
        user = context.get("user") or owner_of(email)
        person = Person.objects.of_user(user) if user else None
        tasks.ring(outbox.post_account_mail(email, subject, text, html, person=person))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return settings.SITE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def get_reset_password_from_key_url(self, key: str) -> str:
        user, _dash, token = key.partition("-")
        return settings.SITE_URL + reverse("account_reset_password_from_key", args=[user, token])


class SignupForm(allauth_forms.SignupForm):
    """A password or, with the button named `by_code`, none: then a code is sent to the address."""

    time_zone = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-fill": "time-zone"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = PASSWORD_RULE
        self.fields["email"].error_messages["required"] = _("Enter your e-mail address.")
        self.by_code = "by_code" in self.data

    def validate_unique_email(self, value: str) -> str:
        self.account_already_exists = owner_of(value) is not None
        return value

    def clean(self) -> dict[str, Any]:
        if self.by_code:
            self.errors.pop("password1", None)
            self.cleaned_data["password1"] = ""
        data = super().clean()
        if not self.by_code and not data.get("password1") and "password1" not in self.errors:
            self.add_error("password1", _("Choose a password, or let us send you a code instead."))
        if not self.errors and (self.by_code or self.account_already_exists):
            self._refuse_floods(data["email"])
        return data

    def _refuse_floods(self, email: str) -> None:
        if not ratelimit.consume(allauth_context.request, action="request_login_code", key=email):
            raise get_adapter().validation_error("too_many_login_attempts")

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Whoever names an address that has an account gets a code there, like everybody who signs up by code. If they
        also chose a password, they must hear that it counts for nothing."""
        try:
            user = owner_of(self.cleaned_data["email"]) or self.save(request)
        except IntegrityError:  # somebody, or a second tap, was first
            self.account_already_exists = True
            user = owner_of(self.cleaned_data["email"])
        if self.account_already_exists and not self.by_code:
            said = _("If this address had an account before, its password stays as it was: the code lets you in.")
            messages.info(request, said)
        if self.account_already_exists or self.by_code:
            return user, _ask_for_code(request, user)
        return user, None

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        user = super().save(request)
        # allauth makes no address where another account once asked to change to it, but this one signs in with it.
        EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
        Person.objects.of_user(
            user,
            language=get_language_from_request(request),
            time_zone=known_zone(self.cleaned_data["time_zone"]),
        )
        sync_address(user)
        return user


def _ask_for_code(request: HttpRequest, user: User) -> HttpResponse:
    LoginCodeVerificationProcess.initiate(request=request, user=user, email=user.email)
    request.session[_AT_SIGN_UP] = True
    return redirect(passthrough_next_redirect_url(request, reverse("account_confirm_login_code"), "next"))


def _address_to_write_to(email: str, owner: User | None) -> str:
    """The account's own address, never the one typed: unlike letters can have the same small one (K and the Kelvin
    sign), and what opens an account must not reach another mailbox."""
    return owner.email if owner else email.lower()


class RequestLoginCodeForm(allauth_forms.RequestLoginCodeForm):
    def clean_email(self) -> str:
        email = get_adapter().clean_email(super().clean_email())
        owner = owner_of(email)
        self._user = owner if owner and owner.is_active else None
        return _address_to_write_to(email, owner)


class ConfirmLoginCodeForm(allauth_forms.ConfirmLoginCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code from the mail")
        self.fields["code"].widget.attrs |= {
            "class": "code-input",
            "placeholder": "",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "autofocus": True,
        }


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    def clean_email(self) -> str:
        email = super().clean_email()
        owner = owner_of(email)
        self.users = [owner] if owner and owner.is_active else []
        return _address_to_write_to(email, owner)


class ChangeEmailForm(allauth_forms.AddEmailForm):
    """A verified address stays until the new one is verified; one that never was has nothing to lose, and gives way
    at once, so that a mistyped address can be mended."""

    def save(self, request: HttpRequest) -> EmailAddress:
        email = self.cleaned_data["email"]
        with transaction.atomic():
            current, _made = EmailAddress.objects.get_or_create(
                user=self.user, primary=True, defaults={"email": self.user.email}
            )
            EmailAddress.objects.filter(user=self.user, primary=False).delete()
            if current.verified or owner_of(email):
                address = EmailAddress.objects.create(user=self.user, email=email)
            else:
                # A row of its own: the links that were mailed to the old address name the old row.
                current.delete()
                address = EmailAddress.objects.create(user=self.user, email=email, primary=True)
                self.user.email = email
                self.user.save(update_fields=["email"])
                sync_address(self.user)
        send_verification_email_to_address(request, address)
        return address


class _OnePassword:
    """Typing a password twice on a telephone helps nobody: who mistypes it asks for a code or a reset."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        self.fields["password1"].help_text = PASSWORD_RULE


class ChangePasswordForm(_OnePassword, allauth_forms.ChangePasswordForm):
    pass


class SetPasswordForm(_OnePassword, allauth_forms.SetPasswordForm):
    pass


class ResetPasswordKeyForm(_OnePassword, allauth_forms.ResetPasswordKeyForm):
    def save(self) -> None:
        """Who brings the link reads the mailbox. Where nobody had shown that before, all may be somebody else's."""
        super().save()
        person = Person.objects.of_user(self.user)
        if not person.email_verified:
            actions.forget_ways(person, timezone.now())


class ConfirmAddress(ConfirmEmailView):
    """The page behind the link in the mail: only its button does anything."""

    def get_object(self, queryset: Any = None) -> Any:
        confirmation = super().get_object(queryset)
        address = confirmation.email_address
        owner = owner_of(address.email)
        if owner and owner.pk != address.user_id:
            raise Http404
        return confirmation

    def logout_other_user(self, confirmation: Any) -> None:
        """allauth signs another user out as soon as the link is opened."""
        if self.request.method == "POST":
            super().logout_other_user(confirmation)


class ConfirmLoginCode(ConfirmLoginCodeView):
    """The page that asks for the code. Whoever has to begin again comes back to where they began, and keeps what they
    brought along."""

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        is_new = settings.SIGNUP_OPEN and self.request.session.get(_AT_SIGN_UP, False)
        door = self.passthrough_next_url(reverse("account_signup" if is_new else "account_login"))
        return super().get_context_data(**values) | {"is_new": is_new, "door": door}

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        if self._process.record_invalid_attempt():
            return self.render_to_response(self.get_context_data(form=form))
        messages.error(self.request, _("The code was wrong too often and does not work any more. Ask for a new one."))
        return redirect(self.passthrough_next_url(reverse("account_request_login_code")))
