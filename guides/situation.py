"""Where a reader is and how they can pay: a value the guides are chosen by."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Place(models.TextChoices):
    KAZAKHSTAN = "kz", _("In Kazakhstan")
    ABROAD = "abroad", _("Abroad")


class PaymentMethod(models.TextChoices):
    CASH = "cash", _("Cash in Kazakhstan")
    KASPI = "kaspi", _("Kaspi")
    KZ_CARD = "kz_card", _("Another Kazakh bank card")
    FOREIGN_CARD = "foreign_card", _("Visa or Mastercard issued abroad")
    UNIONPAY = "unionpay", _("UnionPay")
    MIR = "mir", _("Mir")
    ALIPAY_WECHAT = "alipay_wechat", _("Alipay or WeChat Pay")


@dataclass(frozen=True)
class Situation:
    """`place` is a `Place` value or "" when unknown; no `payments` means that they are unknown."""

    place: str = ""
    payments: frozenset[str] = frozenset()
