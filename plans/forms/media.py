"""What each medium needs to find a person: exactly that, and one sentence on where to find it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from plans.media.targets import is_public, may_ask
from plans.models import Address
from plans.models.reminders import Medium

from .layout import PageForm

_TYPED = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


def masked(secret: str) -> str:
    """Enough of it for its owner to know it again."""
    return f"…{secret[-4:]}" if len(secret) > 8 else "…"


class KeyField(forms.CharField):
    """A key, or the whole address that it stands in, as services show it for copying."""

    def __init__(self, looks_like: str, *, within: str = "", **options: Any) -> None:
        super().__init__(max_length=500, widget=forms.TextInput(attrs=dict(_TYPED)), **options)
        self.looks_like, self.within = looks_like, within

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        found = self.within and re.search(self.within, text, re.IGNORECASE | re.ASCII)
        text = found[1] if found else text
        if text and not re.fullmatch(self.looks_like, text, re.IGNORECASE | re.ASCII):
            raise ValidationError(_("This does not look like one. Copy the whole of it."), code="invalid")
        return text


class AddressField(forms.CharField):
    """The address of a web server that the site may ask; a name alone stands for its https:// address."""

    def __init__(self, *, whole: bool = False, **options: Any) -> None:
        super().__init__(max_length=500, widget=forms.TextInput(attrs=_TYPED | {"inputmode": "url"}), **options)
        self.whole = whole  # with its path, and not only the server

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return text
        text = text if "://" in text else f"https://{text}"
        if not may_ask(text, private=settings.ALLOW_PRIVATE_TARGETS) or _is_inside(text):
            raise ValidationError(
                _("Use an address that begins with https:// and can be reached on the Internet."), code="not_allowed"
            )
        parts = urlsplit(text)
        if self.whole:
            return parts._replace(fragment="").geturl()
        if parts.path.strip("/") or parts.query:
            raise ValidationError(_("Only the server, without what follows it: https://ntfy.sh"), code="path")
        return f"{parts.scheme}://{parts.netloc.lower()}"


def _is_inside(url: str) -> bool:
    """Whether it names an address that is not public; where a name leads is found out when it is asked."""
    try:
        address = str(ip_address(urlsplit(url).hostname or ""))
    except ValueError:
        return False
    return not settings.ALLOW_PRIVATE_TARGETS and not is_public(address)


class MediumForm(PageForm):
    """How to find a person on one medium. What opens a chat is not shown again: a field left empty keeps it."""

    where: Any = ""  # to find what the fields ask for
    honest: Any = ""  # what one should know before
    secrets: tuple[str, ...] = ()

    def __init__(self, data: Any = None, *, address: Address | None = None) -> None:
        super().__init__(data)
        self.kept: dict[str, str] = address.to if address else {}
        for name, value in self.kept.items():
            if name not in self.fields:
                continue
            if name in self.secrets:
                field = self.fields[name]
                field.required = False
                field.widget.attrs["placeholder"] = _("%(end)s: leave empty to keep it") % {"end": masked(value)}
            else:
                self.initial[name] = value

    @property
    def to(self) -> dict[str, str]:
        """What `Address.to` will hold."""
        said = {name: value for name, value in self.cleaned_data.items() if value}
        return {name: self.kept[name] for name in self.secrets if self.kept.get(name)} | said

    @property
    def label(self) -> str:
        """How the address is called where its secrets are not shown."""
        parts = [masked(value) if name in self.secrets else _host(value) for name, value in self.to.items()]
        return " · ".join(parts)[:80]


def _host(value: str) -> str:
    return urlsplit(value).netloc or value


class NtfyForm(MediumForm):
    where = _("Install the app ntfy, subscribe to a topic there, and write the same here.")
    honest = _(
        "Whoever knows the topic can read along: choose a long one that nobody guesses. In mainland China, the Android "
        "app from Google’s store gets nothing; the one from F-Droid does."
    )
    secrets = ("topic", "token")
    server = AddressField(label=_("Server"), initial="https://ntfy.sh")
    topic = KeyField(r"[\w-]{1,64}", label=_("Topic"), within=r"^https?://[^/]+/([\w-]+)/?$")
    token = KeyField(
        r"tk_\w{1,100}",
        label=_("Access token"),
        required=False,
        help_text=_("Only where your server asks for one; it begins with tk_."),
    )


class BarkForm(MediumForm):
    where = _("The app Bark shows your key on its first page, as a part of an address: you can paste all of it.")
    honest = _("For iPhone and iPad only. It works in mainland China.")
    secrets = ("key",)
    server = AddressField(label=_("Server"), initial="https://api.day.app")
    key = KeyField(r"[A-Za-z0-9_-]{8,64}", label=_("Key"), within=r"^https?://[^/]+/([A-Za-z0-9_-]+)")


class DiscordForm(MediumForm):
    where = _("In Discord, in the settings of a channel: Integrations, Webhooks, New Webhook, Copy Webhook URL.")
    honest = _("Blocked in mainland China.")
    secrets = ("webhook",)
    webhook = KeyField(
        r"\d{5,25}/[\w-]{10,100}",
        label=_("Webhook URL"),
        within=r"^https://(?:\w+\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks/(\d+/[\w-]+)",
    )


