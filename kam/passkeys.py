"""ROOF: the two forms of the log-in library that keep what a person types, the names of passkeys, under the rule of every form."""

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.core.validators import MaxLengthValidator

from kam.core.forms import TypedForm

LONGEST_NAME = 100


class _Named(TypedForm):
    """The name of a passkey is short."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name: Any = self.fields["name"]
        name.max_length = LONGEST_NAME
        name.validators = [*name.validators, MaxLengthValidator(LONGEST_NAME)]


class AddPasskey(_Named, AddWebAuthnForm):
    """A new passkey."""


class EditPasskey(_Named, EditWebAuthnForm):
    """Another name for a passkey."""
