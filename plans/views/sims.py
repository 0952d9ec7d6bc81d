"""The pages of a SIM."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guides.models import Operator
from guides.selection import KEEP_ALIVE, Shelf, assistant_url, todays_shelf
from kzsim.common import formats
from kzsim.common.links import BadLink, Purpose, sign, unsign
from plans import actions, feedback
from plans.forms.money import SumForm
from plans.forms.plans import FirstPlanForm, PlanForm
from plans.forms.reminders import SimKindsForm
from plans.forms.replies import PasteForm, ReplyForm
from plans.forms.sims import OTHER, AddSimForm, EditSimForm, OperatorChoices
from plans.forms.situation import SituationForm
from plans.history import history_of, renewals_of
from plans.models import Reminder, Renewal, Sim
from plans.models.sims import know_operators
from plans.overview import card_of
from plans.periods import cutoff
from plans.replies import read_reply
from plans.sharing import shared

from .care import care_context
from .common import changing, found, posted
from .life import events_wanted, life_of
from .sim_money import money_part

GUIDES_SHOWN = 4
COMING_SHOWN = 12


def add(request: HttpRequest) -> HttpResponse:
    now, data = timezone.now(), posted(request)
    today = Sim().today(now)
    plan_form = FirstPlanForm(data, today=today, operator=_operator_named(data or request.GET))
    form = AddSimForm(data and plan_form.data, owner=request.user, today=today)
    # Both are asked, so that every error shows at once.
    if (
        form.is_valid() & plan_form.is_valid()
        and _fit(form, plan_form)
        and (sim := _save_new(request, form, plan_form, now))
    ):
        messages.success(request, _("Your SIM is saved."))
        return redirect("plans:sim", sim.pk)
    brought = data is None and _propose_what_was_brought(request, form, plan_form)
    return render(request, "plans/sim_add.html", {"form": form, "plan_form": plan_form, "brought": brought})


def _fit(form: AddSimForm, plan_form: PlanForm) -> bool:
    return not plan_form.refuse_tariff_of_another(form.chosen_operator())


def _propose_what_was_brought(request: HttpRequest, form: AddSimForm, plan_form: PlanForm) -> bool:
    """Whoever looked up a date before they had an account enters it once. All of it is only proposed: nothing counts
    before it is saved."""
    brought = [one.propose(request.GET, *one.BROUGHT) for one in (form, plan_form)]
    return any(brought)


def _save_new(request: HttpRequest, form: AddSimForm, plan_form: PlanForm, now: datetime) -> Sim | None:
    currency, said = form.currency_chosen(), {}
    if plan_form.is_filled:
        said = {
            "plan": plan_form.new_plan(currency=currency),
            "paid_until": plan_form.last_day(),
            "anchor": plan_form.anchor(),
            "ends_at": plan_form.hour(),
        }
    said |= {"balance": form.cleaned_data["balance"], "currency": currency}
    try:
        return actions.add_sim(form.new_sim(request.person), now=now, **said)
    except IntegrityError:
        form.refuse_twin()
        return None


def _operator_named(query: QueryDict) -> Operator | None:
    return Operator.objects.filter(slug=query.get("operator", "")).first()


@require_GET
def operators(request: HttpRequest) -> HttpResponse:
    """Parts of a form: the operators, those first that fit the number as far as it is typed; which it is, in words; and
    what it offers."""
    asked = request.GET
    choices = OperatorChoices(
        list(Operator.objects.all()), asked.get("number", ""), asked.get("operator", ""), asked.get("proposed", "")
    )
    chosen = {name: asked.get(name, "") for name in ("tariff", "filled_from")}
    plan_form = FirstPlanForm(today=Sim().today(timezone.now()), operator=choices.operator, initial=chosen)
    return render(request, "plans/parts/operators_for_number.html", {"choices": choices, "plan_form": plan_form})


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    sim = found(request, Sim.objects.visible_to(request.user).with_own_facts(), pk)
    know_operators([sim], todays_shelf().facts.values())
    return page_of(request, sim)


def page_of(request: HttpRequest, sim: Sim, said: SumForm | None = None) -> HttpResponse:
    """`said`: a form of its money that was sent and is wrong."""
    now, language, shelf = timezone.now(), get_language(), todays_shelf()
    card = card_of(sim, now)
    coming, sent = sim.reminders.next_and_last(COMING_SHOWN, events_wanted(request))
    renewals = renewals_of(sim)
    standing = [one for one in renewals if one.undone_at is None]
    situation = sim.situation_on(card.today)
    context = {
        "here": reverse("plans:sim", args=[sim.pk]),
        "sim": sim,
        "card": card,
        "paused_until": request.person.pause_on(request.person.today(now)),
        "midnight_for_reader": _midnight_for_reader(request, sim, now),
        "kinds_form": SimKindsForm(sim=sim),
        "coming": _coming(request, coming, now),
        "histories": history_of(card, renewals, shelf.all_channels),
        "archived_plans": [plan for plan in sim.kept_plans if plan.archived_at],
        "guides": shelf.best_guides(sim.operator, situation, language, GUIDES_SHOWN),
        "assistant_url": assistant_url(sim.operator.slug if sim.operator else OTHER, situation, language),
        "find_out": shelf.how_to_find_out(sim.operator, language) if card.questions else [],
        "situation": situation,
        "situation_form": None if situation.place or situation.payments else SituationForm(),
        **_asked_after_renewal(request, sim, feedback.asked_about(standing, now), shelf),
        **money_part(sim, card.today, said),
        **care_context(sim, shelf, card.today),
        **life_of(request, sim, standing, sent, now),
        "keep_alive_guide": shelf.guide_link(KEEP_ALIVE, sim.operator, language),
    }
    return render(request, "plans/sim.html", context)


def _asked_after_renewal(request: HttpRequest, sim: Sim, renewal: Renewal | None, shelf: Shelf) -> dict[str, object]:
    """For a while after a renewal: how it was paid, and whether the guide was right."""
    if renewal is None or sim.is_sample:
        return {}
    renewal.plan.sim = sim
    question = feedback.question_about(renewal, request.person.language, shelf)
    return {"question": question, "told_url": reverse("plans:renewal_told", args=[renewal.pk])}


def _coming(request: HttpRequest, reminders: Iterable[Reminder], now: datetime) -> list[tuple[date | None, Reminder]]:
    """What will be said, with its day on the reader's clock, or None where it is due: leads of one deadline that are
    due together are said once."""
    said = {}
    for one in reminders:
        at = one.due_at or one.planned_for
        day = request.person.today(at) if at > now else None
        said[day, one.subject, one.kind, one.deadline] = (day, one)
    return list(said.values())


def _midnight_for_reader(request: HttpRequest, sim: Sim, now: datetime) -> str:
    """When a day of the SIM ends on the reader's clock; empty where both show the same."""
    midnight = cutoff(sim.today(now), sim.zone)
    there, here = (formats.clock(midnight, zone) for zone in (sim.zone, request.person.zone))
    return "" if there == here else here


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    with changing(request):
        now = timezone.now()
        sim = found(request, Sim.objects.visible_to(request.user).select_related("operator"), pk)
        form = EditSimForm(posted(request), owner=request.user, today=sim.today(now), sim=sim)
        if form.is_valid() and _save_edited(form, sim, now):
            messages.success(request, _("Saved."))
            return redirect("plans:sim", sim.pk)
    return render(request, "plans/sim_edit.html", {"form": form, "sim": sim})


