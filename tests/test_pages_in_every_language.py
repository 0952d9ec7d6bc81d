"""No page says an English word to whoever reads another language.

Every address that links lead to is opened, as a visitor and from the demo account, and every form on the way is
sent: as it stands, empty, and with nonsense. What the page then says is laid beside what it says in English: a word
in Latin letters that stands on both was not translated. Spared are what the account's owner wrote, what the guides
quote, the names in `NAMES`, and what an element with another `lang` holds. Pages that come later are judged without
a line here.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import models, transaction
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import NoReverseMatch, Resolver404, get_resolver, resolve, reverse
from django.utils import translation

from kzsim.common.languages import CODES, LANGUAGES
from plans import demo, outbox
from plans.models import Message, Person
from tests.builders import NOW, a_user
from tests.kzsim.test_public_pages import addresses
from tests.visible import Form, Shown, read, said_in_json

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]

OTHERS = [code for code, _name in LANGUAGES if code != "en"]
VISITOR, OWNER, NEWCOMER = "a visitor", "the owner", "a newcomer"

# What is called so in every language, in small letters. Everything else must be in the reader's own words.
NAMES = set(
    """
    kzsim kcell activ beeline izi tele altel kazakhstan coyhaique
    kaspi halyk google play apple store pay qiwi maps yandex gis visa mastercard unionpay mir alipay wechat whatsapp
    telegram ntfy bark wxpusher serverchan wecom feishu dingtalk discord matrix webhook javascript
    android ios iphone ipad mac huawei f-droid icsx outlook thunderbird
    sim esim sms app imei iin url ussd apn pin puk csv xlsx excel safari pdf qr code wi-fi gb mb utc gmt
    """.split()  # noqa: SIM905  (a list to read)
)
PHRASES = {"ServerChan (Server酱)", "“top up”", "「top up」", "«top up»", "push-сервис", "(topic)", "有效的 Email 地址"}
NO_WORDS = re.compile(  # gaps to fill, addresses, codes of currencies, keys
    r"\{\w+\}|https?://\S*|[\w.+-]+@[\w.-]+|(?:[\w-]+\.)+[a-z]{2,}\b\S*|(?<!\w)/[a-z]\S*"
    r"|\b[A-Z]{3} ·|\(CF[AP]\S*\)|\b[a-z]+_(?!\w)|[\w-]{50,}"
)
WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*[A-Za-z]")
PASSAGE = re.compile(r"[A-Za-z][\w ,;.'’-]*[A-Za-z]", re.ASCII)
QUOTED_BY_GUIDES = {"name", "source", "value", "title", "audience"}  # fields of rows, whatever the reader's language

# Of each sort of page so many are opened, the first that links lead to: each SIM of the demo stands otherwise.
MOST, MOST_SIMS, MOST_FILLINGS = 2, 8, 3
NOT_FOR_READERS = ("/admin/", "/mailbox/", "/static/", "/healthz", "/language/", "/accounts/logout/", "/calendar/")
WITHOUT_A_SWITCH = {
    *("guides:clerk", "plans:sim_clerk"),  # a card to hold up in a shop
    "plans:message_html",  # a message as it left, in the language in which it left
}
STANDS_FOR_OTHERS = {"guides:offline"}  # shown at the address of a page that is out of reach
SPEAKS_TO_ONE_PERSON = {"plans:answer", "plans:unsubscribe"}  # as the message did in which the link stood


# --- what may stay as it is ------------------------------------------------------------------------


@dataclass
class Spared:
    """What the site only repeats: whole, or a passage of it where a search shows one."""

    phrases: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        found = sorted((one for one in self.phrases | PHRASES if WORD.search(one)), key=len, reverse=True)
        whole = "|".join(map(re.escape, found))
        self._whole = re.compile(rf"(?<![A-Za-z.])(?:{whole})(?![A-Za-z]|\.[a-z])")
        self._all = "\n".join(found)

    def without(self, said: str, shortest: int = 3) -> str:
        """The text less what is repeated; a passage counts from so many words."""
        left = self._whole.sub(" ", said)
        return PASSAGE.sub(lambda one: " " if len(one[0].split()) >= shortest and one[0] in self._all else one[0], left)


def words(said: str) -> set[str]:
    """The Latin words of a text that are nobody's name."""
    return {word.lower() for word in WORD.findall(NO_WORDS.sub(" ", said))} - NAMES if WORD.search(said) else set()


