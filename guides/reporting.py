"""What readers told us, into the database and out of it; what it means together says `guides.reports`.

Whoever tells something stays unnamed: of an account or a browser only a keyed digest is kept, which tells two
people apart and nothing else.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils.crypto import salted_hmac

from guides.models import Channel, Fact, Guide, Operator, Report, raise_revision
from guides.page_cache import today_in_almaty
from guides.reports import COUNTS_FOR, TOLD_FOR, Standing, Summary, Verdict, summaries, verdict_on

A_DAY = timedelta(days=1)
REPORTS_A_DAY = 20  # of one person; a whole family's renewals stay far below it


def who_of_account(pk: int) -> str:
    return _digest(f"account:{pk}")


def who_of_browser(key: str) -> str:
    """`key` is the random value of the browser's cookie."""
    return _digest(f"browser:{key}")


def _digest(text: str) -> str:
    return salted_hmac("kzsim.guides.reports.who", text, algorithm="sha256").hexdigest()


@transaction.atomic
def tell(
    who: str,
    *,
    worked: bool,
    on: date,
    now: datetime,
    fact: Fact | None = None,
    guide: Guide | None = None,
    operator: Operator | None = None,
    channel: Channel | None = None,
    comment: str = "",
) -> Report:
    """Notes a person's word on a fact, on a guide, or (with neither) on a channel. What they said of the same thing
    on the same day gives way to it."""
    said = {"worked": worked, "made_at": now, "value": fact.value if fact else ""}
    said |= {"comment": comment} if comment else {}
    about = {"fact": fact, "guide": guide, "operator": operator, "channel": channel}
    report, _made = Report.objects.update_or_create(who=who, happened_on=on, **about, defaults=said)
    raise_revision()
    return report


@transaction.atomic
def amend(report: Report, now: datetime) -> None:
    """Saves what its author changed. If they moved it to a day on which they had told something of the same thing,
    that gives way; what an editor has hidden stays hidden. Raises `Report.DoesNotExist` if it was taken back by now."""
    about = {name: getattr(report, f"{name}_id") for name in ("fact", "guide", "operator", "channel")}
    of_that_day = Q(who=report.who, happened_on=report.happened_on, **about)
    hidden = dict(Report.objects.select_for_update().filter(Q(pk=report.pk) | of_that_day).values_list("pk", "hidden"))
    if report.pk not in hidden:
        raise Report.DoesNotExist
    report.hidden = any(hidden.values())
    Report.objects.filter(pk__in=hidden.keys() - {report.pk}).delete()
    report.made_at = now
    report.save()
    raise_revision()


@transaction.atomic
def take_back(report: Report) -> None:
    """Removes it; of what an editor has hidden only the details, so that it stays hidden when it is told again."""
    taken = Report.objects.filter(pk=report.pk)
    taken.filter(hidden=False).delete()
    taken.update(comment="", payment="", card_country="", place="")
    raise_revision()


@transaction.atomic
def count_as_one(browser: str, account: str) -> None:
    """Whoever told something before they signed in is no other person afterwards: it becomes their account's."""
    for report in Report.objects.select_for_update().filter(who=browser):
        report.who = account
        amend(report, report.made_at)


def has_told_enough(who: str, now: datetime) -> bool:
    """Whether this person has told as much today as one person can have seen."""
    return Report.objects.filter(who=who, made_at__gt=now - A_DAY).count() >= REPORTS_A_DAY


def has_told_of(who: str, **about: Fact | Guide | Operator | Channel | None) -> bool:
    """Whether this person told something of the same thing before."""
    return Report.objects.filter(who=who, **about).exists()


def with_readers_words(facts: QuerySet[Fact]) -> QuerySet[Fact]:
    """These facts with what was lately reported of them, in one more query for all of them."""
    lately = Report.objects.of_todays_value().that_happened_since(today_in_almaty() - COUNTS_FOR)
    return facts.prefetch_related(Prefetch("reports", queryset=lately, to_attr="lately_reported"))


def verdict_of(fact: Fact) -> Verdict:
    """How a fact stands with its readers; as it is stored where it was read without their words."""
    words = [report.word for report in getattr(fact, "lately_reported", ())]
    return verdict_on(fact.confidence, fact.seen_on, words, today_in_almaty())


def disputed_facts() -> list[Fact]:
    """The facts that readers doubt, for editors to look into."""
    doubted = Fact.objects.filter(reports__worked=False).distinct()
    return [fact for fact in with_readers_words(doubted) if verdict_of(fact).standing is Standing.DISPUTED]


def summaries_of_guide(guide: Guide, operator: Operator | None) -> list[Summary]:
    """What readers say of the way that a guide describes, at one operator or at all."""
    about = Q(guide=guide)
    if guide.channel_id:
        about |= Q(guide=None, fact=None, channel=guide.channel_id)
    at = Q(operator=operator) if operator else Q()
    return _summaries(Report.objects.filter(about, at))


def summaries_of_fact(fact: Fact) -> list[Summary]:
    return _summaries(Report.objects.filter(fact=fact).of_todays_value())


def _summaries(reports: QuerySet[Report]) -> list[Summary]:
    today = today_in_almaty()
    told = reports.that_happened_since(today - TOLD_FOR)
    return summaries([report.word for report in told], today)
