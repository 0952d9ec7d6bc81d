"""SIMs to look at before one has entered any, and to throw away.

They belong to their owner like all others, and all pages show them; but nobody is reminded of a sample, no calendar and
no overview tells of it (its facts are muted), and it counts towards nothing that its owner did.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import transaction

from guides.models import Operator
from plans import demo
from plans.models import Person, Receipt, Sim
from plans.models.plans import private_files

# No network in Kazakhstan has numbers that begin with 709: whoever dials one by mistake calls nobody, and no form takes
# one for a number of the reader's own. They are written like any other Kazakh number all the same.
NOBODYS_CODE = "+7709"


class HasSims(Exception):
    """Who has entered a SIM sees what there is to see, and examples would only stand among it."""


def sample_sims() -> list[demo.DemoSim]:
    """A handful of those of the demo account, with numbers that are nobody's. What the demo does to the catalogue, and
    what it tells of banks, is left out."""
    return [
        replace(one, number=NOBODYS_CODE + one.number[len(NOBODYS_CODE) :], was=None, care_months=None, accounts=())
        for one in demo.demo_sims()
        if one.is_telling
    ]


@transaction.atomic
def add_samples(person: Person, now: datetime) -> None:
    """Makes them, named in the active language. Raises HasSims."""
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)  # a second tap waits here for the first
    if Sim.objects.visible_to(person.user).filter(is_sample=False).exists():
        raise HasSims
    operators = {operator.slug: operator for operator in Operator.objects.all()}
    for one in sample_sims():
        demo.load_sim(one, person, operators.get(one.operator), now, is_sample=True)
    person.has_samples = True
    person.save(update_fields=["has_samples"])


@transaction.atomic
def throw_samples_away(person: Person) -> None:
    """Exactly the samples, with all that was noted of them, and for good."""
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    samples = Sim.objects.filter(owner=person.user, is_sample=True)
    files = list(Receipt.objects.filter(renewal__plan__sim__in=samples).values_list("file", flat=True))
    samples.delete()
    person.has_samples = False
    person.save(update_fields=["has_samples"])
    for file in files:
        transaction.on_commit(partial(private_files().delete, file))
