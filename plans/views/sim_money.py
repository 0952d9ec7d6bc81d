"""The money on the page of a SIM."""

from __future__ import annotations

from datetime import date

from kzsim.common.formats import cutoff_in_words
from plans.deadlines import SOON_DAYS, money_ahead
from plans.forms.money import BalanceForm, SumForm, TopUpForm
from plans.models import BalanceEntry, Sim
from plans.periods import days_left

STEPS_SHOWN = 4
SAID_SHOWN = 8


def money_part(sim: Sim, today: date, said: SumForm | None = None) -> dict[str, object]:
    """What `plans/parts/money.html` shows. `said` is a form that was sent and is wrong."""
    ahead, plans = money_ahead(sim.facts(), today), {plan.pk: plan for plan in sim.plans_in_use}
    coming = [(plans[step.charge.plan], step) for step in ahead.steps]
    return {
        "ahead": ahead,
        "coming_charges": coming[:STEPS_SHOWN],
        "later_charges": coming[STEPS_SHOWN:],
        "top_up_is_near": ahead.top_up and days_left(ahead.top_up.on, today) <= SOON_DAYS,
        "top_up_cutoff": cutoff_in_words(ahead.top_up.cutoff, sim.zone, sim.person.zone) if ahead.top_up else "",
        "unknown_plan": plans[ahead.unknown_from.charge.plan] if ahead.unknown_from else None,
        "added_since": ahead.known and any(_is_after_reading(entry, sim) for entry in sim.entries),
        "said_money": list(reversed(sim.entries))[:SAID_SHOWN],
        "balance_form": said if isinstance(said, BalanceForm) else BalanceForm.of(sim, today),
        "top_up_form": said if isinstance(said, TopUpForm) else TopUpForm.of(sim, today),
    }


def _is_after_reading(entry: BalanceEntry, sim: Sim) -> bool:
    """Whether what was read is not all that the balance is worked out from."""
    reading = sim.last_reading
    return (
        bool(reading)
        and entry.kind != BalanceEntry.Kind.READING
        and (entry.on, entry.said_at) > (reading.on, reading.said_at)
    )
