"""What a person knows, and decides, of the price of a plan's tariff."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from plans import schedule
from plans.catalogue import price_today
from plans.deadlines import SimFacts, price_change
from plans.models import Plan


def meet_tariff(plan: Plan, now: datetime) -> None:
    """Notes what its owner knows of the tariff's price, where the tariff or their own price is another than stored.
    Call it before the plan is saved."""
    before = Plan.objects.filter(pk=plan.pk).values("tariff", "price").first() or {"tariff": None, "price": None}
    if (before["tariff"], before["price"]) == (plan.tariff_id, plan.price):
        return
    if plan.tariff is None:
        plan.tariff_price = plan.tariff_said_at = None
    elif plan.tariff_id != before["tariff"]:
        in_its_currency = plan.tariff.currency == plan.currency
        plan.tariff_price = price_today(plan.tariff, plan.sim.today(now)) if in_its_currency else None
        plan.tariff_said_at = now
    elif plan.price == plan.tariff.price:
        plan.tariff_price, plan.tariff_said_at = plan.price, now


@transaction.atomic
def answer_price(plan: Plan, price: Decimal, now: datetime, *, takes: bool) -> bool:
    """Its owner has seen the tariff's new price, and takes it over for the plan or keeps their own. False if this price
    is not what there is to answer: it was answered already, or is another by now."""
    plan = Plan.objects.select_for_update(of=("self",), no_key=True).select_related("tariff", "sim").get(pk=plan.pk)
    today = plan.sim.today(now)
    change = price_change(SimFacts(plan.sim_id, plan.sim.zone), plan.facts(), today)
    if change is None or change.price.amount != price or (takes and change.charged_before):
        return False
    plan.tariff_price, plan.tariff_said_at = price, now
    if takes:
        plan.price = price
    plan.save(update_fields=["tariff_price", "tariff_said_at", "price"])
    schedule.reschedule(plan.sim, now)
    return True
