"""The addresses of the previews of messages, beside the editors' own pages in the admin."""

from django.urls import path

import kzsim.common.paths  # noqa: F401  (makes `language` known)
from plans.views import letters

app_name = "letters"
urlpatterns = [
    path("", letters.index, name="index"),
    path("<slug:name>/<language:lang>/", letters.preview, name="preview"),
    path("<slug:name>/<language:lang>/html/", letters.html_part, name="html"),
]
