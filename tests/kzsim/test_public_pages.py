"""The written list of what anybody may open. Everything else asks who is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

PUBLIC = {
    "landing",
    "set_language",
    "set_theme",
    "healthz",
    "manifest",
    "style",  # under DEBUG alone
    # signing up and in
    "account_login",
    "account_logout",
    "account_signup",
    "account_inactive",
    "account_request_login_code",
    "account_confirm_login_code",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "admin_sign_in",
    "admin:login",
    # the guides are for everybody
    "guides:index",
    "guides:search",
    "guides:operator",
    "guides:guide",
    "guides:guide_report",
    "guides:fact_report",
    "guides:report",
    "guides:report_undo",
    "guides:assistant",
    "guides:choose",
    "guides:clerk",
    "guides:offline",
    "guides:worker",
    "guides:robots",
    "guides:sitemap",
    "guides:home",
    "guides:elsewhere",
    # dates without an account
    "plans:dates",
    "plans:dates_file",
    # a person's calendar, whose address is its key
    "plans:calendar_feed",
    # links in messages, which carry their own key
    "plans:answer",
    "plans:answer_told",
    "plans:unsubscribe",
    # signed calls of mail providers
    "plans:bounces",
    # answers to this machine only
    "mailbox:index",
    "mailbox:detail",
    "mailbox:html",
}


def addresses(resolver: URLResolver, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, Callable]]:
    """Every named page of the site with its view."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield ":".join([*spaces, entry.name or str(entry.pattern)]), entry.callback
        else:
            yield from addresses(entry, (*spaces, entry.namespace) if entry.namespace else spaces)


def test_the_public_pages_are_those_on_the_list():
    found = {name for name, view in addresses(get_resolver()) if not getattr(view, "login_required", True)}

    assert found == PUBLIC


@pytest.mark.django_db
def test_every_other_page_asks_who_is_there():
    for name, _view in addresses(get_resolver()):
        try:
            path = reverse(name)
        except NoReverseMatch:
            continue  # wants an id; the walk of the site as a stranger covers it
        if name not in PUBLIC:
            way = Client().get(path, follow=True).redirect_chain
            assert way, name
            assert way[-1][0].startswith(reverse("account_login")), name
