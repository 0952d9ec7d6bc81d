"""Sign-in accounts in the admin, and the admin's own name."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.forms import UserChangeForm as DjangoUserChangeForm
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kzsim.accounts import sync_address
from kzsim.models import User
from plans.admin import HistoryGoesAlong

admin.site.site_header = admin.site.site_title = _("KZSIM administration")
admin.site.index_title = _("What would you like to mend?")


class _LowerCaseAddress:
    """allauth keeps addresses in small letters, and finds accounts by them."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class UserCreationForm(_LowerCaseAddress, AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)


class UserChangeForm(_LowerCaseAddress, DjangoUserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class UserAdmin(HistoryGoesAlong, DjangoUserAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    list_display = ("email", "is_active", "is_staff", "is_superuser", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("email", "person__name")
    ordering = ("email",)
    readonly_fields = ("date_joined", "last_login")
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    @transaction.atomic
    def save_model(self, request: HttpRequest, user: User, form: Any, change: bool) -> None:
        super().save_model(request, user, form, change)
        if "email" in form.changed_data:
            # A new address has to be verified by whoever reads it; reminders wait until then.
            EmailAddress.objects.filter(user=user).delete()
            EmailAddress.objects.create(user=user, email=user.email, primary=True)
            sync_address(user)