def gaps(shown: Shown, in_english: Shown, language: str, spared: Spared, shortest: int = 3) -> list[str]:
    """The texts that say to this reader what they say in English."""
    english = {word for text in in_english.texts for word in words(text.said)}
    theirs = [text.said for text in shown.texts if text.language in ("", language)]
    return [said for said in theirs if words(said) & english and words(spared.without(said, shortest)) & english]


def repeated_by_the_site() -> set[str]:
    """What stands in the rows of users, whoever wrote it, and what the guides quote."""
    found: set[str] = set(EmailAddress.objects.values_list("email", flat=True))
    for model in [*apps.get_app_config("plans").get_models(), *apps.get_app_config("guides").get_models()]:
        fields = [one for one in model._meta.concrete_fields if isinstance(one, models.CharField | models.TextField)]
        names = [
            one.name
            for one in fields
            if not one.choices and (model._meta.app_label == "plans" or one.name in QUOTED_BY_GUIDES)
        ]
        rows = model.objects.values_list(*names) if names else []
        lines = [line for row in rows for value in row if value for line in str(value).splitlines()]
        found |= {" ".join(part.split()) for line in lines for part in [line, *re.split(r"https?://\S+", line)]}
    return found | {name for _code, name in LANGUAGES}


def asked(step: Step) -> set[str]:
    """What the reader has written into the address, which the page may repeat."""
    return {value for _name, value in parse_qsl(urlsplit(step.path).query)}


# --- the walk ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One request of the walk; `{language}` stands in the place of the language."""

    who: str
    path: str
    is_part: bool = False
    sent: tuple[tuple[str, str], ...] | None = None  # by POST
    origin: str = ""  # the page on which the form stood

    def __str__(self) -> str:
        form = "" if self.sent is None else f" with {dict(self.sent)}"
        return f"{self.path}{form} for {self.who}"

    def address(self, language: str) -> str:
        return self.path.replace("{language}", language)

    @cached_property
    def view(self) -> str:
        try:
            return resolve(urlsplit(self.address("en")).path).view_name
        except Resolver404:
            return ""

    @property
    def sort(self) -> tuple:
        """Steps of one sort show the same templates."""
        asked = frozenset(name for name, _value in parse_qsl(urlsplit(self.path).query))
        names = None if self.sent is None else frozenset(name for name, _value in self.sent)
        return self.who, self.view, asked, self.is_part, names


@dataclass
class Walk:
    """Opens pages as one reader after another."""

    users: dict[str, models.Model]
    _clients: dict[tuple[str, str], Client] = field(default_factory=dict)
    _speaks: dict[str, str] = field(default_factory=dict)

    def answer(self, step: Step, language: str) -> HttpResponse:
        """What the site says to this step. Whatever a form changed is taken back."""
        headers = {"hx-request": "true"} if step.is_part else {}
        if step.sent is None:
            return self.client(step.who, language).get(step.address(language), headers=headers)
        client = self.client(step.who, language, fresh=True)
        with taken_back():
            sent: dict[str, list[str]] = {}
            for name, value in step.sent:
                sent.setdefault(name, []).append(language if name == "language" and value in CODES else value)
            headers |= {"referer": step.origin.replace("{language}", language)}
            answer = client.post(step.address(language), sent, headers=headers)
            for _move in range(3):
                if answer.status_code == 302 and answer.url.startswith("/"):
                    answer = client.get(answer.url)
            return answer

    def shown(self, step: Step, language: str) -> Shown:
        answer = self.answer(step, language)
        assert answer.status_code < 500, step
        if answer.status_code in (301, 302):
            return Shown(links=[urlsplit(answer.url)._replace(scheme="", netloc="").geturl()])
        kind = answer.get("Content-Type", "")
        if "manifest" in kind:
            return Shown(texts=said_in_json(answer.json(), language))
        return read(answer.content.decode()) if kind.startswith("text/html") else Shown()

    def client(self, who: str, language: str, *, fresh: bool = False) -> Client:
        if who in self.users and self._speaks.get(who) != language:
            Person.objects.filter(user=self.users[who]).update(language=language)
            self._speaks[who] = language
        if not fresh and (who, language) in self._clients:
            return self._clients[who, language]
        client = Client()
        client.cookies["django_language"] = language
        if who in self.users:
            client.force_login(self.users[who])
        if not fresh:
            self._clients[who, language] = client
        return client


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    cache.clear()


