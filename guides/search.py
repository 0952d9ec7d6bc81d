"""The search over what the site knows: documents and a question in, hits out, best first. Pure.

The rule, in full:

1. A question is cut into terms: phrases that `search_words.yaml` knows, words by their stems, codes, Chinese
   characters in twos. A term finds its own words fully and those that mean the same a little less.
2. A term that stands nowhere also finds words that begin with it, and then those a slip or two away; the last
   term does the first in any case, for it may be half typed.
3. Where a term stands counts: title, then topic and channel, summary, steps, the rest. A rare term counts more
   than one that is everywhere; what all guides are about (SIM, Kazakhstan, an operator's name) hardly counts.
4. A document in which little of the question is found falls behind; below a third of it, it is no hit.
5. The reader's language goes before those that its readers can read, those before all others.
6. A question of nothing but general words, or of an operator alone, is a question for renewing.
7. What stands in a text for some operators only is found for these; a hit by it names the operator.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from guides.words import (
    CODE,
    CONCEPT,
    OPERATOR,
    Piece,
    folded,
    is_general,
    is_ignored,
    pieces_of,
    spellings,
)

LONGEST_QUESTION = 200  # characters; what follows is not read
_MOST_TERMS = 12


class Place(StrEnum):
    """Where in a document a passage stands."""

    TITLE = "title"
    VALUE = "value"
    ABOUT = "about"
    SUMMARY = "summary"
    STEPS = "steps"
    REST = "rest"


_WORTH = {Place.TITLE: 10, Place.VALUE: 10, Place.ABOUT: 7, Place.SUMMARY: 5, Place.STEPS: 3, Place.REST: 2}


@dataclass(frozen=True)
class Passage:
    """A line of a document. `text` is what is searched, `written` how it stands there, with the names of facts;
    `forms` are found beside the words; `only` names the operators on whose pages it stands, if not on all."""

    place: Place
    text: str
    written: str = ""
    forms: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Document:
    """A thing in one language. `key` is its kind and its id; `owner` the operator it belongs to, if any."""

    key: tuple[str, str]
    language: str
    passages: tuple[Passage, ...]
    owner: str = ""
    worth: float = 1.0


@dataclass(frozen=True)
class Hit:
    """A thing that was found: in which language, by which line, and for which operator if only for one."""

    key: tuple[str, str]
    score: float
    language: str
    passage: Passage | None
    operator: str


@dataclass(frozen=True)
class Found:
    """The answer to a question: the hits of every kind, the operators it names, and the forms to mark in texts."""

    hits: list[Hit]
    operators: tuple[str, ...]
    forms: frozenset[str]
    is_code: bool

    def of_kind(self, kind: str, limit: int) -> list[Hit]:
        return [hit for hit in self.hits if hit.key[0] == kind][:limit]

    def surest(self, kind: str, limit: int, share: float) -> list[Hit]:
        """The hits of one kind that answer hardly worse than the best of them, and not much worse than the best."""
        hits = self.of_kind(kind, limit)
        least = max(hits[0].score * share, self.hits[0].score * share / 2) if hits else 0
        return [hit for hit in hits if hit.score >= least]


@dataclass
class Term:
    """One part of a question as it is spelled: the forms that answer it, each with how well."""

    spelled: str
    forms: dict[str, float]
    weight: float = 1.0
    is_general: bool = False


def cleaned(question: str) -> str:
    """A question as it is read: no longer than allowed, without invisible signs."""
    text = unicodedata.normalize("NFKC", question[:LONGEST_QUESTION]).replace("%23", "#")
    visible = (" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)
    shown = "".join(sign for sign in visible if unicodedata.category(sign) not in ("Cf", "Cs", "Co", "Cn"))
    return " ".join(shown.split())[:LONGEST_QUESTION]


def terms_of(question: str) -> list[Term]:
    """The parts of a cleaned question that carry meaning, in their order, each once."""
    if prefix := _prefix_of_number(question):
        return [Term(prefix, {prefix: 1.0})]
    plain = folded(question)
    terms: dict[frozenset[str], Term] = {}
    for start, end, forms in _cover(pieces_of(question)):
        if not _is_ignored(plain[start:end]):
            terms.setdefault(forms, _term(plain[start:end], forms))
    return list(terms.values())[:_MOST_TERMS]


def marked(text: str, forms: frozenset[str]) -> list[tuple[str, bool]]:
    """The text in parts, each with whether it is one of the words that were sought."""
    spans: list[list[int]] = []
    for piece in sorted(pieces_of(text), key=lambda piece: (piece.start, -piece.end)):
        if piece.forms.isdisjoint(forms):
            continue
        if spans and piece.start <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], piece.end)
        else:
            spans.append([piece.start, piece.end])
    parts, at = [], 0
    for start, end in spans:
        parts += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [part for part in [*parts, (text[at:], False)] if part[0]]


class Index:
    """All documents, ready to be asked."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = list(documents)
        self._languages: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._spelled = dict(spellings())
        for number, document in enumerate(self.documents):
            self._languages[document.key].add(document.language)
            for line, passage in enumerate(document.passages):
                forms, spelled = _read(passage.text)
                for form in passage.forms | forms:
                    self._places[form].append((number, line))
                for word, found in spelled.items():
                    self._spelled[word] = self._spelled.get(word, frozenset()) | found
        self._words = sorted(self._spelled)

    def search(self, question: str, reading_order: Sequence[str]) -> Found:
        """What answers the question, best first; `reading_order` are the reader's languages, their own first."""
        question = cleaned(question)
        terms = terms_of(question)
        self._widen(terms)
        asked = [term for term in terms if not term.is_general] or list(terms)
        if terms and all(term.is_general for term in terms):
            terms = [*(replace(term, weight=_HARDLY) for term in terms), Term("", {CONCEPT + "renew": 1.0})]
        operators = _operators_in(terms)
        answers = [_Answer(term) for term in terms]
        read = self._read_in(reading_order)
        for answer in answers:
            self._look_up(answer, operators, read)
        hits = self._hits(answers, operators, reading_order)
        return Found(
            hits,
            operators,
            frozenset(form for term in asked for form in term.forms),
            bool(re.fullmatch(r"[\d*# ]*[*#][\d*# ]*|\d{2,6}", question)),
        )

    # --- from the words of the question to the words of the texts ------------------------------------

    def _widen(self, terms: list[Term]) -> None:
        """Let each term find what was meant where the very word is nowhere, and the last what it begins."""
        for number, term in enumerate(terms):
            known = any(form in self._places or form.startswith(CONCEPT) for form in term.forms)
            if not known or number == len(terms) - 1:
                self._add(term, self._beginning_with(term.spelled), 0.6)
            if not known:
                self._add(term, self._close_to(term.spelled), 0.5)
            if not known and _operators_in([term]):
                term.weight, term.is_general = _GENERAL, True

    def _add(self, term: Term, spellings: Iterable[str], worth: float) -> None:
        for spelled in spellings:
            for form in sorted(self._spelled[spelled]):
                if not (form.startswith(OPERATOR) and worth > 0.5):  # half a word chooses no operator
                    term.forms.setdefault(form, worth * (_SAME_MEANING if form.startswith(CONCEPT) else 1))

    def _beginning_with(self, word: str) -> list[str]:
        """Known words that begin so, and known words that the word begins with: endings that no stem evens out."""
        if len(word) < 3 or not _can_be_mistyped(word):
            return []
        at = bisect_left(self._words, word)
        longer = [known for known in self._words[at : at + 40] if known.startswith(word)]
        shorter = [word[:size] for size in range(max(5, len(word) - 3), len(word)) if word[:size] in self._spelled]
        return longer + shorter

    def _close_to(self, word: str) -> list[str]:
        """Known words that differ by one slip, or two where the word is long. The first letter is seldom wrong."""
        if not 4 <= len(word) <= 24 or not _can_be_mistyped(word) or word[0].isdigit():
            return []
        at, end = bisect_left(self._words, word[0]), bisect_left(self._words, chr(ord(word[0]) + 1))
        slips = 1 if len(word) < 8 else 2
        close = process.extract(word, self._words[at:end], scorer=OSA.distance, score_cutoff=slips, limit=4)
        return [known for known, _distance, _at in close]

    # --- from the words of the texts to the documents ---------------------------------------------------

    def _read_in(self, reading_order: Sequence[str]) -> dict[tuple[str, str], str]:
        """The language in which a reader reads each thing."""
        return {
            key: next((language for language in reading_order if language in written), min(written))
            for key, written in self._languages.items()
        }

    def _look_up(self, answer: _Answer, operators: tuple[str, ...], read: dict[tuple[str, str], str]) -> None:
        """Where a term stands. In a language other than the one in which a thing is read, only the very words count:
        what they mean is said in the reader's own text."""
        for form, worth in answer.term.forms.items():
            for number, line in self._places.get(form, ()):
                document = self.documents[number]
                passage = document.passages[line]
                if form.startswith(CONCEPT) and document.language != read[document.key]:
                    continue
                if not passage.only or not operators or not passage.only.isdisjoint(operators):
                    answer.note(number, line, passage.place, worth)
        things = len({self.documents[number].key for number in answer.worth})
        answer.rarity = math.log(1 + len(self._languages) / things) if things else _RARITY_OF_NOTHING

    def _hits(self, answers: list[_Answer], operators: tuple[str, ...], reading_order: Sequence[str]) -> list[Hit]:
        asked = sum(answer.weight for answer in answers)
        best: dict[tuple[str, str], Hit] = {}
        for number in set().union(*(answer.worth for answer in answers)):
            document = self.documents[number]
            found = [answer for answer in answers if number in answer.worth]
            covered = sum(answer.weight for answer in found) / asked
            foreign = document.language not in reading_order
            if covered < (_LEAST_COVERED_FOREIGN if foreign else _LEAST_COVERED):
                continue
            if operators and document.owner and document.owner not in operators:
                continue
            score = sum(answer.weight * answer.strength(number) for answer in found)
            score *= covered**1.5 * document.worth * _worth_of_language(document.language, reading_order)
            passage = _best_passage(document, number, found)
            operator = _operator_of(document, passage, found, number)
            hit = Hit(document.key, score, document.language, passage, operator)
            rival = best.get(document.key)
            if not rival or _is_better(hit, rival, reading_order[0]):
                best[document.key] = hit
        ranked = sorted(best.values(), key=lambda hit: (-hit.score, hit.key))
        return [hit for hit in ranked if hit.score >= ranked[0].score * _LEAST_OF_BEST]


