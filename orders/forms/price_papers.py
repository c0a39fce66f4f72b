"""Forms of agreements and price lists that go to the customer; they parse, an action decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.forms import Form
from orders.forms.order_lives import PaperForm


class PricePaperForm(PaperForm):
    """To whom a paper about prices goes, whether it is mailed from here, and with which words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sent_to"].required = True
        self.fields["sent_to"].help_text = _("An e-mail address, or several parted by commas.")


class PriceListForm(PricePaperForm):
    """The same for a price list of a day."""

    day = forms.DateField(label=_("Prices on"), initial=clock.today)
    field_order = ["day", *PaperForm.field_order]


class SignatureForm(Form):
    """Who signed an agreement at the customer, when, and the paper that came back."""

    signed_by = forms.CharField(label=_("Signed by"), max_length=120)
    signed_on = forms.DateField(label=_("Signed on"), initial=clock.today)
    file = forms.FileField(label=_("Signed paper"), required=False)
