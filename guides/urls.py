"""The public addresses of the guides; `all` in an operator's place stands for every operator."""

from django.urls import path, register_converter

from guides import views
from kzsim.common.languages import CODES


class LanguageConverter:
    regex = "|".join(sorted(CODES))

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value.lower()


register_converter(LanguageConverter, "language")

app_name = "guides"
urlpatterns = [
    path("<language:lang>/guides/", views.index, name="index"),
    path("<language:lang>/guides/<slug:operator>/", views.operator, name="operator"),
    path("<language:lang>/guides/<slug:operator>/<slug:guide>/", views.guide, name="guide"),
]
