"""`manage.py load_demo`: a demo account and an editor's; `--people N`: N more people, each with a reminder due now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from guides.models import Operator
from kzsim.common.languages import CODES
from plans import demo


class Command(BaseCommand):
    help = (
        "Adds a demo account with SIMs in every state and prints its login; with --people, people with something due."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--people",
            type=int,
            metavar="N",
            help="add N more people instead, each with a verified address, a SIM and a reminder due now",
        )

        parser.add_argument(
            "--language",
            choices=sorted(CODES),
            default="",
            help="the language that the demo account speaks from now on",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PUBLIC:
            raise CommandError(
                f"{settings.SITE_URL} is public, and the demo's passwords are known to everybody: "
                "load it on a laptop, without KZSIM_URL."
            )
        if not Operator.objects.exists():
            call_command("load_guides", verbosity=0)
        if options["people"] is None:
            self._load_accounts(options["language"])
        else:
            self._load_people(options["people"])

    def _load_accounts(self, language: str) -> None:
        demo.load_account(timezone.now(), language)
        demo.load_editor()
        self.stdout.write(
            f"Demo account:  {demo.EMAIL}  password: {demo.PASSWORD}\n"
            f"Editor:        {demo.EDITOR_EMAIL}  password: {demo.PASSWORD}  (guides, at {settings.SITE_URL}/admin/)\n"
            f"Sign in at {settings.SITE_URL}/accounts/login/."
        )
        if settings.MAILBOX_DIR:
            self.stdout.write(
                f"While the site runs, its reminder comes within two minutes: {settings.SITE_URL}/mailbox/"
            )

    def _load_people(self, count: int) -> None:
        if count < 1:
            raise CommandError("--people wants a whole number above zero.")
        with tqdm(total=count, unit=" people", disable=None) as bar:
            for done in demo.load_people(count, timezone.now()):
                bar.update(done - bar.n)
        self.stdout.write(f"{count} people were added, each with a reminder due now.")
