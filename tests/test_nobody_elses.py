"""Nobody reads or changes another's SIM: walks every address of the site as a stranger and as another user.

The addresses come from the resolver itself, so that one added later is walked as well. All that the owner has
carries one of two ids, which fill every number in an address; a part of another kind needs a line in `VALUES`.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter
from django.utils.http import int_to_base36
from django.utils.regex_helper import normalize

from guides.models import Operator
from kzsim.common.links import Purpose, sign
from plans.answers import Answer
from plans.deadlines import Kind
from plans.models import Address as MediumAddress
from plans.models import (
    BalanceEntry,
    Heartbeat,
    Lot,
    Message,
    Person,
    Plan,
    Receipt,
    Reminder,
    Renewal,
    Sim,
    Stay,
    TiedAccount,
    UsageReading,
)
from tests.builders import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(600)]

IN_USE, DELETED = 424242, 535353  # the ids of all that the owner has
NUMBERS = {IN_USE: "+77015554242", DELETED: "+77015555353"}
EMAIL = "secret-owner@example.org"
LOT = UUID(int=IN_USE)
RECEIPT = b"%PDF-1.7 Receipt-of-Taraz"
LABEL, PLAN, NAME = "Grandmother-in-Taraz", "Freedom-for-Taraz", "Owner-of-Taraz"
ACCOUNT = "Bank-of-Taraz"
CHAT = "chat-key-of-Taraz"

KEYS = [
    *(sign(Purpose.ANSWER, [f"plan:{IN_USE}", TODAY.isoformat(), answer]) for answer in Answer),
    *(sign(Purpose.ANSWER, [f"sim:{IN_USE}", TODAY.isoformat(), answer]) for answer in Answer),
    *(sign(Purpose.ANSWER, [f"care:{IN_USE}", TODAY.isoformat(), answer]) for answer in Answer),
    sign(Purpose.ANSWER, [f"plan:{IN_USE}", TODAY.isoformat(), Answer.TOMORROW, Kind.PLAN_EXPIRES]),
    sign(Purpose.ANSWER, [f"plan:{IN_USE}", TODAY.isoformat(), Answer.STOP, Kind.TRIP]),
    sign(Purpose.ANSWER, [f"care:{IN_USE}", TODAY.isoformat(), Answer.TOMORROW, Kind.CARE]),
    sign(Purpose.UNSUBSCRIBE, [IN_USE, IN_USE]),
]

# What stands for the parts of an address that are not numbers. `token` is a signed link of the owner's: whoever
# holds it may act, so it is only opened, and what is sent to it is sent to a forged one.
VALUES: dict[str, list[Any]] = {
    "token": KEYS,
    "before": [sign(Purpose.USED, [IN_USE, NOW.isoformat(), None, None, True])],  # opens for the owner only
    "lang": ["en"],
    "operator": ["kcell", "all"],
    "lot": [LOT],
    "guide": ["renew-at-a-shop"],
    "tag": ["ZH-tw"],
    "rest": ["guides/"],
    "fact": ["kcell.balance_code"],
    "name": ["1"],  # of a mail in the mailbox, which opens on this machine only
    "key": ["forged-key"],
    "uidb36": [int_to_base36(IN_USE)],
    "object_id": [IN_USE],  # in the admin, as is the next
    "id": [IN_USE],
    "content_type_id": [lambda: ContentType.objects.get_for_model(Sim).pk],
    "app_label": ["plans"],
    "medium": ["webhook", "ntfy", "email"],
    "url": ["plans/"],
}

# Enough for most forms to be valid: what a stranger would send on purpose.
SENT = {
    "number": "+77770000001",
    "operator": "other",
    "label": "stolen",
    "names": "Stolen bank",
    "sims": [str(IN_USE)],
    "since": "",
    "balance": "1",
    "reply": "Баланс: 1 ₸. Следующее списание 12 декабря",
    "take_balance": "on",
    "save": "yes",
    "name": "stolen",
    "price": "1",
    "period": "30d",
    "wording": "until",
    "paid_until": (date.today() + timedelta(days=3)).isoformat(),  # noqa: DTZ011  (any day that may be entered)
    "renews": "hand",
    "amount": "1",
    "data": "1 GB",
    "used_on": "",
    "months": "6",
    "take": "yes",
    "done": "yes",
    "language": "ru",
    "time_zone": "Europe/Berlin",
    "place": "kz",
    "payments": ["cash"],
    "days": "1",
    "hour": "07:00",
    "until": (date.today() + timedelta(days=3)).isoformat(),  # noqa: DTZ011
    "kinds": ["charge"],
    "what": "all",
    "email": "stranger@example.org",
    "post": "yes",
    "plan": [f"{IN_USE}:{TODAY.isoformat()}:{(TODAY + timedelta(days=30)).isoformat()}"],
    "renewed": "no",
    "url": "https://hooks.example/stolen",
    "date_seen": TODAY.isoformat(),
    "action": "delete_selected",
    "_selected_action": [str(IN_USE)],
}

# More that only its owner may change.
NEWER = (
    "accounts-tied/{}/moved/",
    "accounts-tied/{}/remove/",
    "trips/{}/edit/",
    "trips/{}/delete/",
    "trips/{}/settle/",
    "reminders/media/{}/edit/",
    "reminders/media/{}/remove/",
    "reminders/media/{}/again/",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WATCHED = [
    *(model for app in ("plans", "kzsim", "guides") for model in apps.get_app_config(app).get_models()),
    EmailAddress,
]
Rows = dict[tuple[str, Any], dict[str, Any]]


# --- the addresses -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Address:
    path: str
    forged_path: str  # the same with a key that opens nothing
    has_key: bool


def patterns(
    resolver: URLResolver, prefix: str = "", known: dict[str, Any] | None = None
) -> Iterator[tuple[str, dict]]:
    """Each address as a regular expression, with the converters of its parts."""
    for entry in resolver.url_patterns:
        regex = prefix + entry.pattern.regex.pattern.removeprefix("^").replace("\\Z", "")
        converters = (known or {}) | entry.pattern.converters
        if isinstance(entry, URLPattern):
            yield regex, converters
        else:
            yield from patterns(entry, regex, converters)


def values_for(name: str, converter: Any, regex: str) -> list[Any]:
    if isinstance(converter, IntConverter):
        return [IN_USE, DELETED]
    if name not in VALUES:
        pytest.fail(f"{regex} has a part {name!r} nobody knows: add what stands for it to VALUES in {__file__}")
    return [value() if callable(value) else value for value in VALUES[name]]


def addresses() -> list[Address]:
    found = []
    for regex, converters in patterns(get_resolver()):
        template, names = normalize(regex)[0]
        choices = [values_for(name, converters.get(name), regex) for name in names]
        for chosen in product(*choices):
            values = dict(zip(names, chosen, strict=True))
            forged = values | ({"token": f"{values['token'][:-3]}abc"} if "token" in values else {})
            found.append(Address(f"/{template % values}", f"/{template % forged}", "token" in values))
    return found


# --- what the owner has --------------------------------------------------------------------------------


@pytest.fixture
def owner():
    """An account with one of everything under the one id, and the same, deleted, under the other."""
    user = get_user_model().objects.create_user(EMAIL, "a long password 7", pk=IN_USE)
    EmailAddress.objects.create(pk=IN_USE, user=user, email=EMAIL, primary=True, verified=True)
    person = Person.objects.create(
        pk=IN_USE, user=user, email=EMAIL, name=NAME, email_verified=True, language="en", place="abroad"
    )
    operator = Operator.objects.get_or_create(slug="kcell", defaults={"name": "Kcell"})[0]
    Heartbeat.objects.create(name="tick", at=NOW)
    message = Message.objects.create(
        pk=IN_USE,
        kind="reminders",
        person=person,
        to=EMAIL,
        subject=f"{LABEL}: ends today",
        text=f"{LABEL} {PLAN}",
        html=f"<p>{LABEL} {PLAN}</p>",
        message_id="<1@test>",
        state="failed",
        posted_at=NOW,
    )
    MediumAddress.objects.create(
        pk=IN_USE,
        person=person,
        medium="webhook",
        to={"url": "https://hooks.example/", "secret": CHAT},
        added_at=NOW,
        stopped_at=NOW,
    )
    Lot.objects.create(pk=LOT, owner=user, kind="archived", sims={str(IN_USE): LABEL}, made_at=NOW)
    for pk, deleted_at in ((IN_USE, None), (DELETED, NOW)):
        sim = Sim.objects.create(
            pk=pk,
            owner=user,
            person=person,
            number=NUMBERS[pk],
            operator=operator,
            label=LABEL,
            last_activity_on=TODAY - timedelta(days=60),
            keep_alive=True,
            deleted_at=deleted_at,
        )
        plan = Plan.objects.create(
            pk=pk, sim=sim, name=PLAN, price=4990, paid_until=TODAY, said_at=NOW, deleted_at=deleted_at
        )
        Renewal.objects.create(
            pk=pk, plan=plan, from_date=TODAY, to_date=TODAY, made_at=NOW, before=renewal_before(plan), lot=LOT
        )
        Receipt.objects.create(
            pk=pk,
            renewal_id=pk,
            file=ContentFile(RECEIPT, "receipt.pdf"),
            name=f"{LABEL}.pdf",
            content_type="application/pdf",
            size=len(RECEIPT),
            added_at=NOW,
        )
        TiedAccount.objects.create(pk=pk, sim=sim, name=ACCOUNT, deleted_at=deleted_at)
        Stay.objects.create(pk=pk, person=person, place="kz", until=TODAY - timedelta(days=9), deleted_at=deleted_at)
        BalanceEntry.objects.create(pk=pk, sim=sim, amount=777, on=TODAY, said_at=NOW)
        UsageReading.objects.create(pk=pk, sim=sim, kind="data", left=888, said_at=NOW)
        Reminder.objects.create(
            pk=pk,
            person=person,
            medium="email",
            subject=f"plan:{pk}",
            kind="plan_expires",
            deadline=TODAY,
            occurrence="0",
            sim=sim,
            plan=plan,
            message=message,
            state="failed",
            planned_for=NOW,
        )
    return user


def renewal_before(plan: Plan) -> dict[str, Any]:
    fields = ("name", "period", "renews", "currency", "first_said")
    missing = ("paid_until", "anchor", "said_at", "closed_at", "last_activity_on", "activity_said_at")
    return (
        {name: getattr(plan, name) for name in fields}
        | dict.fromkeys(missing)
        | {
            "price": "4990",
            "activity_first_said": True,
        }
    )


@pytest.fixture
def stranger() -> Client:
    return Client()


@pytest.fixture
def another(owner) -> Client:
    user = get_user_model().objects.create_user("another@example.org", "a long password 7")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    Person.objects.create(user=user, email=user.email, email_verified=True)
    client = Client()
    client.force_login(user)
    return client


def rows() -> Rows:
    """All that the site keeps."""
    return {
        (model._meta.label, values[model._meta.pk.attname]): values
        for model in WATCHED
        for values in model._default_manager.values()
    }


def is_owners(key: tuple[str, Any]) -> bool:
    return key[1] in (IN_USE, DELETED)


def points_to_owner(key: tuple[str, Any], values: dict[str, Any]) -> bool:
    model = apps.get_model(key[0])
    links = [field.attname for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
    return any(values[name] in (IN_USE, DELETED) for name in links)


def changes(before: Rows, after: Rows) -> list[str]:
    """What happened to the owner's rows and the guides, or was added to them."""
    found = [
        f"{label} {pk} was {'changed' if (label, pk) in after else 'deleted'}"
        for (label, pk), values in before.items()
        if (is_owners((label, pk)) or label.startswith("guides.")) and after.get((label, pk)) != values
    ]
    found += [f"{key[0]} was added" for key in after.keys() - before.keys() if points_to_owner(key, after[key])]
    return found


