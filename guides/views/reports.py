"""Readers say whether something worked: one tap on its own page, details afterwards, and a way back.

The pages of the guides are kept for everybody and carry no form: they lead here. Nobody has to sign in; a browser that
tells us something gets a cookie with a random value then, so that its reports are counted as those of one person.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from allauth.core import ratelimit
from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from guides import reporting
from guides.fact_names import has_name, name_of
from guides.facts import is_key
from guides.forms import DetailsForm
from guides.marks import Told, mark_html, told
from guides.models import Fact, FactKind, Guide, Operator, Report
from guides.page_cache import today_in_almaty
from guides.rendering import Page, as_line, facts_named_in, value_html
from guides.selection import EVERY_OPERATOR, ShownGuide, guide_url, guides_for, published_guides
from kzsim.common.formats import titled

from .common import all_operators, alternates, in_the_language_of_the_address, operator_named

COOKIE, COOKIE_SALT, COOKIE_AGE = "reader", "kzsim.guides.reader", 365 * 24 * 3600
TRAP = "website"  # a field that people do not see and machines fill in
FIRST_SHOWN = 5
_WORKS = {FactKind.CODE, FactKind.NUMBER, FactKind.SITE, FactKind.EMAIL}  # the others are right or wrong
_TOO_MUCH = gettext_lazy("That is a lot from one place. Please come back later, tomorrow at the latest.")
_HELP = ("get-help", "renew-at-a-shop")  # the guides that say whom to ask


@dataclass(frozen=True)
class _Thing:
    """What a report is about, and the pages around it. `about` is what `reporting.tell` wants to know of it."""

    title: str
    language: str
    address: str
    back: str
    about: dict[str, Any]
    told: list[Told]
    fact: Fact | None = None
    alternates: list[dict[str, object]] = field(default_factory=list)

    @property
    def is_unknown(self) -> bool:
        return _is_unknown(self.fact)

    @property
    def is_statement(self) -> bool:
        return _is_statement(self.fact)


def _is_unknown(fact: Fact | None) -> bool:
    return fact is not None and not fact.is_known


def _is_statement(fact: Fact | None) -> bool:
    """Whether it is right or wrong, rather than working or not."""
    return fact is not None and fact.kind not in _WORKS


def what_readers_say(
    item: ShownGuide, operator: Operator | None, page: Page, lang: str, operators: dict[int, Operator]
) -> dict[str, Any]:
    """The part of a guide's page that speaks of its readers, and of what nobody knows. Without an operator it sums up
    what was told at all of them."""
    slug = page.operator.slug if page.operator else EVERY_OPERATOR
    lines = [told(summary) for summary in reporting.summaries_of_guide(item.guide, operator)]
    return {
        "told": lines[:FIRST_SHOWN],
        "told_more": lines[FIRST_SHOWN:],
        "missing": [
            {"about": _about(fact, operators), "address": page.address_of(fact)} for fact in page.missing.values()
        ],
        "report_address": reverse(
            "guides:guide_report", kwargs={"lang": lang, "operator": slug, "guide": item.guide.slug}
        ),
    }


def _page_of_report(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """In the language of the address, for one reader only, and found by no search engine."""

    @wraps(view)
    def wrapped(request: HttpRequest, lang: str, **parts: Any) -> HttpResponse:
        response = view(request, lang, **parts)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return in_the_language_of_the_address(never_cache(wrapped))


@_page_of_report
@require_http_methods(["GET", "HEAD", "POST"])
def guide_report(request: HttpRequest, lang: str, operator: str, guide: str) -> HttpResponse:
    """Did this guide work?"""
    operators = all_operators()
    chosen = operator_named(operator, operators)
    shown = guides_for(chosen, published_guides(Guide.objects.filter(slug=guide)), lang, operators)
    if not shown:
        raise Http404
    item = shown[0]
    title = as_line(item.text.title, Page(chosen, facts_named_in([item.text], chosen)), item.text.language)
    parts = {"operator": operator, "guide": guide}
    thing = _Thing(
        title=titled(chosen.name, title) if chosen else title,
        language=item.text.language,
        address=reverse("guides:guide_report", kwargs={"lang": lang, **parts}),
        back=guide_url(guide, chosen, lang),
        about={"guide": item.guide, "operator": chosen, "channel": item.guide.channel},
        told=[told(summary) for summary in reporting.summaries_of_guide(item.guide, chosen)],
        alternates=alternates("guides:guide_report", **parts),
    )
    return _ask(request, lang, thing, {})


@_page_of_report
@require_http_methods(["GET", "HEAD", "POST"])
def fact_report(request: HttpRequest, lang: str, fact: str) -> HttpResponse:
    """Is this fact right? Or, where nobody knows it: what do you know?"""
    if not is_key(fact):  # nor ask the database for what it could not hold
        raise Http404
    found = get_object_or_404(reporting.with_readers_words(Fact.objects.select_related("operator")), key=fact)
    operators = all_operators()
    thing = _fact_thing(found, lang, operators)
    shown = {}
    if found.is_known:
        shown = {"value": _value(found), "mark": mark_html(found), "source": found.source}
    else:
        shown = {"ways": _whom_to_ask(found.operator, lang, operators)}
    return _ask(request, lang, thing, shown)


def _fact_thing(fact: Fact, lang: str, operators: dict[int, Operator]) -> _Thing:
    slug = fact.operator.slug if fact.operator else EVERY_OPERATOR
    return _Thing(
        title=_about(fact, operators),
        language="",
        address=reverse("guides:fact_report", kwargs={"lang": lang, "fact": fact.key}),
        back=reverse("guides:operator", kwargs={"lang": lang, "operator": slug}),
        about={"fact": fact, "operator": fact.operator},
        told=[told(summary) for summary in reporting.summaries_of_fact(fact)],
        fact=fact,
        alternates=alternates("guides:fact_report", fact=fact.key),
    )


def _about(fact: Fact, operators: dict[int, Operator]) -> str:
    """“Beeline: code that shows the balance”."""
    operator = operators.get(fact.operator_id)
    return titled(operator.name, name_of(fact)) if operator else name_of(fact)


def _value(fact: Fact) -> str:
    """What readers are to judge: of a rule, whose value is for editors, only where nothing else names it."""
    return "" if fact.kind == FactKind.RULE and has_name(fact) else value_html(fact)


def _whom_to_ask(operator: Operator | None, lang: str, operators: dict[int, Operator]) -> list[dict[str, str]]:
    shown = guides_for(operator, published_guides(Guide.objects.filter(slug__in=_HELP)), lang, operators)
    page = Page(operator, facts_named_in([item.text for item in shown], operator))
    return [
        {
            "title": as_line(item.text.title, page, item.text.language),
            "language": item.text.language,
            "address": guide_url(item.guide.slug, operator, lang),
        }
        for item in sorted(shown, key=lambda item: _HELP.index(item.guide.slug))
    ]


def _ask(request: HttpRequest, lang: str, thing: _Thing, shown: dict[str, Any]) -> HttpResponse:
    """The question with its two buttons; a tap notes the answer and goes on to the thanks."""
    problem, status = "", 200
    if request.method == "POST":
        if request.POST.get(TRAP):
            return redirect(thing.back)
        answer = _answer(request, thing)
        if answer is None:
            problem, status = _("Tap one of the answers, please."), 400
        else:
            response = _noted(request, lang, thing, *answer)
            if response is not None:
                return response
            problem, status = _TOO_MUCH, 429
    context = {
        "lang": lang,
        "thing": thing,
        "problem": problem,
        "said": request.GET.get("worked", ""),
        "comment": request.POST.get("comment", ""),
        "trap": TRAP,
        **shown,
    }
    return render(request, "guides/report.html", context, status=status)


def _answer(request: HttpRequest, thing: _Thing) -> tuple[bool, str] | None:
    """Whether it worked, and the words with it; of what nobody knows only the words."""
    comment = request.POST.get("comment", "").replace("\0", "").strip()[:1000]  # a NUL fits into no database
    if thing.is_unknown:
        return (True, comment) if comment else None
    said = request.POST.get("worked")
    return (said == "yes", "") if said in ("yes", "no") else None


def _noted(request: HttpRequest, lang: str, thing: _Thing, worked: bool, comment: str) -> HttpResponse | None:
    """Keeps the answer and leads to the thanks; None where one person or one place has told too much."""
    now = timezone.now()
    if not ratelimit.consume(request, action="report"):
        return None
    new_key = secrets.token_urlsafe(24)
    known = _whos(request)
    who, *browsers = known or [reporting.who_of_browser(new_key)]
    if not request.user.is_authenticated and not _may_be_another_person(request, thing, who):
        return None
    if reporting.has_told_enough(who, now):
        return None
    for browser in browsers:
        reporting.count_as_one(browser, who)
    report = reporting.tell(who, worked=worked, on=today_in_almaty(), now=now, comment=comment, **thing.about)
    response = redirect("guides:report", lang=lang, pk=report.pk)
    if not known:
        response.set_signed_cookie(
            COOKIE,
            new_key,
            salt=COOKIE_SALT,
            max_age=COOKIE_AGE,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


def _may_be_another_person(request: HttpRequest, thing: _Thing, who: str) -> bool:
    """Whoever throws the cookie away, or keeps several, would otherwise be another person each time. In whichever
    language they ask, it is the same thing; and one machine alone must not make a fact disputed."""
    if reporting.has_told_of(who, **thing.about):
        return True
    action = "first_report_of_fact" if thing.fact else "first_report"
    about = " ".join(f"{name}:{one.pk}" for name, one in thing.about.items() if one)
    return bool(ratelimit.consume(request, action=action, key=f"{get_ip(request)} {about}"))


@_page_of_report
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, lang: str, pk: int) -> HttpResponse:
    """Thanks; and, if the reader likes, when it was, how they paid, where from."""
    mine = _my_report(request, pk)
    form = DetailsForm(request.POST or None, instance=mine, today=today_in_almaty())
    back = _page_about(mine, lang)
    too_much = form.is_valid() and not ratelimit.consume(request, action="report_details")
    if too_much:
        form.add_error(None, _TOO_MUCH)
    if form.is_valid():
        try:
            reporting.amend(form.instance, timezone.now())
        except Report.DoesNotExist:  # taken back in another window
            raise Http404 from None
        messages.success(request, _("Thank you. Your report is saved."))
        return redirect(back)
    context = {
        "lang": lang,
        # What stands in the database: the form changes its own copy even where it refuses it.
        "report": _my_report(request, pk) if form.is_bound else mine,
        "is_unknown": _is_unknown(mine.fact),
        "is_statement": _is_statement(mine.fact),
        "form": form,
        "back": back,
    }
    status = 429 if too_much else 400 if form.is_bound else 200
    return render(request, "guides/report_thanks.html", context, status=status)


@_page_of_report
@require_http_methods(["POST"])
def undo(request: HttpRequest, lang: str, pk: int) -> HttpResponse:
    """Takes one's own report back."""
    mine = _my_report(request, pk)
    back = _page_about(mine, lang)
    reporting.take_back(mine)
    messages.success(request, _("Your report is taken back."))
    return redirect(back)


def _my_report(request: HttpRequest, pk: int) -> Report:
    reports = Report.objects.select_related("fact__operator", "guide", "operator", "channel")
    return get_object_or_404(reports, pk=pk, who__in=_whos(request))


def _page_about(report: Report, lang: str) -> str:
    """Where the reader came from: the guide or the fact."""
    if report.guide:
        return guide_url(report.guide.slug, report.operator, lang)
    if report.fact:
        return reverse("guides:fact_report", kwargs={"lang": lang, "fact": report.fact.key})
    return reverse("guides:index", kwargs={"lang": lang})


def _whos(request: HttpRequest) -> list[str]:
    """As whom this reader has told us things: their account, and this browser if we gave it a value."""
    account = [reporting.who_of_account(request.user.pk)] if request.user.is_authenticated else []
    key = request.get_signed_cookie(COOKIE, default="", salt=COOKIE_SALT, max_age=COOKIE_AGE)
    return account + ([reporting.who_of_browser(key)] if key else [])
