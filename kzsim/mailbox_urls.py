from django.urls import path

from kzsim import mailbox

app_name = "mailbox"
urlpatterns = [
    path("", mailbox.index, name="index"),
    path("<slug:name>/", mailbox.detail, name="detail"),
    path("<slug:name>/html/", mailbox.html_part, name="html"),
]