# --- the walk ------------------------------------------------------------------------------------------


@dataclass
class Walk:
    """Sends every method to every address; each visit starts from the same rows, cookies and cache."""

    client: Client
    leaks: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)

    def everywhere(self) -> Walk:
        self.client.raise_request_exception = False
        before = rows()
        for address in addresses():
            for method in METHODS:
                self.visit(method, address, before)
        return self

    def visit(self, method: str, address: Address, before: Rows) -> None:
        path = address.path if method == "GET" else address.forged_path
        cookies = self.client.cookies.copy()
        with transaction.atomic():
            response = self.request(method, path)
            self.note(f"{method} {path}", response, address, changes(before, rows()))
            transaction.set_rollback(True)
        self.client.cookies = cookies
        cache.clear()

    def request(self, method: str, path: str) -> Any:
        if method in ("PUT", "PATCH"):
            return self.client.generic(method, path, b'{"label": "stolen"}', content_type="application/json")
        return getattr(self.client, method.lower())(path, SENT if method == "POST" else None)

    def note(self, visit: str, response: Any, address: Address, changed: list[str]) -> None:
        self.changed |= {f"{visit}: {change}" for change in changed}
        if response.status_code >= 500 and not visit.endswith(" /healthz"):
            self.broken.add(f"{visit}: {response.status_code}")
        text = text_of(response)
        holder_may_see = {LABEL} if address.has_key else set()
        self.leaks |= {f"{visit}: shows {secret}" for secret in secrets_in(text) - holder_may_see}