def _save_edited(form: EditSimForm, sim: Sim, now: datetime) -> bool:
    try:
        actions.save_sim(sim, activity_changed=form.apply_to(sim), now=now)
    except IntegrityError:
        form.refuse_twin()
        return False
    return True


def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """The operator's reply is pasted, or brought by `?text=`; what was recognised is proposed, and only what is
    confirmed is noted."""
    now = timezone.now()
    sim = get_object_or_404(Sim.objects.visible_to(request.user).with_facts(), pk=pk)
    today = sim.today(now)
    brought = shared(request.GET).text if request.method == "GET" else ""
    paste, form = PasteForm({"reply": brought} if brought else posted(request)), None
    if paste.is_valid():
        told = read_reply(paste.cleaned_data["reply"], today)
        form = ReplyForm(request.POST if "save" in request.POST else None, sim=sim, reply=told, today=today)
    if form and form.has_something and form.is_valid():
        actions.take_reply(sim, now=now, **form.confirmed())
        messages.success(request, _("Noted from the operator’s reply."))
        return redirect("plans:sim", sim.pk)
    context = {"sim": sim, "paste": paste, "form": form, "today": today, "brought": brought}
    return render(request, "plans/sim_reply.html", context)


@require_POST
def used(request: HttpRequest, pk: int) -> HttpResponse:
    """The number was used, or topped up, today."""
    sim, now = get_object_or_404(Sim.objects.visible_to(request.user), pk=pk), timezone.now()
    before = [sim.last_activity_on, sim.activity_said_at, sim.activity_first_said]
    actions.note_activity(sim, sim.today(now), now)
    token = sign(Purpose.USED, [sim.pk, now.isoformat(), *(one and one.isoformat() for one in before[:2]), before[2]])
    undo_url = reverse("plans:sim_unused", args=[sim.pk, token])
    messages.success(request, _("Noted: the number was used today."), extra_tags=undo_url)
    return redirect("plans:sim", sim.pk)


