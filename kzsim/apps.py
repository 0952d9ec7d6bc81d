from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed_apps
from django.db.models.signals import post_migrate

EDITORS = "Editors"  # the group that may change the guides, and nothing else


class KzsimConfig(AppConfig):
    name = "kzsim"
    verbose_name = "KZSIM"

    def ready(self) -> None:
        post_migrate.connect(update_editors, sender=installed_apps.get_app_config("guides"))


def update_editors(sender: AppConfig, using: str, apps: Any = installed_apps, **_: Any) -> None:
    """Lets the Editors group change what lives in `guides`, and nothing else."""
    from django.contrib.auth.management import create_permissions

    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:  # only some apps are migrated, and signing in is not among them
        return
    create_permissions(sender, verbosity=0, using=using, apps=apps)  # Django's own turn may come later
    editors, _created = group_model.objects.using(using).get_or_create(name=EDITORS)
    editors.permissions.set(permission_model.objects.using(using).filter(content_type__app_label="guides"))