_HEAD = {Place.TITLE, Place.ABOUT, Place.SUMMARY}
_SAME_MEANING = 0.85  # what a synonym is worth beside the very word
_GENERAL, _HARDLY = 0.1, 0.001  # what a word that is everywhere is worth beside others, and where all are such
_OTHER_PLACES = 0.2
_LEAST_COVERED, _LEAST_COVERED_FOREIGN = 1 / 3, 2 / 3
_LEAST_OF_BEST = 0.25
_FOR_SOME = 0.6  # what a line for some operators says counts less where no operator is meant
_RARITY_OF_NOTHING = 2.0
_OWN_LANGUAGE, _READ_INSTEAD, _FOREIGN = 1.0, 0.8, 0.5


@dataclass
class _Answer:
    """Where one term was found: in each document, the best worth in each place, and in which lines."""

    term: Term
    worth: dict[int, dict[Place, float]] = field(default_factory=dict)
    lines: dict[int, dict[int, float]] = field(default_factory=dict)
    rarity: float = 0.0

    @property
    def weight(self) -> float:
        return self.term.weight * self.rarity

    def strength(self, number: int) -> float:
        """How well a document answers the term: by its best place, and a little by the others."""
        worth = self.worth[number].values()
        return max(worth) + _OTHER_PLACES * (sum(worth) - max(worth))

    def is_in_head(self, number: int) -> bool:
        return not self.worth[number].keys().isdisjoint(_HEAD)

    def note(self, number: int, line: int, place: Place, worth: float) -> None:
        places = self.worth.setdefault(number, {})
        places[place] = max(places.get(place, 0.0), worth * _WORTH[place])
        lines = self.lines.setdefault(number, {})
        lines[line] = max(lines.get(line, 0.0), worth)