@require_POST
def unused(request: HttpRequest, pk: int, before: str) -> HttpResponse:
    """Takes back that the number was used: nobody said it was, but for a slip of the finger."""
    sim = get_object_or_404(Sim.objects.visible_to(request.user), pk=pk)
    try:
        of_sim, said_at, on, before_at, first = unsign(Purpose.USED, before)
    except BadLink as error:
        raise Http404 from error
    if of_sim != sim.pk:
        raise Http404
    known = (on and date.fromisoformat(on), before_at and datetime.fromisoformat(before_at), first)
    if actions.forget_activity(sim, known, datetime.fromisoformat(said_at), timezone.now()):
        messages.success(request, _("Taken back: everything is as it was before."))
    else:
        messages.info(request, _("This cannot be taken back, or was already."))
    return redirect("plans:sim", sim.pk)


@require_POST
def reminders(request: HttpRequest, pk: int) -> HttpResponse:
    sim = get_object_or_404(Sim.objects.visible_to(request.user), pk=pk)
    actions.set_sim_reminders(sim, timezone.now(), on="on" in request.POST)
    messages.success(request, _("Saved."))
    return redirect("plans:sim", sim.pk)


@require_POST
def kinds(request: HttpRequest, pk: int) -> HttpResponse:
    """What to be reminded of for this SIM."""
    sim = get_object_or_404(Sim.objects.visible_to(request.user).select_related("person"), pk=pk)
    form = SimKindsForm(request.POST, sim=sim)
    if form.is_valid():
        actions.set_sim_kinds(sim, form.muted_kinds, timezone.now())
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Nothing was saved. Choose from the list."))
    return redirect(f"{reverse('plans:sim', args=[pk])}#reminders")


@require_GET
def archived(request: HttpRequest) -> HttpResponse:
    sims = Sim.objects.visible_to(request.user).exclude(archived_at=None).select_related("operator")
    return render(request, "plans/archived.html", {"sims": sims.order_by("-archived_at")})


@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    sim = get_object_or_404(Sim.objects.visible_to(request.user), pk=pk)
    actions.set_flag(sim, "archived_at", timezone.now(), on=True)
    undo = reverse("plans:sim_unarchive", args=[sim.pk])
    messages.success(request, _("%(sim)s is archived. We remind you of it no more.") % {"sim": sim}, extra_tags=undo)
    return redirect("plans:dashboard")


@require_POST
def unarchive(request: HttpRequest, pk: int) -> HttpResponse:
    sim = get_object_or_404(Sim.objects.visible_to(request.user), pk=pk)
    actions.set_flag(sim, "archived_at", timezone.now(), on=False)
    messages.success(request, _("%(sim)s is back among your SIMs.") % {"sim": sim})
    return redirect("plans:sim", sim.pk)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    sim = get_object_or_404(Sim.objects.visible_to(request.user), pk=pk)
    actions.set_flag(sim, "deleted_at", timezone.now(), on=True)
    undo = reverse("plans:sim_restore", args=[sim.pk])
    messages.success(request, _("%(sim)s is deleted.") % {"sim": sim}, extra_tags=undo)
    return redirect("plans:dashboard")


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    sim = get_object_or_404(Sim.objects.deleted_by(request.user), pk=pk)
    try:
        actions.set_flag(sim, "deleted_at", timezone.now(), on=False)
    except IntegrityError:
        messages.error(request, _("You have added this number again, so the old one cannot come back."))
        return redirect("plans:dashboard")
    messages.success(request, _("%(sim)s is back.") % {"sim": sim})
    return redirect("plans:sim", sim.pk)
