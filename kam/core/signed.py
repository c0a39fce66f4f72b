"""Signatures that only we can make: what an address carries so that whoever holds it was given it by us; nothing of them is stored."""

from base64 import b32encode

from django.utils.crypto import constant_time_compare, salted_hmac


def signature(salt: str, text: str) -> str:
    """160 bits over a text, in 32 letters and figures that every address takes."""
    return b32encode(salted_hmac(salt, text, algorithm="sha256").digest()[:20]).decode().lower()


def is_signed(salt: str, text: str, signed: str) -> bool:
    """Whether this is the signature over the text; it takes as long whatever it is."""
    return constant_time_compare(signature(salt, text), signed)