def led_to(step: Step, shown: Shown) -> Iterator[Step]:
    """Where one can go from here without changing anything."""
    here = step.address("en")
    searches = [form for form in shown.forms if form.method == "get" and form.fields]
    queries = [f"{urljoin(here, form.action)}?{urlencode(sent)}" for form in searches for sent in fillings(form)]
    found = [(one, False) for one in [*shown.links, *queries]] + [(one, True) for one in shown.parts]
    for link, is_part in found:
        where = urlsplit(urljoin(here, link))
        if is_ours(where):
            yield Step(step.who, general(where._replace(fragment="").geturl()), is_part)


def sent_from(step: Step, shown: Shown) -> Iterator[Step]:
    """What can be sent from here."""
    for form in shown.forms:
        where = urlsplit(urljoin(step.address("en"), form.action))
        if form.method == "post" and is_ours(where):
            for sent in fillings(form):
                yield Step(step.who, general(where._replace(fragment="").geturl()), form.by_part, sent, step.path)


def same_page(one: str, other: str) -> bool:
    """Whether two addresses lead to the same page with the same questions."""
    first, second = urlsplit(one), urlsplit(other)
    return unquote(first.path) == unquote(second.path) and parse_qsl(first.query) == parse_qsl(second.query)


def is_ours(where) -> bool:
    return not where.netloc and where.path.startswith("/") and not where.path.startswith(NOT_FOR_READERS)


def general(path: str) -> str:
    """The same address in every language."""
    return re.sub(r"^/en/", "/{language}/", path)


_WRONG = {"number": "-1", "date": "1900-01-01", "email": "@", "url": "://", "text": "?!", "textarea": "?!"}


def fillings(form: Form) -> Iterator[tuple[tuple[str, str], ...]]:
    """A form as it stands, empty, and with nonsense in every field."""
    stands = [(name, value) for name, values in form.fields.items() for value in values]
    stands = [(name, value) for name, value in stands if name != "csrfmiddlewaretoken"]
    hidden = [(name, value) for name, value in stands if name in form.hidden]
    yield tuple(stands)
    if visible := [name for name in form.fields if name not in form.hidden]:
        yield tuple(hidden + [(name, "") for name in visible if form.kinds.get(name) not in ("radio", "checkbox")])
        yield tuple(hidden + [(name, _WRONG.get(form.kinds.get(name, ""), "?")) for name in visible])


def beginnings() -> Iterator[Step]:
    """Where people come in: the front doors, the links in a message, and what no other page needs to lead to."""
    yield from (Step(VISITOR, "/"), Step(OWNER, "/dashboard/"))
    yield from (Step(VISITOR, "/no-such-page/"), Step(OWNER, "/sims/0/"))
    yield Step(OWNER, "/admin/login/")  # for editors only, and says so
    for path in ("/dashboard/", "/money/", "/trips/", "/reminders/", "/renewals/", "/settings/", "/sims/archived/"):
        yield Step(NEWCOMER, path)
    for message in Message.objects.all():
        for path in re.findall(rf"{re.escape(settings.SITE_URL)}(/(?:a|unsubscribe)/[\w:.-]+/)", message.text):
            yield Step(VISITOR, path)
    for path in sorted(set(without_arguments())):
        if is_ours(urlsplit(path)):
            yield from (Step(who, general(path)) for who in (VISITOR, OWNER))


def without_arguments() -> Iterator[str]:
    for name, _view in addresses(get_resolver()):
        for arguments in ({}, {"lang": "en"}):
            try:
                yield reverse(name, kwargs=arguments)
            except NoReverseMatch:
                continue


