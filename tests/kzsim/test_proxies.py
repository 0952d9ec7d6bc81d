"""Only a trusted proxy is believed, and only about what it saw itself."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from kzsim import config
from kzsim.proxies import ClientAddressMiddleware


def seen(settings, peer, trusted="127.0.0.1,::1", **headers):
    settings.TRUSTED_PROXIES = config.networks(trusted)
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)
    ClientAddressMiddleware(lambda _: HttpResponse())(request)
    return request


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "visitor"),
    [
        ("203.0.113.9", "8.8.8.8", "127.0.0.1", "203.0.113.9"),
        ("127.0.0.1", "8.8.8.8", "127.0.0.1", "8.8.8.8"),
        ("127.0.0.1", "6.6.6.6, 8.8.8.8", "127.0.0.1", "8.8.8.8"),
        ("127.0.0.1", "6.6.6.6, 8.8.8.8, 10.1.1.1", "127.0.0.1,10.0.0.0/8", "8.8.8.8"),
        ("127.0.0.1", "rubbish", "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "8.8.8.8, rubbish", "127.0.0.1", "127.0.0.1"),
        ("::1", "2001:db8::7", "::1", "2001:db8::7"),
        ("::ffff:127.0.0.1", "8.8.8.8", "127.0.0.1", "8.8.8.8"),
        ("", "8.8.8.8", "127.0.0.1", "8.8.8.8"),
        ("", "8.8.8.8", "10.0.0.1", ""),
    ],
)
def test_the_visitor_is_the_last_address_that_no_trusted_proxy_vouches_for(settings, peer, forwarded, trusted, visitor):
    request = seen(settings, peer, trusted, X_Forwarded_For=forwarded)

    assert request.META["REMOTE_ADDR"] == visitor


def test_the_scheme_is_taken_from_a_trusted_proxy_only(settings):
    assert seen(settings, "127.0.0.1", X_Forwarded_Proto="https").is_secure()
    assert not seen(settings, "203.0.113.9", X_Forwarded_Proto="https").is_secure()
    assert not seen(settings, "127.0.0.1", X_Forwarded_Proto="gopher").is_secure()


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via", "Forwarded"]
)
def test_who_comes_through_a_proxy_does_not_sit_at_this_machine(settings, header):
    assert seen(settings, "127.0.0.1").from_this_machine
    assert seen(settings, "::1").from_this_machine
    assert not seen(settings, "127.0.0.1", **{header: "127.0.0.1"}).from_this_machine
    assert not seen(settings, "127.0.0.1", **{header: ""}).from_this_machine
    assert not seen(settings, "127.0.0.1", "10.0.0.1", **{header: "127.0.0.1"}).from_this_machine
    assert not seen(settings, "192.0.2.1").from_this_machine
    assert not seen(settings, "").from_this_machine
