"""What a browser tells about itself when its owner lets us notify them there."""

from __future__ import annotations

from base64 import b64decode

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from plans.devices import Device
from plans.media.targets import may_ask


class DeviceForm(forms.Form):
    """A subscription of the Push API. Filled in by static/js/push.js, so its errors are for nobody's eyes."""

    endpoint = forms.CharField(max_length=1000)
    p256dh = forms.CharField(max_length=100)
    auth = forms.CharField(max_length=30)

    def clean_endpoint(self) -> str:
        endpoint: str = self.cleaned_data["endpoint"]
        if not may_ask(endpoint, private=settings.ALLOW_PRIVATE_TARGETS):
            raise ValidationError(_("No push service is there."))
        return endpoint

    def clean_p256dh(self) -> str:
        from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

        key: str = self.cleaned_data["p256dh"]
        try:
            EllipticCurvePublicKey.from_encoded_point(SECP256R1(), _decoded(key))
        except ValueError:
            raise ValidationError(_("Nothing can be encrypted for this key.")) from None
        return key

    def clean_auth(self) -> str:
        secret: str = self.cleaned_data["auth"]
        try:
            length = len(_decoded(secret))
        except ValueError:
            length = 0
        if length != 16:
            raise ValidationError(_("Nothing can be encrypted with this secret."))
        return secret

    def device(self, name: str, added_at: str) -> Device:
        said = self.cleaned_data
        keys = {"p256dh": said["p256dh"], "auth": said["auth"]}
        return Device(endpoint=said["endpoint"], keys=keys, name=name, added_at=added_at)


def _decoded(value: str) -> bytes:
    return b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