def pages_of(walk: Walk) -> list[tuple[Step, Shown]]:
    """All sorts of pages that links lead to, each with what it says in English."""
    waiting = deque(beginnings())
    known, often = set(waiting), Counter()
    found: list[tuple[Step, Shown]] = []
    while waiting:
        step = waiting.popleft()
        often[step.sort] += 1
        if often[step.sort] > (MOST_SIMS if step.view == "plans:sim" else MOST):
            continue
        shown = walk.shown(step, "en")
        found.append((step, shown))
        if step.who == NEWCOMER:
            continue
        for other in led_to(step, shown):
            if other not in known:
                known.add(other)
                waiting.append(other)
    return found


def forms_of(pages: list[tuple[Step, Shown]]) -> list[Step]:
    """All sorts of forms on these pages, each as it stands, empty and with nonsense."""
    often: Counter = Counter()
    found: dict[Step, None] = {}
    for page, shown in pages:
        for step in sent_from(page, shown):
            if step not in found and often[step.who, step.view] < MOST_FILLINGS:
                often[step.who, step.view] += 1
                found[step] = None
    return list(found)


# --- the site that is walked -----------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def walk(guides_loaded) -> Walk:
    """The demo account, to which a message has gone already, and an account that has nothing yet."""
    demo.load_account(NOW)
    for person, medium in outbox.due_people(NOW):
        outbox.post(person, NOW, medium)
    outbox.send(outbox.due_messages(NOW), clock=lambda: NOW)
    owner = get_user_model().objects.get(email=demo.EMAIL)
    return Walk({OWNER: owner, NEWCOMER: a_user("newcomer@example.org")})


@dataclass
class Judge:
    """Collects what is wrong, each thing once with the first page on which it stands."""

    spared: set[str] = field(default_factory=repeated_by_the_site)
    wrong: dict[str, str] = field(default_factory=dict)
    _more: dict[frozenset[str], Spared] = field(default_factory=dict)

    def see(self, step: Step, shown: Shown, in_english: Shown, language: str) -> None:
        # A search shows pieces of what the guides quote, down to single words.
        shortest = 1 if step.view == "guides:search" and asked(step) else 3
        for said in gaps(shown, in_english, language, self._spared(asked(step)), shortest):
            self.say(f"{said!r} is English", step, language)
        if shown.is_whole and shown.language != language and step.view != "plans:message_html":
            self.say(f"the page says that it is in {shown.language!r}", step, language)

    def say(self, what: str, step: Step, language: str) -> None:
        self.wrong.setdefault(f"{language}: {what}", str(step)[:300])

    def verdict(self) -> str:
        return "\n".join(f"{what}\n    on {where}" for what, where in self.wrong.items())

    def _spared(self, more: set[str]) -> Spared:
        key = frozenset(more)
        if key not in self._more:
            self._more[key] = Spared(self.spared | more)
        return self._more[key]


def test_no_page_says_in_english_what_its_reader_reads_in_another_language(walk):
    judge = Judge()
    pages = pages_of(walk)
    assert {"plans:dashboard", "plans:sim", "plans:settings", "guides:guide", "account_signup", "plans:answer"} <= {
        step.view for step, _shown in pages
    }
    for language in OTHERS:
        for step, in_english in pages:
            judge.see(step, walk.shown(step, language), in_english, language)
    assert not judge.wrong, judge.verdict()


@pytest.mark.slow
def test_no_form_answers_in_english_to_a_reader_of_another_language(walk):
    judge = Judge()
    forms = forms_of(pages_of(walk))
    in_english = {step: walk.shown(step, "en") for step in forms}
    for language in OTHERS:
        for step in forms:
            judge.see(step, walk.shown(step, language), in_english[step], language)
    assert not judge.wrong, judge.verdict()


