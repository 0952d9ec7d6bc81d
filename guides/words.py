"""The words of the search: text in, pieces with what they stand for out. Pure, but for its one file of words.

Every sign is folded first: width, case, accents, traditional characters, letters that only Kazakh has. One sign
stays one sign, so that a piece found in the folded text stands at the same place in the text that is shown.
Then a word counts by its stem (a Cyrillic one by its Russian and its Kazakh one: a reader's language does not
tell in which of the two they ask), Chinese by its characters in ones and twos, and whatever `search_words.yaml`
knows also by its concept: `@renew` for 续费, "top up" and пополнить alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock

import snowballstemmer
import yaml
from opencc import OpenCC

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
WORDS_FILE = Path(__file__).parent / "search_words.yaml"
CONCEPT, OPERATOR, CODE = "@", "@operator:", "#"  # what the forms begin with that are no words

_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECE = re.compile(
    rf"(?P<code>(?<![*#])[*#]+\d[\d*#]*|\d+[*#][\d*#]*)|(?P<chinese>[{_CHINESE}]+)|(?P<word>[^\W_{_CHINESE}]+)"
)
_KAZAKH_LETTERS = str.maketrans("әғқңөұүһі", "агкноуухи")  # many write without a Kazakh keyboard
_LONGEST_WORD = 40  # what is longer is no word, and need not be stemmed
_SHORTEST_STEM = 4


@dataclass(frozen=True)
class Piece:
    """A part of a text, from `start` to `end`, and the forms by which it is found."""

    start: int
    end: int
    forms: frozenset[str]


@dataclass(frozen=True)
class _Dictionary:
    """`search_words.yaml`, ready to look words up in."""

    phrases: dict[str, list[tuple[tuple[str, ...], str]]]  # the first stem: all stems of a phrase, its concept
    chinese: dict[str, frozenset[str]]  # a term: its concepts
    brands: dict[str, str]  # a name in one word: the brand
    words: frozenset[str]  # all phrases of one word, and these names
    general: frozenset[str]
    ignored: frozenset[str]
    longest_chinese: int


def folded(text: str) -> str:
    """The text with every sign in its plainest form, each in its place."""
    return "".join(map(_folded_sign, text))


def pieces_of(text: str) -> Iterator[Piece]:
    """All that a text can be found by: words, phrases, codes, Chinese terms and every one and two characters."""
    words: list[Piece] = []
    plain = folded(text)
    for match in _PIECE.finditer(plain):
        start, end = match.span()
        if match["word"]:
            words.append(Piece(start, end, forms_of_word(match["word"])))
        elif match["code"]:
            yield Piece(start, end, frozenset({CODE + match["code"].strip("*#")}))
        else:
            terms = list(_chinese_terms(plain, start, end))
            yield from terms
            yield from _characters(plain, start, end, terms)
    yield from words
    yield from phrases_in(words)


def forms_of_word(word: str) -> frozenset[str]:
    """The stems of one folded word, and the brand that it names."""
    if len(word) > _LONGEST_WORD:
        return frozenset({word})
    brand = _brand(word)
    return _stems(word) | ({OPERATOR + brand} if brand else set())


def phrases_in(words: list[Piece]) -> Iterator[Piece]:
    """The longest known phrases in these words, one word or more, each once."""
    phrases = dictionary().phrases
    at = 0
    while at < len(words):
        found: dict[str, int] = {}
        for stem in words[at].forms:
            for stems, concept in phrases.get(stem, ()):
                run = words[at : at + len(stems)]
                if len(run) == len(stems) and all(one in word.forms for one, word in zip(stems, run, strict=True)):
                    found[concept] = max(found.get(concept, 0), len(stems))
        length = max(found.values(), default=0)
        for concept, size in found.items():
            if size == length:
                yield Piece(words[at].start, words[at + size - 1].end, frozenset({concept}))
        at += max(length, 1)


def brands_named(text: str) -> frozenset[str]:
    """The operators that a text names, by their short names, with whatever ending: “Билайном”, “Tele2”."""
    forms = frozenset().union(*(piece.forms for piece in pieces_of(text)))
    return frozenset(form.removeprefix(OPERATOR) for form in forms if form.startswith(OPERATOR))


def spellings() -> dict[str, frozenset[str]]:
    """The words that mean something by themselves, as they are spelled, each with its forms."""
    return {word: frozenset().union(*(piece.forms for piece in pieces_of(word))) for word in dictionary().words}


def is_general(form: str) -> bool:
    """Whether a form says nothing of what is sought."""
    return form.startswith(OPERATOR) or form in dictionary().general


def is_ignored(word: str) -> bool:
    """Whether a folded word or run of characters carries no meaning in a question."""
    return word in dictionary().ignored


@cache
def dictionary() -> _Dictionary:
    data = yaml.load(WORDS_FILE.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506  (a safe one, the faster if there)
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    chinese: dict[str, set[str]] = {}
    brands: dict[str, str] = {}
    words: set[str] = set()

    def add(phrase: str, language: str, concept: str) -> None:
        if re.fullmatch(rf"[{_CHINESE}]+", phrase):
            chinese.setdefault(phrase, set()).add(concept)
        else:
            stems = tuple(_stem(word, language) for word in re.findall(r"[^\W_]+", phrase))
            phrases.setdefault(stems[0], []).append((stems, concept))
            words.update({phrase} if len(stems) == 1 else ())

    for concept, languages in data["concepts"].items():
        for language, terms in languages.items():
            for term in terms:
                add(folded(term), language, CONCEPT + concept)
    for brand, names in data["operators"].items():
        for name in map(folded, names):
            if re.fullmatch(rf"[^\W_{_CHINESE}]+", name):
                brands[name] = brand
            else:
                add(name, "ru", OPERATOR + brand)
    ignored = {folded(word) for words in data["ignored"].values() for word in words}
    return _Dictionary(
        phrases,
        {term: frozenset(concepts) for term, concepts in chinese.items()},
        brands,
        frozenset(words | brands.keys()),
        frozenset(CONCEPT + concept for concept in data["general"]),
        frozenset(ignored),
        max(map(len, chinese)),
    )


def _characters(plain: str, start: int, end: int, terms: list[Piece]) -> Iterator[Piece]:
    """Every one and two characters of a run, but no known term of another meaning inside a longer one: a fee (手续费)
    is no renewal (续费)."""
    known = dictionary().chinese
    within = {at: term for term in terms for at in range(term.start, term.end)}
    for at in range(start, end):
        yield Piece(at, at + 1, frozenset({plain[at]}))
        pair = plain[at : at + 2]
        term = within.get(at)
        if at + 2 > end or (term and at + 2 <= term.end and not known.get(pair, frozenset()) <= term.forms):
            continue
        yield Piece(at, at + 2, frozenset({pair}))


def _chinese_terms(plain: str, start: int, end: int) -> Iterator[Piece]:
    """The longest known terms in a run of characters, from left to right."""
    known = dictionary()
    at = start
    while at < end:
        for size in range(min(known.longest_chinese, end - at), 0, -1):
            term = plain[at : at + size]
            if term in known.chinese:
                yield Piece(at, at + size, known.chinese[term] | {term})
                at += size
                break
        else:
            at += 1


# --- one sign, one word ----------------------------------------------------------------------------------


@cache
def _simplified() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=20_000)
def _folded_sign(sign: str) -> str:
    if sign.isascii():
        return sign.lower()
    for form in (unicodedata.normalize("NFKC", sign), unicodedata.normalize("NFKC", sign).lower()):
        sign = form if len(form) == 1 else sign
    if re.fullmatch(rf"[{_CHINESE}]", sign):
        plain = _simplified().convert(sign)
        return plain if len(plain) == 1 else sign
    if sign == "ё":
        return "е"
    base = unicodedata.normalize("NFKD", sign)[0]
    return base if base.isascii() and base.isalpha() else sign.translate(_KAZAKH_LETTERS)


_ENGLISH, _RUSSIAN = snowballstemmer.stemmer("english"), snowballstemmer.stemmer("russian")
_ONE_AT_A_TIME = Lock()  # a stemmer keeps the word it works on

# The endings of Kazakh words, in folded letters; there is no kept library that cuts them.
_KAZAKH_ENDINGS = re.compile(
    "(?:"
    "лар|лер|дар|дер|тар|тер|"  # many
    "ымыз|имиз|ыныз|иниз|ым|им|ын|ин|сы|си|ы|и|"  # whose
    "нын|нин|дын|дин|тын|тин|га|ге|ка|ке|на|не|ны|ни|ды|ди|ты|ти|"  # in which case
    "нда|нде|да|де|та|те|нан|нен|дан|ден|тан|тен|мен|бен|пен|дагы|деги|тагы|теги|"
    "ып|ип|п|у|уге|уды|уди|уи|уы|ган|ген|кан|кен|дым|дим|тым|тим|дык|дик|тык|тик|ады|еди|иди|йды|йди|айын|ейин|сам|сем|са|се|мын|мин|амын|емин"
    ")$"
)
_BRAND_ENDINGS = {*"аоуеыи", "ом", "ой", "ов", "ам", "ами", "ах"}
_BRAND_ENDINGS |= {"га", "ге", "ка", "ке", "да", "де", "та", "те", "дан", "ден", "тан", "тен", "нан", "нен"}
_BRAND_ENDINGS |= {"нын", "нин", "дын", "дин", "тын", "тин", "ды", "ди", "ты", "ти", "ны", "ни", "мен", "пен", "бен"}


def _stems(word: str) -> frozenset[str]:
    return frozenset({_stem(word, "ru"), _stem(word, "kk")})


@lru_cache(maxsize=50_000)
def _stem(word: str, language: str) -> str:
    """The stem of a folded word; the language counts for Cyrillic only."""
    if language == "kk" and not word.isascii():
        return _kazakh_stem(word)
    with _ONE_AT_A_TIME:
        return str((_ENGLISH if word.isascii() else _RUSSIAN).stemWord(word))


def _kazakh_stem(word: str) -> str:
    while (match := _KAZAKH_ENDINGS.search(word)) and match.start() >= _SHORTEST_STEM:
        word = word[: match.start()]
    return word


def _brand(word: str) -> str | None:
    """The brand whose name this is, also with a Russian or Kazakh ending."""
    brands = dictionary().brands
    if word in brands:
        return brands[word]
    for size in range(max(len(word) - 3, 4), len(word)):
        if word[:size] in brands and word[size:] in _BRAND_ENDINGS:
            return brands[word[:size]]
    return None
