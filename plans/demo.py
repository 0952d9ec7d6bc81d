"""A demo account with SIMs in every state, and any number of people with something due.

For a laptop only: the passwords are written here for everybody to read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser, Group
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from guides.models import Confidence, Operator, Tariff, raise_revision
from guides.situation import PaymentMethod, Place
from plans import actions, schedule
from plans.models import Person, Plan, Sim, Stay
from plans.models.people import not_asked_for
from plans.usage import Allowance

EMAIL = "demo@kzsim.example"
EDITOR_EMAIL = "editor@kzsim.example"
PASSWORD = "keep-my-number"  # noqa: S105  (for a laptop, and meant to be known)
EDITORS = "Editors"
PEOPLE_DOMAIN = "demo.example"
PEOPLE_END_IN = 3  # days: the first lead has passed, so that a reminder is due at once
DEMO_PRICE = Decimal(4990)
_BATCH = 1000
_ACCOUNTS = ("Kaspi", "eGov", "WhatsApp", "Halyk")


@dataclass(frozen=True)
class DemoSim:
    """One SIM of the demo account. `ends_in`: days from today, None for a date nobody knows."""

    number: str
    operator: str
    label: str
    plan: dict[str, Any] | None = None
    ends_in: int | None = None
    balance: Decimal | None = None
    quiet_days: int | None = None  # since the last paid activity, where the number is kept alive
    place: str = ""
    was: Decimal | None = None  # what its tariff cost until now, where that has just risen
    care_months: int | None = None  # between backups; the last was two thirds of that ago
    data_left: tuple[tuple[int, int], ...] = ()  # days ago, megabytes; the first is the whole allowance
    accounts: tuple[str, ...] = ()  # tied to the number
    is_telling: bool = False  # one of the handful that show a newcomer what there is to see

    def last_day(self, today: date) -> date | None:
        return None if self.ends_in is None else today + timedelta(days=self.ends_in)


def demo_sims() -> list[DemoSim]:
    """A SIM in each state: ends soon, urgent, over, unknown, fine, kept alive from abroad, too little money; named in
    the active language."""
    return [
        DemoSim(
            *("+77015550101", "kcell", _("My phone"), _plan("Freedom", 4590, "30d"), 21),
            was=Decimal(4590),
            is_telling=True,
        ),
        DemoSim("+77075550102", "tele2", _("Till 14"), _plan(_("For the shop"), 2990, "28d"), 1, is_telling=True),
        DemoSim("+77055550103", "beeline", _("Router at the dacha"), _plan(_("Home internet"), 5490, "month"), 6),
        DemoSim("+77025550104", "activ", _("Old phone"), _plan(_("A week online"), 990, "7d"), -2),
        DemoSim("+77085550105", "izi", _("Daughter’s phone"), _plan(_("School"), 1990, "30d")),
        DemoSim(
            *("+77775550106", "beeline", _("For the bank, abroad")),
            quiet_days=56,
            place=Place.ABROAD,
            care_months=3,
            accounts=_ACCOUNTS,
            is_telling=True,
        ),
        DemoSim(
            "+77475550107",
            "altel",
            _("Mum’s phone"),
            _plan(_("Calls and a little data"), 2490, "30d", Plan.Renews.AUTO) | {"fallback_fee": Decimal(190)},
            3,
            balance=Decimal(900),
            is_telling=True,
        ),
        DemoSim(
            "+77015550108",
            "kcell",
            _("Tablet"),
            _plan(_("Only internet"), 3990, "30d"),
            11,
            data_left=((18, 20480), (9, 13000), (3, 7900), (1, 6144)),
            is_telling=True,
        ),
    ]


def _plan(name: str, price: int, period: str, renews: str = Plan.Renews.HAND) -> dict[str, Any]:
    return {"name": name, "price": Decimal(price), "currency": "KZT", "period": period, "renews": renews}


@transaction.atomic
def load_account(now: datetime, language: str = "") -> None:
    """Makes the demo account, or brings its SIMs back into their states; what was sent today is not due again. It
    speaks its own language, or this one from now on."""
    user = _account(EMAIL)
    person = Person.objects.of_user(user)
    person.language = language or person.language
    person.place, person.payments = Place.KAZAKHSTAN, [PaymentMethod.CASH, PaymentMethod.KASPI]
    person.email, person.email_verified, person.muted_kinds = EMAIL, True, not_asked_for()
    person.stopped_at = person.paused_until = None
    person.steps_over_at = person.steps_over_at or now
    actions.save_person(person, now)
    operators = {operator.slug: operator for operator in Operator.objects.all()}
    with translation.override(person.language):
        for demo in demo_sims():
            load_sim(demo, person, operators.get(demo.operator), now)
    _load_trip(person, now)


@transaction.atomic
def load_editor() -> None:
    """An account that may change the guides, and sees nothing that users own."""
    editor = _account(EDITOR_EMAIL)
    editor.is_staff = True
    editor.save(update_fields=["is_staff"])
    editor.groups.add(Group.objects.get_or_create(name=EDITORS)[0])


def load_people(count: int, now: datetime) -> Iterator[int]:
    """Adds so many people with one reminder due now each; yields how many stand after each batch."""
    first = _next_person()
    operators = list(Operator.objects.all()) or [None]
    for start in range(0, count, _BATCH):
        _load_batch(range(first + start, first + min(start + _BATCH, count)), operators, now)
        yield min(start + _BATCH, count)


def _account(email: str) -> AbstractBaseUser:
    user, _made = get_user_model().objects.get_or_create(email=email)
    if not user.check_password(PASSWORD):  # setting it again would sign everybody out
        user.set_password(PASSWORD)
    user.is_active = True
    user.save()
    EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    Person.objects.of_user(user, email_verified=True)
    return user


def load_sim(
    demo: DemoSim, person: Person, operator: Operator | None, now: datetime, *, is_sample: bool = False
) -> None:
    """Makes this SIM, or brings it back into its state."""
    user = person.user
    sims = Sim.objects.filter(owner=user, number=demo.number, is_sample=is_sample).order_by("deleted_at")
    sim = sims.filter(deleted_at=None).first() or sims.first()
    sim = sim or Sim(owner=user, number=demo.number, is_sample=is_sample)
    sim.person, sim.operator, sim.label, sim.place = person, operator, demo.label, demo.place
    sim.archived_at = sim.deleted_at = None
    sim.reminders_off = False
    last_activity = None if demo.quiet_days is None else sim.today(now) - timedelta(days=demo.quiet_days)
    activity_changed = sim.last_activity_on != last_activity
    sim.last_activity_on, sim.keep_alive, sim.inactivity_days = last_activity, last_activity is not None, None
    sim.care_months = demo.care_months
    sim.cared_on = sim.care_since = demo.care_months and sim.today(now) - timedelta(days=demo.care_months * 20)
    actions.save_sim(sim, activity_changed=activity_changed, now=now)
    sim.tied_accounts.all().delete()
    actions.add_accounts(sim, demo.accounts, now)
    if demo.plan:
        _load_plan(demo, sim, now)
    if demo.was is not None:
        _raise_price(demo, sim, now)
    if demo.balance is not None and not sim.balance_entries.filter(on=sim.today(now), amount=demo.balance).exists():
        sim.balance_entries.all().delete()
        actions.read_balance(sim, demo.balance, now)
    if demo.data_left:
        _load_use(demo, sim, now)


def _load_trip(person: Person, now: datetime) -> None:
    """A month abroad, in which one plan lasts and others do not."""
    person.stays.all().delete()
    first = person.today(now) + timedelta(days=20)
    actions.save_stay(Stay(person=person, place=Place.ABROAD, since=first, until=first + timedelta(days=30)), now)


def _load_plan(demo: DemoSim, sim: Sim, now: datetime) -> None:
    plan = sim.plans.order_by("deleted_at", "archived_at", "pk").first() or Plan(sim=sim)
    for field, value in demo.plan.items():
        setattr(plan, field, value)
    plan.data_mb = demo.data_left[0][1] if demo.data_left else None
    plan.archived_at = plan.deleted_at = plan.closed_at = None
    plan.reminders_off = False
    actions.save_plan(plan, paid_until=demo.last_day(sim.today(now)), now=now)
    if not plan.first_said:
        # Said as if for the first time, so that a lead that has passed is due at once, today as well.
        plan.first_said = True
        plan.save(update_fields=["first_said"])
        schedule.reschedule(sim, now)


def _raise_price(demo: DemoSim, sim: Sim, now: datetime) -> None:
    """Its tariff has just become dearer than its owner knows."""
    if sim.operator is None:
        return
    tariff, _made = Tariff.objects.update_or_create(
        operator=sim.operator,
        name=f"{demo.plan['name']} (demo)",
        period=demo.plan["period"],
        defaults={
            "price": DEMO_PRICE,
            "price_since": None,
            "source": _("an example of the demo, and no real offer"),
            "seen_on": sim.today(now),
            "confidence": Confidence.ONE_SOURCE,
        },
    )
    Tariff.objects.filter(pk=tariff.pk).update(price_changed_at=now)
    told = {"tariff_price": demo.was, "tariff_said_at": now - timedelta(days=1)}
    Plan.objects.in_use().filter(sim=sim).update(tariff=tariff, **told)
    raise_revision()
    schedule.reschedule(sim, now)


def _load_use(demo: DemoSim, sim: Sim, now: datetime) -> None:
    """As its owner would have said it on those days, at this hour; again from nothing on a later day."""
    plan = sim.plans.get()
    moments = [now - timedelta(days=ago) for ago, _left in demo.data_left]
    if not any(sim.today(use.said_at) == sim.today(moments[-1]) for use in sim.usage_readings.filter(deleted_at=None)):
        sim.usage_readings.all().delete()
        for moment, (_ago, left) in zip(moments, demo.data_left, strict=True):
            actions.say_left(sim, {Allowance.DATA: left}, moment, plan)
        schedule.reschedule(sim, now)  # and not as the last of them found it


def _next_person() -> int:
    """The number after the last person's."""
    users = get_user_model().objects.filter(email__startswith="person", email__endswith=f"@{PEOPLE_DOMAIN}")
    last = users.order_by("-pk").values_list("email", flat=True).first()
    return int(last.removeprefix("person").partition("@")[0]) + 1 if last else 1


@transaction.atomic
def _load_batch(numbers: range, operators: list[Operator | None], now: datetime) -> None:
    password = make_password(None)  # nobody signs in as these
    emails = [f"person{number}@{PEOPLE_DOMAIN}" for number in numbers]
    users = get_user_model().objects.bulk_create([get_user_model()(email=email, password=password) for email in emails])
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users]
    )
    people = Person.objects.bulk_create(
        [Person(user=user, email=user.email, email_verified=True, reachable_since=now) for user in users]
    )
    sims = Sim.objects.bulk_create(
        [
            Sim(
                owner=person.user,
                person=person,
                number=f"+7701{number:07d}",
                operator=operators[number % len(operators)],
            )
            for number, person in zip(numbers, people, strict=True)
        ]
    )
    Plan.objects.bulk_create([_due_plan(sim, now) for sim in sims])
    schedule.reschedule_many(Sim.objects.filter(pk__in=[sim.pk for sim in sims]), now)


def _due_plan(sim: Sim, now: datetime) -> Plan:
    plan = Plan(sim=sim, name="Demo", price=Decimal(4990), period=Plan.Period.DAYS_30)
    plan.say_date(sim.today(now) + timedelta(days=PEOPLE_END_IN), now, first=True)
    return plan
