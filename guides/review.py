"""What in the guides needs an editor: old texts and facts, missing languages, names that mean nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from guides.facts import READER, errors_in, for_operator, names_in
from guides.models import Fact, Guide, GuideText, Operator, OperatorText, TextState

STALE_AFTER = timedelta(days=90)
EXPECTED_LANGUAGES = ("en", "zh-hans", "zh-hant", "ru", "kk")  # those in which every guide is to be written by now


@dataclass
class Review:
    """Lines for an editor; only `errors` make readers miss something that a text promised."""

    errors: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    untranslated: list[str] = field(default_factory=list)


def review(today: date) -> Review:
    """Look through everything in the database."""
    found = Review()
    texts = [*OperatorText.objects.select_related("operator"), *_guide_texts()]
    keys = set(Fact.objects.values_list("key", flat=True))
    networks = list(Operator.objects.filter(network__isnull=True).values_list("slug", flat=True))
    for text in texts:
        found.errors += _errors_of(text, keys, networks)
        if text.checked_on is None or today - text.checked_on > STALE_AFTER:
            found.stale.append(f"guide {text}: last checked {text.checked_on or 'never'}")
    for fact in Fact.objects.exclude(value=""):
        if fact.seen_on is None or today - fact.seen_on > STALE_AFTER:
            found.stale.append(f"fact {fact}: seen {fact.seen_on or 'on a day not known'}, {fact.confidence}")
    for guide in Guide.objects.filter(published=True).select_related("operator").prefetch_related("texts"):
        written = {text.language for text in guide.texts.all() if text.state == TextState.PUBLISHED}
        missing = [code for code in EXPECTED_LANGUAGES if code not in written]
        if missing:
            found.untranslated.append(f"guide {guide}: not published in {', '.join(missing)}")
    return found


def _guide_texts() -> list[GuideText]:
    return list(
        GuideText.objects.filter(state=TextState.PUBLISHED, guide__published=True).select_related("guide__operator")
    )


def _errors_of(text: GuideText | OperatorText, keys: set[str], networks: list[str]) -> list[str]:
    """Braces that mean nothing, and names without a fact. A fact of the reader's operator must exist for
    every network; for their brands a missing one is shown as not known."""
    errors = []
    for field_name in text.TEXT_FIELDS:
        value = getattr(text, field_name)
        errors += [f"{text}, {field_name}, line {error.line}: {error}" for error in errors_in(value)]
        wanted = {name.key for name in names_in(value) if name.scope != READER}
        for slug in networks:
            names = names_in(for_operator(value, slug))
            wanted |= {f"{slug}.{name.what}" for name in names if name.scope == READER and not name.is_operator_name}
        errors += [f"{text}, {field_name}: there is no fact named {key}" for key in sorted(wanted - keys)]
    return errors
