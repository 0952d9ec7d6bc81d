"""How many numbers the person holds, for who wants them counted."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from plans import actions
from plans.forms.numbers import NumbersForm
from plans.models import Person
from plans.numbers_held import numbers_held

from .common import changing, found, posted


def numbers(request: HttpRequest) -> HttpResponse:
    with changing(request):
        person = found(request, Person.objects.visible_to(request.user), request.person.pk)
        form = NumbersForm(posted(request), person=person)
        if form.is_valid():
            form.apply_to(person)
            actions.save_person(person, timezone.now(), ["numbers_elsewhere"])
            messages.success(request, _("Saved."))
            return redirect("plans:numbers")
    context = {"form": form, "held": numbers_held(request.person)}
    return render(request, "plans/numbers.html", context, status=422 if form.errors else 200)