class MatrixForm(MediumForm):
    where = _(
        "Make an account for these messages and invite it to a room. In Element, the room’s settings show its internal "
        "ID under Advanced, and the account’s settings show its access token under Help & About."
    )
    honest = _("The room must be without encryption.")
    secrets = ("token",)
    server = AddressField(label=_("Server"), initial="https://matrix.org")
    room = KeyField(r"![\w.=-]{1,200}(:[A-Za-z0-9.-]{1,200})?", label=_("Room"), help_text=_("It begins with !"))
    token = KeyField(r"[!-~]{8,500}", label=_("Access token"))


class WxPusherForm(MediumForm):
    where = _("On wxpusher.zjiecode.com, make an application, then follow it in WeChat: it shows both.")
    honest = _("It arrives in WeChat, in mainland China too.")
    secrets = ("token", "uid")
    token = KeyField(r"AT_\w{5,100}", label=_("appToken"), help_text=_("It begins with AT_."))
    uid = KeyField(r"UID_\w{5,100}", label=_("UID"), help_text=_("It begins with UID_."))


class ServerChanForm(MediumForm):
    where = _("On sct.ftqq.com, sign in with WeChat: the page SendKey shows it.")
    honest = _("It arrives in WeChat, in mainland China too. Without paying, only a few messages a day.")
    secrets = ("key",)
    key = KeyField(
        r"SCT[A-Za-z0-9-]{5,100}",
        label=_("SendKey"),
        within=r"sctapi\.ftqq\.com/(\w+)\.send",
        help_text=_("It begins with SCT. Keys of ServerChan³, which begin with sctp, do not work here."),
    )

    def clean_key(self) -> str:
        if self.cleaned_data["key"].lower().startswith("sctp"):
            raise ValidationError(_("This is a key of ServerChan³. Use one from sct.ftqq.com."), code="other")
        return self.cleaned_data["key"]


class WeComForm(MediumForm):
    where = _("In WeCom, in the settings of a group of your company: add a group robot and copy its webhook address.")
    honest = _("It works in mainland China. Everybody in the group reads along.")
    secrets = ("key",)
    key = KeyField(
        r"[\w-]{10,100}", label=_("Webhook address"), within=r"^https://qyapi\.weixin\.qq\.com/.*[?&]key=([\w-]+)"
    )


class FeishuForm(MediumForm):
    where = _("In Feishu, in the settings of a group: Bots, Add Bot, Custom Bot; copy its webhook address.")
    honest = _(
        "It works in mainland China. Everybody in the group reads along. If you turn on a security setting, choose the "
        "keyword KZSIM: signatures are not supported."
    )
    secrets = ("token",)
    token = KeyField(
        r"[\w-]{10,100}",
        label=_("Webhook address"),
        within=r"^https://open\.feishu\.cn/open-apis/bot/(?:v2/)?hook/([\w-]+)",
    )


class DingTalkForm(MediumForm):
    where = _("In DingTalk, in the settings of a group: Robots, add a custom one; copy its webhook address.")
    honest = _(
        "It works in mainland China. Everybody in the group reads along. As its security setting choose the keyword "
        "KZSIM, or the signature, and enter its secret."
    )
    secrets = ("token", "secret")
    token = KeyField(
        r"[A-Za-z0-9]{10,100}",
        label=_("Webhook address"),
        within=r"^https://oapi\.dingtalk\.com/robot/send\?.*access_token=([A-Za-z0-9]+)",
    )
    secret = KeyField(r"SEC[A-Za-z0-9]{10,100}", label=_("Secret"), required=False, help_text=_("It begins with SEC."))


class WebhookForm(MediumForm):
    where = _("Your program gets each message by POST as JSON, and can tell by the signature that it is ours.")
    secrets = ("url",)
    url = AddressField(label=_("Address of your program"), whole=True)
    renew = forms.BooleanField(label=_("Make a new secret"), required=False)

    def __init__(self, data: Any = None, *, address: Address | None = None) -> None:
        super().__init__(data, address=address)
        if address is None:
            del self.fields["renew"]

    @property
    def to(self) -> dict[str, str]:
        known = "" if self.cleaned_data.get("renew") else self.kept.get("secret", "")
        return {"url": self.cleaned_data["url"] or self.kept["url"], "secret": known or token_urlsafe(32)}

    @property
    def label(self) -> str:
        return _host(self.cleaned_data["url"] or self.kept["url"])[:80]


FORMS: dict[str, type[MediumForm]] = {
    Medium.NTFY: NtfyForm,
    Medium.BARK: BarkForm,
    Medium.WXPUSHER: WxPusherForm,
    Medium.SERVERCHAN: ServerChanForm,
    Medium.WECOM: WeComForm,
    Medium.FEISHU: FeishuForm,
    Medium.DINGTALK: DingTalkForm,
    Medium.DISCORD: DiscordForm,
    Medium.MATRIX: MatrixForm,
    Medium.WEBHOOK: WebhookForm,
}
