"""What a password must be, in words that every language of the site has."""

from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

PASSWORD_RULE = _("At least 8 characters, not only digits.")


class LongEnough(password_validation.MinimumLengthValidator):
    """Django's own words for this are not translated into every language that the site speaks."""

    def get_error_message(self) -> str:
        return PASSWORD_RULE
