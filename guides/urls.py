"""The public addresses of the guides; `all` in an operator's place stands for every operator."""

from django.urls import path, register_converter

import kzsim.common.paths  # noqa: F401  (makes `language` known)
from kzsim.common.languages import CODES, code_for_tag

from .views import assistant, choose, clerk, index, offline, pages, reports, search, seo


class TagConverter:
    """`<tag:tag>`: one of our languages as others write it, never as we do."""

    regex = "[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}"

    def to_python(self, value: str) -> str:
        if value in CODES or not code_for_tag(value):
            raise ValueError
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(TagConverter, "tag")

app_name = "guides"
urlpatterns = [
    path("<language:lang>/guides/", index.index, name="index"),
    path("<language:lang>/guides/search/", search.search, name="search"),
    path("<language:lang>/guides/facts/<str:fact>/report/", reports.fact_report, name="fact_report"),
    path("<language:lang>/guides/reports/<int:pk>/", reports.report, name="report"),
    path("<language:lang>/guides/reports/<int:pk>/undo/", reports.undo, name="report_undo"),
    path("<language:lang>/guides/assistant/", assistant.assistant, name="assistant"),
    path("<language:lang>/guides/choose/", choose.choose, name="choose"),
    path("<language:lang>/guides/<slug:operator>/", pages.operator, name="operator"),
    path("<language:lang>/guides/<slug:operator>/<slug:guide>/", pages.guide, name="guide"),
    path("<language:lang>/guides/<slug:operator>/<slug:guide>/report/", reports.guide_report, name="guide_report"),
    path("<language:lang>/clerk/", clerk.card, name="clerk"),
    path("<language:lang>/clerk/<slug:operator>/", clerk.card, name="clerk"),
    path("<language:lang>/offline/", offline.page, name="offline"),
    path("sw.js", offline.worker, name="worker"),
    path("robots.txt", seo.robots, name="robots"),
    path("sitemap.xml", seo.sitemap, name="sitemap"),
    path("<language:tag>/", seo.in_our_way_of_writing, name="home"),
    path("<tag:tag>/", seo.in_our_way_of_writing, name="home"),
    path("<tag:tag>/<path:rest>", seo.in_our_way_of_writing, name="elsewhere"),
]
