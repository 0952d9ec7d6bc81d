from django.apps import AppConfig


class KzsimConfig(AppConfig):
    name = "kzsim"
    verbose_name = "KZSIM"
