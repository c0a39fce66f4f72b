"""Forms by which a letter goes to the customer, about a complaint or a repair: to whom, and whether it is mailed from here."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.forms import Form
from kam.core.mails import reaches_out


class AddressForm(Form):
    """To whom a letter goes."""

    sent_to = forms.CharField(
        label=_("Sent to"), max_length=254, required=False, help_text=_("Empty: the contact. Several addresses are parted by commas.")
    )  # fmt: skip


class LetterForm(AddressForm):
    """To whom a letter goes, and whether it is mailed from here."""

    by_mail = forms.BooleanField(
        label=_("Mail it from here"), required=False, help_text=_("As soon as its print is kept, which goes with it.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not reaches_out():
            self.fields.pop("by_mail")
