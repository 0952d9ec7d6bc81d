"""SIMs and what is known of their money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from guides.models import Fact, Promotion
from guides.situation import Place, Situation
from kzsim.common.formats import last_digits, number_in_words
from kzsim.common.languages import reading_order
from kzsim.common.money import Money
from plans import forecast, usage
from plans.dates import days_said
from plans.deadlines import (
    CAUTION,
    SOON_DAYS,
    Activity,
    Care,
    InactivityLimit,
    Kind,
    LimitFrom,
    PromotionFacts,
    SimFacts,
)
from plans.listing import OTHER, Asked, Listed, Pile, Sort, Tally, days_told_apart
from plans.periods import FIRST_DAY, LAST_DAY
from plans.said import is_kazakh
from plans.standing import Ranking, Standing

from .people import DEFAULT_TIME_ZONE, Stay, validate_payments, validate_time_zone

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    from .plans import Plan

INACTIVITY_LIMIT = ".inactivity_limit"  # how the fact of each operator's limit is called, behind its name
_KAZAKH = "+77"  # the same as `plans.said.is_kazakh`, for a database

_SOONEST_FIRST = (
    models.Case(
        models.When(ranking__in=(Ranking.DATED, Ranking.PAUSED), then=0),
        models.When(ranking=Ranking.OVER, then=1),
        default=2,
    ),
    F("next_on").asc(nulls_last=True),
    "pk",
)
_ORDERS = {
    Sort.URGENCY: _SOONEST_FIRST,
    # Those without a name come last, by their numbers.
    Sort.NAME: (models.Case(models.When(label="", then=1), default=0), "found_by", "pk"),
    Sort.OPERATOR: (F("operator__order").asc(nulls_last=True), "operator", *_SOONEST_FIRST),
    Sort.NEWEST: ("-created_at", "-pk"),
}
# The same in the words of a database as `plans.listing.listed` for one SIM.
_LISTED = {
    Listed.OPEN: Q(questions__gt=0),
    Listed.EXPIRED: Q(ranking=Ranking.OVER) | Q(ranking=Ranking.DATED, next_on__lt=F("its_today")),
    Listed.SOON: Q(ranking=Ranking.DATED, next_on__gte=F("its_today"), next_on__lte=F("its_week")),
    Listed.FINE: Q(ranking=Ranking.DATED, next_on__gt=F("its_week")),
    Listed.PAUSED: Q(ranking=Ranking.PAUSED),
    Listed.UNKNOWN: Q(ranking=Ranking.UNKNOWN),
    Listed.EMPTY: Q(ranking=Ranking.EMPTY),
}


def day_there(now: datetime, zones: Iterable[str], plus: int = 0, zone: str = "time_zone") -> models.Case:
    """So many days after today, in the zone of each: a database knows no zones, and those of a person are few."""
    days: dict[date, list[str]] = {}
    for name in zones:
        day = now.astimezone(ZoneInfo(name)).date() + timedelta(days=plus)
        days.setdefault(day, []).append(name)
    whens = [models.When(**{f"{zone}__in": names}, then=models.Value(day)) for day, names in days.items()]
    return models.Case(*whens, output_field=models.DateField())


class SimQuerySet(models.QuerySet["Sim"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> SimQuerySet:
        """The one access rule of everything a SIM carries."""
        return self.filter(owner=user.pk, deleted_at=None) if user.is_authenticated else self.none()

    def deleted_by(self, user: AbstractBaseUser | AnonymousUser) -> SimQuerySet:
        """What its owner deleted, and may bring back."""
        return self.filter(owner=user.pk, deleted_at__isnull=False) if user.is_authenticated else self.none()

    def in_use(self) -> SimQuerySet:
        return self.filter(archived_at=None, deleted_at=None)

    def groups(self) -> list[str]:
        """The names of the groups these are in."""
        return list(self.exclude(group="").order_by("group").values_list("group", flat=True).distinct())

    def soonest_first(self) -> SimQuerySet:
        """What runs out first comes first; what is over comes after that, and what nobody knows last."""
        return self.order_by(*_SOONEST_FIRST)

    def in_order(self, sort: Sort) -> SimQuerySet:
        return self.order_by(*_ORDERS[sort])

    def as_of(self, now: datetime, zones: Iterable[str]) -> SimQuerySet:
        """Knowing `its_today`, the day where each is, and `its_week`, the last one within a week of it; `zones` are all
        of theirs."""
        zones = list(zones)
        return self.alias(its_today=day_there(now, zones), its_week=day_there(now, zones, plus=SOON_DAYS))

    def asked_for(self, asked: Asked) -> SimQuerySet:
        """Those of a list. Ask `as_of()` a day."""
        sims = self.filter(_has_words(asked.words))
        if asked.operator:
            sims = sims.filter(operator__slug=asked.operator) if asked.operator != OTHER else sims.filter(operator=None)
        if asked.group:
            sims = sims.filter(group=asked.group)
        return sims.filter(_LISTED[asked.state]) if asked.state else sims

    def open(self) -> SimQuerySet:
        """Those of which their owner could tell us something."""
        return self.filter(_LISTED[Listed.OPEN])

    def next_ahead(self) -> SimQuerySet:
        """Those with a day still to come, the soonest first. Ask `as_of()` a day."""
        return self.filter(ahead_on__gte=F("its_today")).order_by("ahead_on", "pk")

    def renewable(self) -> SimQuerySet:
        """Those with a plan that could be renewed: its last day is known."""
        from .plans import Plan

        dated = Plan.objects.in_use().filter(sim=OuterRef("pk"), paid_until__isnull=False)
        return self.filter(models.Exists(dated))

    def ending_in(self, digits: str) -> Sim | None:
        """The one whose number ends in these digits, where nothing else is called so."""
        named = Q(label__contains=digits) | Q(group__contains=digits)
        found = list(self.filter(named | Q(found_by__endswith=digits))[:2])
        return found[0] if len(found) == 1 and str(found[0].number).endswith(digits) else None

    def tally(self, words: tuple[str, ...], now: datetime) -> Tally:
        """How many there are of each kind, and have these words, in one question."""
        first, last = days_told_apart(now)
        near = models.Case(
            models.When(next_on__lt=first, then=models.Value(first)),
            models.When(next_on__gt=last, then=models.Value(last)),
            default=F("next_on"),
            output_field=models.DateField(),
        )
        has_words, is_open = _has_words(words), _LISTED[Listed.OPEN]
        piles = self.values(
            "group",
            "ranking",
            zone=F("time_zone"),
            slug=Coalesce(F("operator__slug"), models.Value("")),
            operator_name=Coalesce(F("operator__name"), models.Value("")),
            near=near,
            is_archived=models.Case(models.When(archived_at=None, then=False), default=True),
        ).annotate(
            sims=models.Count("pk"),
            found=models.Count("pk", filter=has_words),
            open_found=models.Count("pk", filter=has_words & is_open),
            asked=models.Sum("questions"),
            held=models.Count("pk", filter=Q(in_own_name=True, is_sample=False, number__startswith=_KAZAKH)),
        )
        return Tally([_pile(row) for row in piles.order_by("operator__order", "operator__slug")], now)

    def to_review(self, now: datetime) -> SimQuerySet:
        """Those whose deadlines the clock may have altered since they were worked out, longest ago first."""
        return self.filter(review_at__lte=now).order_by("review_at")

    def behind(self, revision: int) -> SimQuerySet:
        """Those whose deadlines stand on what editors have changed since."""
        return self.filter(guides_revision__lt=revision).order_by("guides_revision")

    def with_money(self) -> SimQuerySet:
        """With its operator, its plans and what was said of its money, in three queries."""
        from .plans import Plan

        entries = BalanceEntry.objects.filter(deleted_at=None).order_by("on", "said_at")
        return self.select_related("operator").prefetch_related(
            models.Prefetch("plans", Plan.objects.kept().select_related("tariff"), to_attr="kept_plans"),
            models.Prefetch("balance_entries", entries, to_attr="entries"),
        )

    def with_facts(self) -> SimQuerySet:
        """With everything `facts()` reads, in a constant number of queries."""
        return self.with_own_facts().prefetch_related(
            models.Prefetch("operator__facts", inactivity_limits(), to_attr="inactivity_limits"),
            models.Prefetch(
                "operator__promotions",
                Promotion.objects.filter(until__gte=timezone.now().date() - timedelta(days=1)),
                to_attr="latest_promotions",
            ),
        )

    def with_own_facts(self) -> SimQuerySet:
        """The same without what is known of its operator: `know_operators` tells that."""
        from .plans import Renewal

        # What was charged from the balance for one tells its own day, which may be long before it was noted.
        renewals = (
            Renewal.objects.standing().filter(plan__sim=OuterRef("pk"), balance_entries=None).order_by("-made_at")
        )
        sims = self.with_money().select_related("person")
        return sims.annotate(renewed_at=Subquery(renewals.values("made_at")[:1])).prefetch_related(
            models.Prefetch(
                "usage_readings",
                UsageReading.objects.filter(deleted_at=None).order_by("said_at"),
                to_attr="uses",
            ),
            models.Prefetch("person__stays", Stay.objects.in_use(), to_attr="all_stays"),
        )


def inactivity_limits() -> models.QuerySet[Fact]:
    return Fact.objects.filter(key__endswith=INACTIVITY_LIMIT)


def know_operators(sims: Iterable[Sim], facts: Iterable[Fact]) -> None:
    """Tells SIMs that were fetched `with_own_facts()` what is known of their operators, but for offers."""
    limits: dict[int | None, list[Fact]] = {}
    for fact in facts:
        if fact.key.endswith(INACTIVITY_LIMIT):
            limits.setdefault(fact.operator_id, []).append(fact)
    for operator in (sim.operator for sim in sims if sim.operator):
        operator.inactivity_limits, operator.latest_promotions = limits.get(operator.pk, []), []


def _has_words(words: Iterable[str]) -> Q:
    return Q(*(Q(found_by__contains=word) for word in words))


def _pile(row: dict[str, Any]) -> Pile:
    return Pile(
        zone=row["zone"],
        operator=row["slug"],
        operator_name=row["operator_name"],
        group=row["group"],
        ranking=row["ranking"],
        on=row["near"],
        is_archived=row["is_archived"],
        sims=row["sims"],
        found=row["found"],
        open_found=row["open_found"],
        questions=row["asked"],
        held=row["held"],
    )


class Sim(models.Model):
    """A card, physical or eSIM, with a number; it needs no plan."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sims", verbose_name=_("owner"))
    person = models.ForeignKey(
        "plans.Person", models.CASCADE, related_name="sims", verbose_name=_("person who is reminded")
    )
    number = PhoneNumberField(_("number"))
    operator = models.ForeignKey(
        "guides.Operator",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("operator"),
        help_text=_("Empty for an operator that is not on our list."),
    )
    group = models.CharField(
        _("group"), max_length=40, blank=True, help_text=_("SIMs that belong together: Family, Tills, Alarms.")
    )
    label = models.CharField(_("label"), max_length=60, blank=True, help_text=_("For example: Till 14, Mum’s phone."))
    time_zone = models.CharField(
        _("time zone"), max_length=50, default=DEFAULT_TIME_ZONE, validators=[validate_time_zone]
    )
    last_activity_on = models.DateField(
        _("last paid activity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )
    keep_alive = models.BooleanField(_("watch the number"), default=False)
    inactivity_days = models.PositiveSmallIntegerField(
        _("days without activity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(2), MaxValueValidator(1000)],
        help_text=_("The owner’s own figure. Empty: the operator’s limit where it is known, else our caution."),
    )
    activity_said_at = models.DateTimeField(_("activity said at"), null=True, blank=True)
    activity_first_said = models.BooleanField(_("activity as first said"), default=True)
    place = models.CharField(_("where this SIM is"), max_length=10, choices=Place.choices, blank=True)
    payments = models.JSONField(_("how to pay for it"), default=list, blank=True, validators=[validate_payments])
    in_own_name = models.BooleanField(
        _("registered in the owner’s name"), default=True, help_text=_("Counts towards the numbers a person may hold.")
    )
    care_months = models.PositiveSmallIntegerField(
        _("months between backups"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(24)],
        help_text=_("How often to remind of a backup and of codes from the bank; empty: never."),
    )
    cared_on = models.DateField(_("last backed up"), null=True, blank=True)
    care_since = models.DateField(
        _("backups counted from"), null=True, blank=True, help_text=_("The day of the last answer, or of switching on.")
    )
    reminders_off = models.BooleanField(_("reminders off"), default=False)
    muted_kinds = models.JSONField(_("kinds switched off"), default=list, blank=True)
    deadlines_digest = models.CharField(max_length=32, blank=True, editable=False)
    deadlines_moved_at = models.DateTimeField(
        _("deadlines moved at"),
        default=timezone.now,
        editable=False,
        help_text=_("When any of its dates last became another; calendars are told."),
    )
    is_sample = models.BooleanField(
        _("sample"), default=False, help_text=_("To look at and throw away. Nobody is reminded of it.")
    )
    ranking = models.CharField(
        max_length=8, choices=[(one.value, one.value) for one in Ranking], default=Ranking.EMPTY, editable=False
    )
    next_on = models.DateField(_("next date"), null=True, blank=True, editable=False)
    ahead_on = models.DateField(null=True, blank=True, editable=False)
    questions = models.PositiveSmallIntegerField(default=0, editable=False)
    found_by = models.CharField(max_length=320, blank=True, editable=False)
    review_at = models.DateTimeField(
        _("review at"), null=True, blank=True, help_text=_("When time alone may change what is reminded of.")
    )
    guides_revision = models.PositiveBigIntegerField(
        _("worked out from revision"),
        null=True,
        blank=True,
        help_text=_("Of the guides’ data that the reminders stand on; empty: they stand on none."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    objects = SimQuerySet.as_manager()

    # How it stands in a list of many: only the schedule writes it.
    STANDING = ("ranking", "next_on", "ahead_on", "questions", "found_by")

    class Meta:
        verbose_name = _("SIM")
        verbose_name_plural = _("SIMs")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "number"],
                condition=Q(deleted_at=None),
                name="sim_number_once",
                violation_error_message=_("You have already added this number."),
            ),
            models.CheckConstraint(
                condition=Q(inactivity_days=None) | Q(inactivity_days__range=(2, 1000)),
                name="sim_inactivity_days_sane",
                violation_error_message=_("Choose between 2 and 1000 days."),
            ),
            models.CheckConstraint(
                condition=Q(last_activity_on=None) | Q(last_activity_on__range=(FIRST_DAY, LAST_DAY)),
                name="sim_last_activity_sane",
            ),
        ]
        indexes = [
            models.Index(fields=["review_at"], condition=Q(review_at__isnull=False), name="sim_review"),
            models.Index(
                fields=["guides_revision"], condition=Q(guides_revision__isnull=False), name="sim_guides_revision"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The label, or the number as people write it."""
        return self.label or number_in_words(self.number)

    @property
    def last_digits(self) -> str:
        """Enough to tell one SIM from another where others may look."""
        return last_digits(self.number)

    @property
    def short_title(self) -> str:
        """For subjects and lists that others may see: never the full number."""
        return f"{self.label} (…{self.last_digits})" if self.label else f"…{self.last_digits}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def situation_on(self, day: date) -> Situation:
        """This SIM's own situation, or its person's on that day. Fetch through `with_facts()`."""
        place = self.place or self.person.place_on(day, self.person.all_stays)
        return Situation(place, frozenset(self.payments or self.person.payments))

    @property
    def words_to_find(self) -> str:
        """What a search looks through: its words in small letters, and the digits of its number."""
        return " ".join(filter(None, (self.label, self.group, self.number.as_e164))).casefold()

    def stand(self, standing: Standing) -> None:
        """Takes over what a list of many shows of it; the needs are rows of their own."""
        self.ranking, self.next_on, self.ahead_on = standing.ranking.value, standing.on, standing.ahead
        self.questions, self.found_by = standing.questions, self.words_to_find

    @cached_property
    def plans_in_use(self) -> list[Plan]:
        """Fetch through `with_facts()`."""
        return [plan for plan in self.kept_plans if plan.archived_at is None]

    @property
    def is_in_use(self) -> bool:
        return self.archived_at is None and self.deleted_at is None

    @property
    def stands_on_guides(self) -> bool:
        """Whether what editors write may change its deadlines. Fetch through `with_facts()`."""
        if not self.is_in_use:
            return False
        follows_operator = self.keep_alive and self.inactivity_days is None and self.operator_id is not None
        return follows_operator or self._wants_promotions or any(plan.tariff_id for plan in self.plans_in_use)

    @property
    def _wants_promotions(self) -> bool:
        if self.operator_id is None or self.reminders_off or self.is_sample:
            return False
        return Kind.PROMOTION.value not in {*self.muted_kinds, *self.person.muted_kinds}

    def today(self, now: datetime):
        return now.astimezone(self.zone).date()

    def facts(self) -> SimFacts:
        """The value that the pure rules work on. Fetch through `with_facts()`."""
        return SimFacts(
            id=self.pk,
            zone=self.zone,
            plans=tuple(plan.facts() for plan in self.plans_in_use),
            entries=tuple(entry.facts() for entry in self.entries),
            uses=tuple(use.facts() for use in self.uses),
            stays=tuple(stay.facts() for stay in self.person.all_stays),
            abroad=_is_abroad(self.place),
            lives_abroad=_is_abroad(self.person.place),
            promotions=tuple(self._promotions()),
            care=self._care(),
            activity=self.last_activity,
            keep_alive=self.keep_alive,
            limit=self.limit,
            muted=self.reminders_off or self.is_sample,
        )

    @property
    def last_activity(self) -> Activity | None:
        """The newest of what its owner said, of the top-ups and of the renewals. Fetch through `with_facts()`."""
        told = (entry for entry in self.entries if entry.kind == BalanceEntry.Kind.TOP_UP or entry.renewal_id)
        paid = [(entry.on, entry.said_at) for entry in told]
        if self.renewed_at is not None:
            paid.append((self.today(self.renewed_at), self.renewed_at))
        known = [Activity(on, said_at, first=len(paid) == 1) for on, said_at in paid]
        if self.last_activity_on is not None:
            said = Activity(self.last_activity_on, self.activity_said_at, self.activity_first_said)
            known = [said, *(replace(one, first=False) for one in known)]
        return max(known, key=lambda one: one.on, default=None)

    @property
    def limit(self) -> InactivityLimit:
        """How long the number may be unused: its owner's figure, else the operator's limit where it is known, else our
        caution. Fetch through `with_facts()`."""
        if self.inactivity_days is not None:
            return InactivityLimit(self.inactivity_days, LimitFrom.OWN)
        fact = self.limit_fact
        days = days_said(fact.value) if fact else None
        if fact is None or days is None:
            return CAUTION
        return InactivityLimit(days, LimitFrom.OPERATOR, fact.confidence, fact.source, fact.seen_on)

    @property
    def limit_fact(self) -> Fact | None:
        """What is known of the operator's own limit."""
        found = self.operator.inactivity_limits if self.operator else []
        return next((fact for fact in found if fact.is_known), None)

    def _promotions(self) -> Iterator[PromotionFacts]:
        """What the operator offers in a language that its person reads, where they want to hear of it."""
        if not self._wants_promotions:
            return
        languages = ("", *reading_order(self.person.language))
        for one in self.operator.latest_promotions:
            if one.language in languages:
                abroad = _is_abroad(one.audience)
                yield PromotionFacts(one.pk, one.title, one.until, one.noted_at, one.since, abroad, one.source)

    def _care(self) -> Care | None:
        if self.care_months is None:
            return None
        return Care(self.care_months, self.care_since or self.cared_on or self.created_at.astimezone(self.zone).date())

    @property
    def currency(self) -> str | None:
        """That of its balance, or of its plans; None where nothing tells. Fetch through `with_facts()`."""
        if self.last_reading:
            return self.last_reading.currency
        if self.plans_in_use:
            return self.plans_in_use[0].currency
        return Money.currency if is_kazakh(self.number) else None

    @property
    def last_reading(self) -> BalanceEntry | None:
        return next((entry for entry in reversed(self.entries) if entry.kind == BalanceEntry.Kind.READING), None)


def _is_abroad(place: str) -> bool | None:
    return place == Place.ABROAD if place else None


class NeedQuerySet(models.QuerySet["Need"]):
    def within_a_week(self, sims: SimQuerySet, now: datetime, zones: Iterable[str]) -> NeedQuerySet:
        """What these SIMs, which are in these zones, want from today on."""
        zones = list(zones)
        first, last = (day_there(now, zones, plus, "sim__time_zone") for plus in (0, SOON_DAYS))
        return self.filter(sim__in=sims.values("pk"), on__gte=first, on__lte=last, amount__gt=0)

    def by_currency(self) -> Iterable[dict[str, Any]]:
        """The sum, the first day and the count of each."""
        sums = self.order_by("currency").values("currency")
        return sums.annotate(sum=models.Sum("amount"), first=models.Min("on"), count=models.Count("pk"))


class Need(models.Model):
    """Money that a SIM will want by the end of a day, beyond what is on it. Only the schedule writes it, so that the
    sum for many SIMs is one question to the database."""

    sim = models.ForeignKey(Sim, models.CASCADE, related_name="needs", verbose_name=_("SIM"))
    on = models.DateField(_("day"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("money needed")
        verbose_name_plural = _("money needed")
        ordering = ["on", "pk"]

    def __str__(self) -> str:
        return f"{self.on}: {self.amount} {self.currency}"


class BalanceEntry(models.Model):
    """A dated fact about the SIM's money: what the balance was (reading), what came (top-up) or went (charge), both
    above zero, or what it was wrong by (correction, either way)."""

    class Kind(models.TextChoices):
        READING = forecast.EntryKind.READING.value, _("reading")
        TOP_UP = forecast.EntryKind.TOP_UP.value, _("top-up")
        CHARGE = forecast.EntryKind.CHARGE.value, _("charge")
        CORRECTION = forecast.EntryKind.CORRECTION.value, _("correction")

    sim = models.ForeignKey(Sim, models.CASCADE, related_name="balance_entries", verbose_name=_("SIM"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.READING)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="KZT")
    on = models.DateField(_("day"))
    said_at = models.DateTimeField(_("said at"))
    renewal = models.ForeignKey(
        "plans.Renewal",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="balance_entries",
        verbose_name=_("renewal"),
        help_text=_("What was taken, or topped up, for a renewal goes when that is undone."),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("balance entry")
        verbose_name_plural = _("balance entries")
        ordering = ["-on", "-said_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} {self.currency}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    def facts(self) -> forecast.Entry:
        return forecast.Entry(forecast.EntryKind(self.kind), self.money, self.on, self.said_at)


class UsageReadingQuerySet(models.QuerySet["UsageReading"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> UsageReadingQuerySet:
        """Whoever may see the SIM may see what is left on it, and bring back what was taken back."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(sim__owner=user.pk, sim__deleted_at=None)


class UsageReading(models.Model):
    """A dated fact about what is left of an allowance."""

    class Kind(models.TextChoices):
        DATA = usage.Allowance.DATA.value, _("data, MB")
        MINUTES = usage.Allowance.MINUTES.value, _("minutes")
        MESSAGES = usage.Allowance.MESSAGES.value, _("SMS")

    sim = models.ForeignKey(Sim, models.CASCADE, related_name="usage_readings", verbose_name=_("SIM"))
    plan = models.ForeignKey(
        "plans.Plan", models.CASCADE, null=True, blank=True, related_name="usage_readings", verbose_name=_("plan")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    left = models.PositiveIntegerField(_("left"))
    said_at = models.DateTimeField(_("said at"))
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    objects = UsageReadingQuerySet.as_manager()

    class Meta:
        verbose_name = _("usage reading")
        verbose_name_plural = _("usage readings")
        ordering = ["-said_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.left}"

    def facts(self) -> usage.Use:
        return usage.Use(usage.Allowance(self.kind), self.plan_id, self.left, self.said_at)


class TiedAccountQuerySet(models.QuerySet["TiedAccount"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> TiedAccountQuerySet:
        """For the owner of the SIM alone: which bank they use is nobody else's business."""
        return self._of_sims_of(user).filter(deleted_at=None)

    def deleted_by(self, user: AbstractBaseUser | AnonymousUser) -> TiedAccountQuerySet:
        return self._of_sims_of(user).exclude(deleted_at=None)

    def _of_sims_of(self, user: AbstractBaseUser | AnonymousUser) -> TiedAccountQuerySet:
        return self.filter(sim__in=Sim.objects.visible_to(user))


class TiedAccount(models.Model):
    """An account elsewhere that knows its owner by this number: a bank, a messenger. Only its name is kept."""

    sim = models.ForeignKey(Sim, models.CASCADE, related_name="tied_accounts", verbose_name=_("SIM"))
    name = models.CharField(_("account"), max_length=80)
    moved_at = models.DateTimeField(_("moved to another number at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    objects = TiedAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("tied account")
        verbose_name_plural = _("tied accounts")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["sim", "name"],
                condition=Q(deleted_at=None),
                name="tied_account_once",
                violation_error_message=_("This account is on the list already."),
            )
        ]

    def __str__(self) -> str:
        return self.name
