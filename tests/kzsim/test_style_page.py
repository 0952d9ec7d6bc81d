"""The page that shows every component, and the contrast of the colours on it."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from kzsim.style_page import LINES, PAIRS, cards, colours, contrast, icons
from plans.deadlines import State

ENOUGH_FOR_LETTERS, ENOUGH_FOR_LINES = 4.5, 3


@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_letters_stand_out_from_their_ground_in_both_themes(ink, ground):
    for theme in colours():
        assert contrast(theme[ink], theme[ground]) >= ENOUGH_FOR_LETTERS


@pytest.mark.parametrize(("line", "ground"), LINES)
def test_what_has_the_focus_is_seen_in_both_themes(line, ground):
    for theme in colours():
        assert contrast(theme[line], theme[ground]) >= ENOUGH_FOR_LINES


def test_contrast_is_counted_as_the_guidelines_do():
    assert contrast("#fff", "#000000") == 21
    assert contrast("#777", "#fff") == 4.48
    assert contrast("#abcdef", "#abcdef") == 1


def test_the_dark_theme_changes_what_must_change():
    light, dark = colours()
    assert {"paper", "card", "ink"} <= {name for name in light if light[name] != dark[name]}


def test_there_is_a_sim_in_every_state():
    lines = [line for card in cards() for line in card.lines]
    assert {line.outlook.state for line in lines} == set(State)
    assert any(line.outlook.assumed for line in lines)


@pytest.mark.django_db
def test_those_who_make_the_site_see_every_component(client, settings):
    settings.DEBUG = True
    page = BeautifulSoup(client.get("/style/").content, "html.parser")

    assert {f"state-{state.value}" for state in State} <= {
        name for one in page.select(".state") for name in one["class"]
    }
    assert len(page.select(".sim-card")) >= len(cards())
    assert len(page.select(".swatch")) == len(PAIRS)
    assert page.select(".invalid-feedback")
    assert {"success", "warning", "error", "info"} == {
        one["class"][1].removeprefix("notice-") for one in page.select("main .notice")
    }
    assert len(page.select(".icons > span")) == len(icons()) > 30
    assert not page.select("main [style]")


@pytest.mark.django_db
def test_nobody_else_does(client):
    assert client.get("/style/").status_code == 404
