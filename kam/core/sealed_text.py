"""Short secrets that have to be read back (second factors, access mails on their way): sealed with the installation's key."""

import base64
import os
from functools import cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

START = "sealed1:"
NONCE = 12


@cache
def _cipher(key: str) -> AESGCM:
    return AESGCM(sha256(f"kam.core.sealed_text:{key}".encode()).digest())


def seal(text: str) -> str:
    """The text as it may be kept: unreadable without the key, which is in no table and in no backup."""
    nonce = os.urandom(NONCE)
    sealed = _cipher(settings.SECRET_KEY).encrypt(nonce, text.encode(), None)
    return START + base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(kept: str) -> str:
    """The text again. Raises ValueError where it was changed or sealed with another key; what was never sealed is itself."""
    if not kept.startswith(START):
        return kept
    raw = base64.urlsafe_b64decode(kept.removeprefix(START))
    try:
        return _cipher(settings.SECRET_KEY).decrypt(raw[:NONCE], raw[NONCE:], None).decode()
    except InvalidTag:
        raise ValueError("sealed with another key, or changed") from None
