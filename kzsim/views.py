"""The pages of the site itself: the landing page, the language switch, the door of the admin."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views import i18n


@login_not_required
def landing(request: HttpRequest) -> HttpResponse:
    """What the site does, for those who have not signed in; the others go on to their dashboard."""
    if request.user.is_authenticated:
        return redirect("/dashboard/")
    return render(request, "pages/landing.html")


@login_not_required
def set_language(request: HttpRequest) -> HttpResponse:
    return i18n.set_language(request)


@login_not_required
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """Editors and administrators sign in like everybody else; who is no staff is told so."""
    target = request.GET.get("next", reverse("admin:index"))
    if not request.user.is_authenticated:
        return redirect_to_login(target, reverse("account_login"))
    raise PermissionDenied