@lru_cache(maxsize=30_000)
def _read(text: str) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    """The forms in a passage, and how its words are spelled. Most passages stay the same from revision to revision."""
    plain = folded(text)
    pieces = list(pieces_of(plain))
    spelled: dict[str, set[str]] = defaultdict(set)
    for piece in pieces:
        word = _spelling(plain[piece.start : piece.end])
        if _can_be_mistyped(word):
            spelled[word] |= piece.forms
    forms = frozenset[str]().union(*(piece.forms for piece in pieces))
    return forms, {word: frozenset(found) for word, found in spelled.items()}


def _cover(pieces: Iterator[Piece]) -> list[tuple[int, int, frozenset[str]]]:
    """The pieces of a question side by side: what has a meaning first, the longer first; pieces of the same place
    become one."""
    forms: dict[tuple[int, int], set[str]] = defaultdict(set)
    for piece in pieces:
        forms[piece.start, piece.end] |= piece.forms

    def rank(span: tuple[int, int]) -> tuple[bool, int, int]:
        means_something = any(form.startswith(CONCEPT) for form in forms[span])
        return not means_something, span[0] - span[1], span[0]

    taken: list[tuple[int, int]] = []
    for start, end in sorted(forms, key=rank):
        if all(end <= other_start or start >= other_end for other_start, other_end in taken):
            taken.append((start, end))
    return [(start, end, frozenset(forms[start, end])) for start, end in sorted(taken)]


