"""The pages of the signed-in, and the links in their messages."""

from django.urls import path

from .views import answers, dashboard, plans, reminders, settings, sims

app_name = "plans"

urlpatterns = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("situation/", dashboard.situation, name="situation"),
    path("sims/add/", sims.add, name="sim_add"),
    path("sims/operators/", sims.operators, name="sim_operators"),
    path("sims/archived/", sims.archived, name="sims_archived"),
    path("sims/<int:pk>/", sims.page, name="sim"),
    path("sims/<int:pk>/edit/", sims.edit, name="sim_edit"),
    path("sims/<int:pk>/balance/", sims.balance, name="sim_balance"),
    path("sims/<int:pk>/used/", sims.used, name="sim_used"),
    path("sims/<int:pk>/reminders/", sims.reminders, name="sim_reminders"),
    path("sims/<int:pk>/archive/", sims.archive, name="sim_archive"),
    path("sims/<int:pk>/unarchive/", sims.unarchive, name="sim_unarchive"),
    path("sims/<int:pk>/delete/", sims.delete, name="sim_delete"),
    path("sims/<int:pk>/restore/", sims.restore, name="sim_restore"),
    path("sims/<int:sim_pk>/plans/add/", plans.add, name="plan_add"),
    path("plans/<int:pk>/edit/", plans.edit, name="plan_edit"),
    path("plans/<int:pk>/renew/", plans.renew, name="plan_renew"),
    path("plans/<int:pk>/reminders/", plans.reminders, name="plan_reminders"),
    path("plans/<int:pk>/archive/", plans.archive, name="plan_archive"),
    path("plans/<int:pk>/unarchive/", plans.unarchive, name="plan_unarchive"),
    path("plans/<int:pk>/delete/", plans.delete, name="plan_delete"),
    path("plans/<int:pk>/restore/", plans.restore, name="plan_restore"),
    path("renewals/<int:pk>/undo/", plans.undo, name="renewal_undo"),
    path("reminders/", reminders.reminders, name="reminders"),
    path("reminders/pause/", reminders.pause, name="pause"),
    path("reminders/resume/", reminders.resume, name="resume"),
    path("reminders/kinds/", reminders.kinds, name="kinds"),
    path("settings/", settings.settings, name="settings"),
    path("settings/download/", settings.download, name="download"),
    path("settings/delete/", settings.delete_account, name="delete_account"),
    path("a/<str:token>/", answers.answer, name="answer"),
    path("unsubscribe/<str:token>/", answers.unsubscribe, name="unsubscribe"),
]
