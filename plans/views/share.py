"""Where a text lands that is shared from the telephone: it goes on to the SIM that it speaks of."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from plans.listing import Asked, words_of
from plans.models import Sim
from plans.models.sims import SimQuerySet
from plans.sharing import Shared, shared

LISTED = 30


@require_GET
def share(request: HttpRequest) -> HttpResponse:
    """Leads to the page that reads the text, of the one SIM it can be of; else the reader chooses. Nothing is noted."""
    told = shared(request.GET)
    mine = Sim.objects.visible_to(request.user).in_use()
    is_too_long = told.is_too_long or "long" in request.GET
    if told.text and not is_too_long and "choose" not in request.GET and (sim := _the_one(mine, told)):
        return redirect(_reply_url(sim, told.text))
    sought = request.GET.get("q", "").strip()
    found = mine.asked_for(Asked(words_of(sought))).soonest_first().select_related("operator")
    likely = list(found.filter(operator__slug__in=told.brands)[:LISTED]) if told.brands else []
    others = list(found.exclude(pk__in=[sim.pk for sim in likely])[: LISTED + 1])
    text = "" if is_too_long else told.text
    context = {
        "told": told,
        "text": text,
        "is_too_long": is_too_long,
        "likely": [(sim, _reply_url(sim, text)) for sim in likely],
        "others": [(sim, _reply_url(sim, text)) for sim in others[:LISTED]],
        "has_more": len(others) > LISTED or bool(sought),
        "sought": sought,
        "page_title": _("Which SIM is it about?") if text else _("An operator’s reply"),
    }
    return render(request, "plans/share.html", context)


def _the_one(mine: SimQuerySet, told: Shared) -> Sim | None:
    """The SIM whose number stands in the text, or the only one there is."""
    named = list(mine.filter(number__in=told.numbers)[:2]) if told.numbers else []
    sims = named or list(mine[:2])
    return sims[0] if len(sims) == 1 else None


def _reply_url(sim: Sim, text: str) -> str:
    url = reverse("plans:sim_reply", args=[sim.pk])
    return f"{url}?{urlencode({'text': text})}" if text else url
