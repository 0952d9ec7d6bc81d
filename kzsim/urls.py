"""Every address of the site. What is public is written down in tests/kzsim/test_public_pages.py."""

from django.contrib import admin
from django.urls import include, path

import kzsim.common.paths  # noqa: F401  (makes `language` known, also to the admin's addresses)
from kzsim import accounts, style_page, views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("language/", views.set_language, name="set_language"),
    path("theme/", views.set_theme, name="set_theme"),
    path("style/", style_page.style, name="style"),
    path("site.webmanifest", views.manifest, name="manifest"),
    path("accounts/confirm-email/<str:key>/", accounts.ConfirmAddress.as_view(), name="account_confirm_email"),
    path("accounts/login/code/confirm/", accounts.ConfirmLoginCode.as_view(), name="account_confirm_login_code"),
    path("accounts/", include("allauth.account.urls")),
    path("healthz", include("kzsim.health")),
    path("mailbox/", include("kzsim.mailbox_urls")),
    path("admin/login/", views.admin_sign_in, name="admin_sign_in"),
    path("admin/guides/", include("guides.desk_urls")),
    path("admin/plans/letters/", include("plans.letters_urls")),
    path("admin/plans/", include("plans.desk_urls")),
    path("admin/", admin.site.urls),
    path("", include("guides.urls")),
    path("", include("plans.urls")),
]