def text_of(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return html.unescape(f"{headers}\n{body.decode(errors='replace')}")


def secrets_in(text: str) -> set[str]:
    """Which of the owner's secrets a page shows; a number in any way of writing it."""
    digits = "".join(filter(str.isdigit, text))
    numbers = {number for number in NUMBERS.values() if number.removeprefix("+7") in digits}
    return numbers | {secret for secret in (EMAIL, LABEL, PLAN, NAME, ACCOUNT, CHAT) if secret in text}


@pytest.mark.parametrize("visitor", ["stranger", "another"])
def test_nobody_else_reads_or_changes_what_is_the_owners(owner, visitor, request):
    walk = Walk(request.getfixturevalue(visitor)).everywhere()
    assert sorted(walk.leaks) == []
    assert sorted(walk.changed) == []
    assert sorted(walk.broken) == []


def test_the_walk_would_notice(owner):
    """As the owner, the same walk finds the secrets shown and the rows changed."""
    client = Client()
    client.force_login(owner)
    walk = Walk(client).everywhere()
    assert f"GET /sims/{IN_USE}/: shows {NUMBERS[IN_USE]}" in walk.leaks
    assert f"GET /sims/{IN_USE}/: shows {LABEL}" in walk.leaks
    assert f"GET /sims/{IN_USE}/accounts/: shows {ACCOUNT}" in walk.leaks
    assert f"GET /reminders/media/{IN_USE}/edit/: shows {CHAT}" in walk.leaks
    for action in (
        *("sims/{}/edit/", "sims/{}/delete/", "plans/{}/edit/", "plans/{}/renew/", "renewals/{}/undo/"),
        *("sims/{}/balance/", "sims/{}/top-up/", "money/{}/take-back/", "sims/{}/left/", "uses/{}/undo/"),
        *NEWER,
    ):
        path = action.format(IN_USE)
        assert any(change.startswith(f"POST /{path}: ") for change in walk.changed), path
    assert f"GET /renewals/{IN_USE}/receipts/{IN_USE}/: shows {LABEL}" in walk.leaks
    assert any(change.startswith(f"POST /renewals/{IN_USE}/receipts/{IN_USE}/delete/: ") for change in walk.changed)
    assert any(change.startswith(f"POST /sims/{DELETED}/restore/: ") for change in walk.changed)
    assert not [change for change in walk.changed if change.startswith("GET ")]
