"""The addresses of the pages for operators of the site, inside the admin."""

from django.urls import path

from plans.views import deliveries

app_name = "site_desk"
urlpatterns = [
    path("deliveries/", deliveries.deliveries, name="deliveries"),
    path("deliveries/send-again/", deliveries.send_again, name="send_again"),
]
