"""Makes the first administrator, or gives an account the rights of one."""

from __future__ import annotations

import getpass
import os
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from kzsim.accounts import sync_address


class Command(BaseCommand):
    help = "Makes an administrator with a verified address. Asks for a password, or takes PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        email = checked_address(options["email"])
        password = os.environ.get("PASSWORD") or asked_password()
        existing = get_user_model().objects.filter(email=email).first()
        try:
            validate_password(password, existing)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        make_admin(email, password)
        said = "is now an administrator, with this password" if existing else "is an administrator"
        self.stdout.write(f"{email} {said}. Sign in at /admin/.")


def checked_address(text: str) -> str:
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise CommandError("Say whom to make an administrator: make admin EMAIL=you@example.com") from None
    return email


def asked_password() -> str:
    try:
        first = getpass.getpass("Password: ")
        if first != getpass.getpass("The same again: "):
            raise CommandError("The two passwords differ.")
    except (EOFError, KeyboardInterrupt):
        raise CommandError("No password was given: type one, or set PASSWORD.") from None
    return first


@transaction.atomic
def make_admin(email: str, password: str) -> None:
    user = get_user_model().objects.filter(email=email).first() or get_user_model()(email=email)
    user.is_staff = user.is_superuser = user.is_active = True
    user.set_password(password)
    user.save()
    EmailAddress.objects.filter(user=user).exclude(email=email).update(primary=False)
    EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    sync_address(user)
