"""What a fact is about, in a few words for readers: “code for the balance”. Facts of an operator and facts of the
country share these names by the last part of their key; a rule that has none is known by its own words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from guides.models import Fact, FactKind

NAMES = {
    "account_site": _("address of the personal account"),
    "apn": _("name of the access point (APN)"),
    "app_name": _("name of the app"),
    "ask_topup_code": _("code that asks a friend for a top-up"),
    "autopay_code": _("code for automatic top-up"),
    "balance_code": _("code that shows the balance"),
    "balance_short": _("what happens when the balance is short"),
    "call_me_code": _("code that asks a friend to call back"),
    "collect_call_code": _("code for a call that the other side pays"),
    "company": _("company behind the brand"),
    "contact_page": _("contact page"),
    "credit_ask_code": _("code that shows how much credit there is"),
    "credit_code": _("code for credit when the balance is empty"),
    "credit_days": _("after how many days the credit is taken back"),
    "credit_fee": _("fee for credit when the balance is empty"),
    "credit_menu_code": _("code of the menu for credit"),
    "credit_sum": _("how much credit there is when the balance is empty"),
    "credit_sums": _("how much credit there is when the balance is empty"),
    "daily_fallback_fee": _("fee for each day when the money is short"),
    "daily_fee_moment": _("when the daily fee is taken"),
    "data_left_code": _("code that shows what is left of the package"),
    "data_left_other_code": _("another code that shows what is left"),
    "esim": _("whether eSIMs are sold"),
    "foreign_card": _("whether cards issued abroad are taken"),
    "foreigner_without_iin": _("whether a foreign passport without an IIN passes the face check"),
    "forms_site": _("page with the forms"),
    "halyk_fee": _("fee in Halyk"),
    "imei_code": _("code that shows the IMEI"),
    "imei_days": _("within how many days a phone is to be registered"),
    "imei_fee": _("fee for registering a phone"),
    "imei_site": _("website for checking a phone"),
    "imei_visitors": _("whether visitors may use a phone without registering it"),
    "inactivity_law": _("whether the law limits how long a number may stay unused"),
    "inactivity_limit": _("how long a number may stay unused"),
    "kaspi_fee": _("fee in Kaspi"),
    "kaspi_help": _("help page of Kaspi"),
    "kaspi_restore_days": _("days in which a deleted Kaspi account can be restored"),
    "keep_service": _("whether there is a paid service that keeps a number"),
    "kiosk_fee": _("fee at a payment kiosk"),
    "live_balance_fee": _("fee for the live balance"),
    "live_balance_menu_code": _("code of the menu for the live balance"),
    "live_balance_off_code": _("code that switches the live balance off"),
    "live_balance_on_code": _("code that switches the live balance on"),
    "minute_price": _("price of a minute"),
    "mnp_check_code": _("code that shows whose number it is"),
    "mnp_fee": _("fee for taking a number to another operator"),
    "mnp_wait_days": _("days between two moves to another operator"),
    "mobile_internet_code": _("code that shows the add-on Mobile Internet+"),
    "network_code": _("number of the network"),
    "numbers_a_person": _("how many numbers one person may have"),
    "own_number_code": _("code that shows one's own number"),
    "period": _("how long a period is"),
    "plan_name_code": _("code that shows the plan"),
    "prefixes": _("first digits of the numbers"),
    "price_notice": _("how long ahead a new price is announced"),
    "restore_packages_code": _("code that brings the packages back"),
    "service_languages": _("languages of the service"),
    "sim_abroad": _("whether a lost SIM is replaced while its owner is abroad"),
    "sim_replacement": _("how a lost SIM or eSIM is replaced"),
    "sms_abroad_at_zero": _("whether SMS arrive abroad with nothing on the balance"),
    "sms_price": _("price of an SMS"),
    "state_help_number": _("help number of the state"),
    "support_abroad": _("phone number of the support for calls from abroad"),
    "support_email": _("e-mail address of the support"),
    "support_number": _("phone number of the support"),
    "tariff_menu_code": _("code of the menu for plans"),
    "topup_longest": _("how long a payment may take at most"),
    "topup_site": _("website for topping up"),
    "tourist_plans": _("whether there is a plan for visitors"),
    "website": _("website"),
    "wrong_number_refund": _("how a payment to a wrong number is moved"),
}


def name_of(fact: Fact) -> str:
    """What the fact is about; only its kind where it has no name."""
    return str(NAMES.get(fact.key.partition(".")[2], FactKind(fact.kind).label))


def has_name(fact: Fact) -> bool:
    return fact.key.partition(".")[2] in NAMES
