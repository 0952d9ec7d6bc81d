"""The guides to read after one, as its readers get them."""

from __future__ import annotations

from guides.facts import names_in
from guides.models import Guide, GuideText, Operator
from guides.related import Relative, links_in, related
from guides.rendering import Page, as_line, facts_named_in
from guides.selection import ShownGuide, guide_url, guides_for, published_guides


def related_guides(
    item: ShownGuide, operator: Operator | None, lang: str, operators: dict[int, Operator]
) -> list[dict[str, str]]:
    """Title, summary and address of each guide to read next, with the language of its text where that is another."""
    shown = {one.guide.slug: one for one in _on_the_same_pages(operator, lang, operators)}
    near = related(relative_of(item), [relative_of(one) for one in shown.values()])
    chosen = [shown[one.slug] for one in near]
    page = Page(operator, facts_named_in([_head(one.text) for one in chosen], operator))
    return [
        {
            "title": as_line(one.text.title, page, one.text.language),
            "summary": as_line(one.text.summary, page, one.text.language),
            "url": guide_url(one.guide.slug, operator if one.guide.on_operator_pages else None, lang),
            "language": "" if one.text.language == lang else one.text.language,
        }
        for one in chosen
    ]


def relative_of(item: ShownGuide) -> Relative:
    text = "\n".join(getattr(item.text, name) for name in GuideText.TEXT_FIELDS)
    return Relative(
        slug=item.guide.slug,
        topic=item.guide.topic,
        channel=item.guide.channel.slug if item.guide.channel else "",
        links=links_in(text),
        facts=frozenset(name.key for name in names_in(text) if not name.is_operator_name),
        order=item.guide.order,
    )


def _on_the_same_pages(operator: Operator | None, lang: str, operators: dict[int, Operator]) -> list[ShownGuide]:
    """The guides of the reader's operator, and those that are for nobody in particular."""
    guides = list(published_guides(Guide.objects.all()))
    own = guides_for(operator, guides, lang, operators)
    if operator is None:
        return own
    comparing = [one for one in guides_for(None, guides, lang, operators) if not one.guide.on_operator_pages]
    return own + comparing


def _head(text: GuideText) -> GuideText:
    """A text of which only title and summary will be shown."""
    return GuideText(title=text.title, summary=text.summary, language=text.language)
