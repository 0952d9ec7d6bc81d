"""After a renewal, two taps that help others: through which channel, and was its guide right.

Both are optional and come after the renewal is noted. They count as the owner's reports to the guides, who stays as
unnamed there as every reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from guides import reporting
from guides.models import Channel, Guide, Report
from guides.rendering import Page, as_line
from guides.selection import Shelf, ShownGuide, guide_url

from .models import Plan, Renewal

ASKED_FOR = timedelta(hours=1)  # on the page of the SIM
TAKEN_FOR = timedelta(days=1)  # a page may stand open for a while


@dataclass(frozen=True)
class Question:
    """What is asked next about a renewal: one of the channels, or whether this guide was right. Nothing, with thanks,
    where both are answered or there is no guide."""

    channels: list[Channel] = field(default_factory=list)
    channel: Channel | None = None  # that was chosen
    guide: ShownGuide | None = None
    title: str = ""
    url: str = ""


def last_renewal(plans: Iterable[Plan], now: datetime) -> Renewal | None:
    """The latest renewal of these plans that may still be told about."""
    renewals = Renewal.objects.filter(plan__in=plans, undone_at=None, made_at__gte=now - TAKEN_FOR)
    renewals = renewals.filter(plan__sim__is_sample=False)  # nobody has paid for an example
    return renewals.select_related("plan__sim__operator", "plan__sim__person").first()


def asked_about(renewals: Iterable[Renewal], now: datetime) -> Renewal | None:
    """The first of these renewals that we ask about unprompted."""
    return next((one for one in renewals if one.made_at >= now - ASKED_FOR), None)


def question_about(renewal: Renewal, language: str, shelf: Shelf | None = None) -> Question:
    """The next question, with the guide as a reader of that language gets it."""
    shelf = shelf or Shelf()
    channel = next((one for one in shelf.all_channels if one.slug == renewal.channel), None)
    if channel is None:
        return Question(channels=shelf.all_channels)
    operator = renewal.plan.sim.operator
    shown = shelf.guide_of_channel(channel, operator, language)
    if shown is None or _reports(renewal).filter(guide=shown.guide).exists():
        return Question(channel=channel)
    title = as_line(shown.text.title, Page(operator, shelf.facts), shown.text.language)
    return Question([], channel, shown, title, guide_url(shown.guide.slug, operator, language))


@transaction.atomic
def take(renewal: Renewal, said: Mapping[str, str], language: str, now: datetime) -> None:
    """Notes what was tapped: `channel` (a short name), `right` (`yes` or `no`), or `again` to choose the channel anew.
    Anything else, and what is answered already, changes nothing."""
    renewal = Renewal.objects.select_for_update(of=("self",)).select_related("plan__sim__operator").get(pk=renewal.pk)
    asked = question_about(renewal, language)
    if "again" in said:
        forget(renewal)
        _set_channel(renewal, "")
    elif chosen := next((one for one in asked.channels if one.slug == said.get("channel")), None):
        _set_channel(renewal, chosen.slug)
        _tell(renewal, worked=True, channel=chosen, now=now)
    elif asked.guide and said.get("right") in ("yes", "no"):
        _tell(renewal, worked=said["right"] == "yes", channel=asked.channel, now=now, guide=asked.guide.guide)


@transaction.atomic
def forget(renewal: Renewal) -> None:
    """Takes back what its owner told us of it, unless they told the same of another renewal of that day."""
    if not _others_like(renewal):
        for report in _reports(renewal).filter(made_at__gte=renewal.made_at):
            reporting.take_back(report)


def _set_channel(renewal: Renewal, slug: str) -> None:
    renewal.channel = slug
    renewal.save(update_fields=["channel"])


def _tell(
    renewal: Renewal, *, worked: bool, channel: Channel | None, now: datetime, guide: Guide | None = None
) -> None:
    sim = renewal.plan.sim
    reporting.tell(
        reporting.who_of_account(sim.owner_id),
        worked=worked,
        on=_day(renewal),
        now=now,
        guide=guide,
        operator=sim.operator,
        channel=channel,
    )


def _reports(renewal: Renewal) -> QuerySet[Report]:
    """What its owner told of the channel and its guide on that day."""
    sim = renewal.plan.sim
    return Report.objects.filter(
        who=reporting.who_of_account(sim.owner_id),
        happened_on=_day(renewal),
        operator=sim.operator,
        channel__slug=renewal.channel,
        fact=None,
    )


def _others_like(renewal: Renewal) -> list[Renewal]:
    """Its owner's other renewals of which the same reports speak: a person says one thing once a day."""
    sim = renewal.plan.sim
    alike = Renewal.objects.filter(
        plan__sim__owner=sim.owner_id, plan__sim__operator=sim.operator_id, channel=renewal.channel, undone_at=None
    )
    others = alike.exclude(pk=renewal.pk).select_related("plan__sim")
    return [other for other in others if _day(other) == _day(renewal)]


def _day(renewal: Renewal) -> date:
    return renewal.plan.sim.today(renewal.made_at)