def _term(spelled: str, forms: frozenset[str]) -> Term:
    digits = {CODE + form for form in forms if form.isascii() and form.isdigit() and len(form) > 1}
    concepts = {form for form in forms if form.startswith(CONCEPT)}
    general = bool(concepts) and all(map(is_general, concepts))
    worth = {form: _SAME_MEANING if form in concepts else 1.0 for form in sorted(forms | digits)}
    return Term(_spelling(spelled), worth, _GENERAL if general else 1.0, general)


def _is_ignored(text: str) -> bool:
    """Whether nothing is asked by this: a word without meaning, or characters of which none has any."""
    return is_ignored(text) or (not text.isascii() and len(text) < 3 and all(map(is_ignored, text)))


def _spelling(text: str) -> str:
    """A word as it is compared with others; of a code what stands between its first and its last sign."""
    return text.strip("*#")


def _can_be_mistyped(word: str) -> bool:
    """Whether a folded word is one of letters, or a code: Chinese characters are not half typed, phrases not one
    slip."""
    return word.isascii() or all("\u0370" <= sign < "\u2e80" or sign.isascii() for sign in word)


def _prefix_of_number(question: str) -> str:
    """The three digits after +7 of a whole telephone number; "" where the question is none."""
    if not re.fullmatch(r"[+(]?[\d() -]{10,20}", question):
        return ""
    digits = re.sub(r"\D", "", question)
    return digits[-10:-7] if len(digits) in (10, 11) else ""


def _operators_in(terms: list[Term]) -> tuple[str, ...]:
    named = (form.removeprefix(OPERATOR) for term in terms for form in term.forms if form.startswith(OPERATOR))
    return tuple(dict.fromkeys(named))


def _worth_of_language(language: str, reading_order: Sequence[str]) -> float:
    if language == reading_order[0]:
        return _OWN_LANGUAGE
    return _READ_INSTEAD if language in reading_order else _FOREIGN


def _is_better(hit: Hit, rival: Hit, own: str) -> bool:
    """Of the same thing in two languages, the reader's own, unless hardly anything was found in it."""
    if own in (hit.language, rival.language):
        mine, other = (hit, rival) if hit.language == own else (rival, hit)
        return (mine is hit) == (mine.score >= other.score / 2)
    return hit.score > rival.score


def _best_passage(document: Document, number: int, found: list[_Answer]) -> Passage | None:
    """The line that says most of what was sought, one for every operator before one for some; none where title and
    summary say it all."""
    if all(answer.is_in_head(number) for answer in found):
        return None

    def worth(line: int) -> tuple[float, int]:
        passage = document.passages[line]
        said = sum(answer.weight * answer.lines[number].get(line, 0.0) for answer in found)
        return said * (_FOR_SOME if passage.only else 1), _WORTH[passage.place]

    lines = {line for answer in found for line in answer.lines[number] if document.passages[line].written}
    return document.passages[max(sorted(lines), key=worth)] if lines else None


def _operator_of(document: Document, passage: Passage | None, found: list[_Answer], number: int) -> str:
    """The operator on whose page the hit stands, where it does not stand on all."""
    if document.owner:
        return document.owner
    return min(passage.only) if passage and passage.only else ""
