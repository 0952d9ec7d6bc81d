"""An example of every message there is, for previews and for the tests that compare them: fixed days, people who do not
exist. Nothing is written to the database; guides and facts are read from it as they stand.

Their ids are those of nobody, so that no link in an example opens anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guides.models import Operator
from kzsim.common.links import absolute
from kzsim.common.money import Money
from plans.deadlines import Deadline, Kind
from plans.media.letter import Letter, write_letter
from plans.media.overview_letter import write_overview
from plans.models import Person, Plan, Reminder, Sim
from plans.models.people import Overview
from plans.periods import Period
from plans.reminders import Item, Row

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)  # 11:00 in Almaty, a Monday
TODAY = date(2026, 11, 23)
NOBODY = 10**15  # no table will ever count as far
_ALMATY = ZoneInfo("Asia/Almaty")
_NAMES = {"kcell": "Kcell", "activ": "activ", "beeline": "Beeline", "tele2": "Tele2"}


@dataclass(frozen=True)
class Sample:
    """`kinds` are the kinds of reminders that it shows; none for a mail of the sign-in account."""

    name: str
    what: str | Promise
    write: Callable[[str], Letter]
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Said:
    """One thing that an example says: of a plan, or (`plan` None) of the number of the SIM."""

    kind: Kind
    days: int
    plan: dict[str, Any] | None = None
    sim: dict[str, Any] | None = None
    deadline: dict[str, Any] | None = None
    late: bool = False


def samples() -> list[Sample]:
    return [*_reminders(), *_overviews(), *_account_mails()]


def sample(name: str) -> Sample | None:
    return next((one for one in samples() if one.name == name), None)


# --- reminders ---------------------------------------------------------------------------------------


_FREESTYLE = {"name": "Freestyle", "price": Decimal(4990)}
_BY_ITSELF = _FREESTYLE | {"renews": Plan.Renews.AUTO}
_PRICE = Money(Decimal(4990))
_ABROAD = {"place": "abroad", "payments": ["foreign_card", "unionpay"], "time_zone": "Asia/Shanghai"}
_IN_KAZAKHSTAN = {"place": "kz", "payments": ["kaspi", "cash"]}
_MUM = {"label": "Mum", "number": "+77475550143", "operator": "tele2"}
_TILL = {"label": "Till 14", "number": "+77015550144", "operator": "activ"}

_ENDS = _Said(Kind.PLAN_EXPIRES, 3, _FREESTYLE, deadline={"needed": _PRICE})
_AT_RISK = _Said(Kind.NUMBER_AT_RISK, 7, sim=_MUM)
_CHECK = _Said(Kind.CHARGE, 1, _BY_ITSELF, deadline={"needed": _PRICE, "unknown_balance": True})
_OFFER = _Said(
    Kind.PROMOTION,
    12,
    deadline={"offer": "10 GB more for each renewal in the app", "source": "beeline.kz"},
)


def _reminders() -> list[Sample]:
    missing = {"needed": _PRICE, "missing": Money(Decimal(3790)), "fallback_fee": Money(Decimal(390))}
    until = TODAY + timedelta(days=15)
    data = {"until": until, "since": NOW - timedelta(days=1), "daily_mb": 512}
    price = {
        "needed": Money(Decimal(5490)),
        "was": _PRICE,
        "begins_on": TODAY + timedelta(days=5),
        "source": "beeline.kz",
        "seen_on": date(2026, 11, 20),
    }
    trip = {"until": until, "ends_on": TODAY + timedelta(days=9), "needed": _PRICE}
    return [
        _reminder("plan-ends", _("A plan ends in some days"), _ENDS, **_IN_KAZAKHSTAN),
        _reminder("plan-ends-today", _("A plan ends today"), replace(_ENDS, days=0, sim=_TILL), **_ABROAD),
        _reminder("money-missing", _("Money is missing"), replace(_CHECK, deadline=missing), **_ABROAD),
        _reminder("balance-unknown", _("Nobody knows the balance"), _CHECK, **_IN_KAZAKHSTAN),
        _reminder("number-at-risk", _("A number may be lost"), _AT_RISK, **_ABROAD),
        _reminder("data-runs-out", _("Data runs out"), _Said(Kind.DATA_OUT, 3, _FREESTYLE, deadline=data)),
        _reminder("new-price", _("A new price"), _Said(Kind.PRICE, 5, _FREESTYLE, deadline=price)),
        _reminder("backup", _("A backup"), _Said(Kind.CARE, 0, sim=_MUM)),
        _reminder("trip", _("A plan does not last through a trip"), _Said(Kind.TRIP, 4, _FREESTYLE, deadline=trip)),
        _reminder(
            "trip-number", _("A number is not safe through a trip"), _Said(Kind.TRIP, 4, sim=_MUM, deadline=trip)
        ),
        _reminder("offer", _("An offer"), _OFFER),
        _reminder("was-it-renewed", _("The question after the date"), _Said(Kind.RENEWED, -1, _FREESTYLE)),
        _reminder("did-it-renew", _("The question after a charge"), _Said(Kind.RENEWED, -1, _BY_ITSELF)),
        _reminder("was-it-used", _("The question about a number"), _Said(Kind.RENEWED, -1, sim=_MUM)),
        _reminder("last-message", _("The last message"), _Said(Kind.PAUSED, -61, _FREESTYLE)),
        _reminder("late", _("A late message"), replace(_ENDS, days=1, late=True)),
        _reminder("several-sims", _("Several SIMs"), _CHECK, replace(_ENDS, sim=_TILL), _AT_RISK, _OFFER),
        _reminder("many-sims", _("Five hundred SIMs"), *_many(), **_IN_KAZAKHSTAN),
    ]


def _many() -> Iterable[_Said]:
    for number in range(500):
        till = {"label": f"Till {number + 1}", "number": f"+7701556{number:04d}"}
        yield replace(_ENDS if number % 3 else _CHECK, days=1 + number // 100, sim=_TILL | till)


def _reminder(name: str, what: str | Promise, *said: _Said, **person: Any) -> Sample:
    def write(language: str) -> Letter:
        reader = _person(language, **person)
        items, sims = _items(said, reader)
        return write_letter(reader, items, sims, NOW)

    return Sample(name, what, write, tuple(sorted({one.kind.value for one in said})))


def _overviews() -> list[Sample]:
    told = (_CHECK, replace(_ENDS, sim=_TILL), _AT_RISK, _Said(Kind.RENEWED, -1, _FREESTYLE))
    return [
        _overview("overview", _("The overview"), *told),
        _overview("overview-of-nothing", _("An overview with nothing to tell")),
    ]


def _overview(name: str, what: str | Promise, *said: _Said) -> Sample:
    def write(language: str) -> Letter:
        reader = _person(language, overview=Overview.WEEK)
        items, sims = _items(said, reader)
        return write_overview(reader, items, sims, NOW, NOW)

    return Sample(name, what, write, (Reminder.Kind.OVERVIEW.value,))


def _person(language: str, **fields: Any) -> Person:
    person = Person(pk=NOBODY, name="Ana", email="ana@example.org", language=language, **fields)
    person.all_stays = []
    return person


def _items(said: Iterable[_Said], person: Person) -> tuple[list[Item], dict[int, Sim]]:
    """Each of a SIM of its own."""
    operators = {operator.slug: operator for operator in Operator.objects.filter(slug__in=_NAMES)}
    items, sims = [], {}
    for count, one in enumerate(said, start=1):
        sim = _sim(NOBODY + count, person, operators, **(one.sim or {}))
        sims[sim.pk] = sim
        sim.plans_in_use = [Plan(pk=sim.pk, sim=sim, period=Period.DAYS_30, **one.plan)] if one.plan else []
        items.append(_item(one, sim))
    return items, sims


def _sim(
    pk: int,
    person: Person,
    operators: dict[str, Operator],
    label: str = "Blue phone",
    number: str = "+77055550142",
    operator: str = "beeline",
) -> Sim:
    sim = Sim(pk=pk, person=person, number=number, label=label, keep_alive=True)
    sim.care_months, sim.cared_on = 3, TODAY - timedelta(days=92)
    sim.operator = operators.get(operator) or Operator(slug=operator, name=_NAMES[operator])
    sim.operator.inactivity_limits = []
    return sim


def _item(said: _Said, sim: Sim) -> Item:
    about = "plan" if said.plan else "sim"
    on = TODAY + timedelta(days=said.days)
    deadline = Deadline(f"{about}:{sim.pk}", said.kind, on, _ALMATY, **(said.deadline or {}))
    planned_for = NOW - timedelta(days=2 if said.late else 0)
    row = Row(deadline.subject, said.kind.value, deadline.known_by, "1", planned_for)
    return Item(row, deadline, said.days, said.late)


# --- mails of the account ----------------------------------------------------------------------------


def _account_mails() -> list[Sample]:
    verify = {"activate_url": absolute("/accounts/confirm-email/example/")}
    reset = {"password_reset_url": absolute("/accounts/password/reset/key/example/")}
    return [
        _account_mail("verify-address", _("Verify the address"), "email_confirmation", verify),
        _account_mail("reset-password", _("A new password"), "password_reset_key", reset),
        _account_mail("sign-in-code", _("A code to sign in"), "login_code", {"code": "F4K9-QX"}),
        _account_mail("no-account", _("No account has this address"), "unknown_account", {}),
    ]


def _account_mail(name: str, what: str | Promise, template: str, values: dict[str, str]) -> Sample:
    context = values | {"email": "ana@example.org", "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}

    def write(language: str) -> Letter:
        with translation.override(language):
            subject, text, html = (
                render_to_string(f"account/email/{template}_{part}", context)
                for part in ("subject.txt", "message.txt", "message.html")
            )
        return Letter(" ".join(subject.split()), text.strip() + "\n", html, unsubscribe="")

    return Sample(name, what, write)
