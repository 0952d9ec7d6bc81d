"""When does my package end, is my number at risk? For everybody, without an account. The address holds the question,
so that an answer can be kept, shared and counted anew another day."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guides.views.common import alternates, in_the_language_of_the_address
from plans.calendars import CONTENT_TYPE, calendar_file
from plans.date_answers import Answers, limit_in_words
from plans.forms.dates import CAUTION

FILE_NAME = "kzsim-dates.ics"


@require_GET
@in_the_language_of_the_address
def dates(request: HttpRequest, lang: str) -> HttpResponse:
    answers = Answers(request.GET, lang, timezone.now(), request.person)
    context = {
        "lang": lang,
        "answers": answers,
        "form": answers.form,
        "today": answers.today,
        "caution": limit_in_words(CAUTION),
        "reminder_url": _way_to_reminders(request, answers) if answers.can_remind else "",
        "page_title": _("When does my SIM’s package end?"),
        "description": _("When a prepaid package in Kazakhstan ends, and until when an unused number is safe."),
        "alternates": alternates("plans:dates"),
        "canonical": reverse("plans:dates", kwargs={"lang": lang}),
    }
    return render(request, "plans/dates.html", context)


@require_GET
@in_the_language_of_the_address
def calendar(request: HttpRequest, lang: str) -> HttpResponse:
    """The days still to come as a file; where there are none, the page says why."""
    answers = Answers(request.GET, lang, timezone.now(), request.person)
    events = answers.events()
    if not events:
        page = reverse("plans:dates", kwargs={"lang": lang})
        return redirect(f"{page}?{request.GET.urlencode()}" if request.GET else page)
    return HttpResponse(
        calendar_file(events, answers.now),
        content_type=CONTENT_TYPE,
        headers={"Content-Disposition": f'inline; filename="{FILE_NAME}"'},
    )


def _way_to_reminders(request: HttpRequest, answers: Answers) -> str:
    """The page on which a SIM is added, with all of this filled in; by way of sign-up for who has no account."""
    sim = f"{reverse('plans:sim_add')}?{urlencode(answers.sim_query())}"
    if request.user.is_authenticated:
        return sim
    door = reverse("account_signup" if settings.SIGNUP_OPEN else "account_login")
    return f"{door}?{urlencode({'next': sim})}"