@pytest.mark.slow
def test_the_languages_are_offered_on_every_page_and_lead_back_to_it(walk):
    judge = Judge(set())
    pages = pages_of(walk)
    for step, shown in pages:
        if shown.is_whole and step.view not in WITHOUT_A_SWITCH | STANDS_FOR_OTHERS:
            here, target = step.address("en"), shown.switch_leads_to
            if target is None:
                judge.say("no choice of languages", step, "en")
            elif not same_page(target, here):
                judge.say(f"choosing a language leads to {target}", step, "en")
            elif step.who == VISITOR and walk.answer(step, "en").status_code == 200:
                chosen = walk.client(VISITOR, "en", fresh=True)
                moved = chosen.post(reverse("set_language"), {"language": "kk", "next": target})
                if not same_page(moved.url, step.address("kk")):
                    judge.say(f"choosing Kazakh leads to {moved.url}", step, "en")
                elif (
                    step.view not in SPEAKS_TO_ONE_PERSON
                    and read(chosen.get(moved.url).content.decode()).language != "kk"
                ):
                    judge.say("choosing Kazakh is not remembered", step, "en")
    for step in forms_of(pages):
        target = walk.shown(step, "en").switch_leads_to
        if target is not None and walk.client(step.who, "en", fresh=True).get(target).status_code == 405:
            judge.say(f"choosing a language leads to {target}, which only takes forms,", step, "en")
    assert not judge.wrong, judge.verdict()


@pytest.mark.parametrize(
    ("language", "months"),
    [
        ("en", "November|December"),
        ("zh-hans", r"1[12]月\d+日"),
        ("zh-hant", r"1[12]月\d+日"),
        ("ru", r"\d+ (ноября|декабря)"),
        ("kk", r"\d+ (қараша|желтоқсан)"),
    ],
)
def test_days_are_said_in_the_language_of_the_page(walk, language, months):
    for path in ("/dashboard/", "/reminders/", "/sims/1/"):
        said = " ".join(text.said for text in walk.shown(Step(OWNER, path), language).texts)
        if path == "/dashboard/":
            assert re.search(months, said)
        assert language == "en" or not re.search("November|December|Monday|Tuesday", said), path


@pytest.mark.parametrize("language", OTHERS)
def test_pages_of_refusal_and_failure_are_translated_too(language, client):
    def said(language: str) -> list[Shown]:
        client.cookies["django_language"] = language
        request = client.get("/").wsgi_request
        guarded = Client(enforce_csrf_checks=True)
        guarded.cookies["django_language"] = language
        refused = guarded.post(reverse("account_login"), {"login": "x"})
        assert refused.status_code == 403
        with translation.override(language):
            pages = [render_to_string(name, request=request) for name in ("429.html", "403.html", "404.html")]
            pages += [render_to_string("500.html"), refused.content.decode()]
        return [read(page) for page in pages]

    for shown, in_english in zip(said(language), said("en"), strict=True):
        assert shown.language == language
        assert gaps(shown, in_english, language, Spared(repeated_by_the_site())) == []


# --- the test itself -------------------------------------------------------------------------------


def test_one_word_that_nobody_translated_is_noticed(walk, monkeypatch):
    real = translation._trans.gettext
    monkeypatch.setattr(translation._trans, "gettext", lambda said: said if said == "Add a SIM" else real(said))
    step, judge = Step(OWNER, "/dashboard/"), Judge()

    judge.see(step, walk.shown(step, "ru"), walk.shown(step, "en"), "ru")

    assert list(judge.wrong) == ["ru: 'Add a SIM' is English"]


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("<p>Пополните your balance</p>", ["Пополните your balance"]),
        ('<input placeholder="Your balance">', ["Your balance"]),
        ('<input type="submit" value="Top up">', ["Top up"]),
        ('<button aria-label="Top up">+</button>', ["Top up"]),
        ('<p data-said="Top up">+</p>', ["Top up"]),
        ("<template><p>Top up</p></template>", ["Top up"]),
        ('<p lang="en">Top up</p>', []),
        ('<p lang="en">Top up</p><p lang="ru">Top up <b>this</b></p>', ["Top up"]),
        ("<p>Kcell, Beeline · Kaspi</p>", []),
        ("<p>My phone</p>", []),
        ("<p>My phones</p>", ["My phones"]),
        ("<p>kcell.kz/top/up, me@top.kz</p>", []),
        ("<script>top up</script><code>top up</code>", []),
    ],
)
def test_what_counts_as_untranslated(page, found):
    english = read("<p>Top up your balance, Kcell, my phones, kcell.kz</p>")

    assert gaps(read(page), english, "ru", Spared({"My phone"})) == found
