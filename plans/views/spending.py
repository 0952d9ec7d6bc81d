"""What SIMs cost: by month, operator and SIM, past and expected."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kzsim.common.formats import money_in_words
from kzsim.common.money import Money
from kzsim.common.tables import harmless
from plans.charts import columns
from plans.forms.spending import SpendingFilter, name_of_operator
from plans.models import Sim
from plans.payments import Payments, payments_of
from plans.spending import NEXT_DAYS, Glance, Payment, Share, Statement, What, glances, statements

ROWS_SHOWN = 8


@require_GET
def spending(request: HttpRequest) -> HttpResponse:
    now, asked = timezone.now(), _asked(request)
    chosen = {sim.pk: sim for sim in asked.chosen()}
    paid = payments_of(chosen.values(), now)
    operators = {pk: name_of_operator(sim) for pk, sim in chosen.items()}
    today = request.person.today(now)
    told = statements(paid.all, operators, today)
    context = {
        "filter": asked,
        "is_filtered": bool(asked.query),
        "paid": paid,
        "statements": [_shown(statement, chosen) for statement in told],
        "has_sims": bool(asked.sims),
        "today": today,
        "this_month": today.replace(day=1),
    }
    return render(request, "plans/money.html", context)


@require_GET
def glance(request: HttpRequest) -> HttpResponse:
    """The same in short, for the dashboard, which asks for it when a reader scrolls there."""
    now = timezone.now()
    today = request.person.today(now)
    if request.htmx:
        paid = payments_of(Sim.objects.visible_to(request.user).with_money(), now)
        context = {
            "glances": [_glanced(one) for one in glances(paid.all, today)],
            "days": NEXT_DAYS,
            "this_month": today.replace(day=1),
        }
        response = render(request, "plans/money_glance.html", context)
    else:
        response = redirect("plans:money")
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
def payments(request: HttpRequest) -> HttpResponse:
    """Each payment as a line of a table that spreadsheets open."""
    now = timezone.now()
    sims = {sim.pk: sim for sim in _asked(request).chosen()}
    file = io.StringIO(newline="")
    table = csv.writer(file)
    table.writerow([_("Day"), _("SIM"), _("Number"), _("Operator"), _("Plan"), _("What"), _("Sum"), _("Currency")])
    table.writerows(_lines(payments_of(sims.values(), now), sims))
    # The mark at the beginning tells spreadsheets that this is UTF-8.
    response = HttpResponse(file.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{_file_name(request, now)}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _asked(request: HttpRequest) -> SpendingFilter:
    return SpendingFilter(request.GET, sims=Sim.objects.visible_to(request.user).with_money(), auto_id="filter_%s")


def _glanced(one: Glance) -> dict[str, object]:
    return {
        "currency": one.currency,
        "this_month": Money(one.this_month, one.currency),
        "next_days": Money(one.next_days, one.currency),
        "months": [_row(share, share.row.key, one.currency) for share in one.months],
        "drawing": _drawing(one.months, one.currency),
    }


def _drawing(months: Sequence[Share], currency: str) -> SafeString | None:
    """The months side by side; one alone is a figure, and no picture."""
    if len(months) < 2:
        return None
    return columns(months, lambda amount: money_in_words(Money(Decimal(round(amount)), currency)))


def _shown(statement: Statement, sims: dict[int, Sim]) -> dict[str, object]:
    """A statement with what its rows are called."""
    currency = statement.currency
    of_sims = [_row(share, sims[share.row.key].title, currency) | {"pk": share.row.key} for share in statement.sims]
    return {
        "currency": currency,
        "months": [_row(share, share.row.key, currency) for share in statement.months],
        "drawing": _drawing(statement.months, currency),
        "operators": [_row(share, share.row.key, currency) for share in statement.operators],
        "sims": of_sims,
        "first_sims": of_sims[:ROWS_SHOWN],
        "other_sims": of_sims[ROWS_SHOWN:],
        "years": [(row.key, Money(row.spent, currency)) for row in statement.years],
        "coming_year": Money(statement.coming_year, currency),
    }


def _row(share: Share, name: object, currency: str) -> dict[str, object]:
    return {
        "name": name,
        "spent": Money(share.row.spent, currency),
        "expected": Money(share.row.expected, currency),
        "spent_share": share.spent,
        "expected_share": share.expected,
    }


def _lines(paid: Payments, sims: dict[int, Sim]) -> Iterator[list[str]]:
    words = {
        What.RENEWAL: _("renewal"),
        What.FEE: _("fee for paying"),
        What.CHARGE: _("taken from the balance"),
        What.TOP_UP: _("top-up"),
        What.EXPECTED: _("expected"),
    }
    for one in paid.all:
        yield _line(one, sims[one.sim], paid.plan_names.get(one.plan or 0, ""), words[one.what])


def _line(one: Payment, sim: Sim, plan: str, what: str) -> list[str]:
    number = sim.number.as_e164.removeprefix("+")
    told = [sim.label, number, name_of_operator(sim), plan, what]
    return [one.on.isoformat(), *map(harmless, told), str(one.money.amount), one.money.currency]


def _file_name(request: HttpRequest, now: datetime) -> str:
    return f"kzsim-money-{request.person.today(now):%Y-%m-%d}.csv"
