"""Messages to devices by web push: sealed for the device (RFC 8291), signed as coming from here (RFC 8292), sent through its maker's service.

Which devices a person has is in devices.py; this says what they are told and what becomes of the answer.
"""

import json
import os
from datetime import timedelta
from email.utils import parseaddr
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils import timezone, translation
from jwt.utils import base64url_encode

from kam.core import clock
from kam.core.devices import PushDevice, PushMessage, decoded
from kam.core.mails import State, attempt
from kam.core.notifications import shown
from kam.core.outgoing import post

#: How long a push service keeps a message for a device that is turned off.
KEPT = timedelta(days=1)
SIGNED_FOR = timedelta(hours=12)  # a day at most: RFC 8292, section 2
#: A push service takes 4096 bytes, the header of the sealed message among them (RFC 8291, section 4).
LONGEST_TEXT = 600
RECORD, LAST = 4096, b"\x02"
#: The order of the curve P-256: a private key is a number below it.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
#: The service knows the device no longer.
GONE = frozenset({404, 410})


class NotTaken(Exception):
    """The push service did not take the message."""


def _derived(length: int, *, salt: bytes | None, secret: bytes, use: bytes) -> bytes:
    return HKDF(hashes.SHA256(), length=length, salt=salt, info=use).derive(secret)


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half of a key as browsers write it."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@cache
def _key(secret: str) -> ec.EllipticCurvePrivateKey:
    """This installation's key towards push services: it follows from the installation's own, so there is no second one to keep."""
    number = int.from_bytes(_derived(48, salt=None, secret=secret.encode(), use=b"kam.core.push"))
    return ec.derive_private_key(number % (ORDER - 1) + 1, ec.SECP256R1())


def public_key() -> str:
    """What a browser is given, so that it takes messages from this installation only: an uncompressed point, in base64url."""
    return base64url_encode(_point(_key(settings.SECRET_KEY))).decode()


def compose(message: PushMessage) -> bytes | None:
    """What a device shows, for its reader as of now and in their language; None when there is nothing to tell any more."""
    notification, reader = message.notification, message.device.user
    if not reader.is_active or notification.reader_id != reader.pk or notification.read_at is not None:
        return None
    rows = shown([notification], reader)
    if not rows:
        return None
    with translation.override(reader.language), timezone.override(ZoneInfo(reader.time_zone)):
        subject, body = rows[0].text()
    told = {
        "title": subject[:LONGEST_TEXT],
        "body": body.partition("\n")[0][:LONGEST_TEXT],
        "address": notification.get_absolute_url(),
        "tag": f"kam-{notification.pk}",
        "language": reader.language,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def seal(content: bytes, *, public_key: bytes, secret: bytes, once: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """The content as only the device with these keys can read it: one record of aes128gcm (RFC 8291, sections 3 and 4).

    `once` is a key made for this message, `salt` are 16 random bytes.
    """
    device = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    sender = _point(once)
    shared = _derived(32, salt=secret, secret=once.exchange(ec.ECDH(), device), use=b"WebPush: info\0" + public_key + sender)
    key = _derived(16, salt=salt, secret=shared, use=b"Content-Encoding: aes128gcm\0")
    nonce = _derived(12, salt=salt, secret=shared, use=b"Content-Encoding: nonce\0")
    head = salt + RECORD.to_bytes(4, "big") + len(sender).to_bytes(1, "big") + sender
    return head + AESGCM(key).encrypt(nonce, content + LAST, None)


def sealed_for(device: PushDevice, content: bytes) -> bytes:
    """The content as only this device can read it."""
    keys = {"public_key": decoded(device.public_key), "secret": decoded(device.secret)}
    return seal(content, **keys, once=ec.generate_private_key(ec.SECP256R1()), salt=os.urandom(16))


def headers(endpoint: str, *, urgent: bool) -> dict[str, str]:
    """How long the message is kept, how urgent it is, and our signature for the service that runs this address."""
    parts = urlsplit(endpoint)
    private = _key(settings.SECRET_KEY)
    claims: dict[str, Any] = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": timezone.now() + SIGNED_FOR,
        "sub": settings.PUBLIC_URL
        if settings.PUBLIC_URL.startswith("https://")
        else f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}",
    }
    return {
        "Authorization": f"vapid t={jwt.encode(claims, private, 'ES256')}, k={public_key()}",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int(KEPT.total_seconds())),
        "Urgency": "high" if urgent else "normal",
    }


def deliver(key: int) -> bool:
    """Send one waiting message; says whether the service took it. A device that is known no longer is forgotten."""
    rows = PushMessage.objects.filter(pk=key).select_related("device__user", "notification__actor")
    gone: list[int] = []

    def hand_over(message: PushMessage) -> bool:
        content = compose(message)
        if content is None:
            return False
        device = message.device
        answer = post(device.endpoint, sealed_for(device, content), headers(device.endpoint, urgent=message.notification.urgent))
        if answer.status in GONE:
            gone.append(device.pk)
            return False
        if not 200 <= answer.status < 300:
            raise NotTaken(f"{answer.status} {answer.text}")
        PushDevice.objects.filter(pk=device.pk).update(last_sent_at=clock.now())
        return True

    message = attempt(rows, hand_over)
    PushDevice.objects.filter(pk__in=gone).delete()
    return message is not None and message.state == State.SENT
