"""The page on which finance releases an order beyond the credit limit."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core.views import VerbView
from orders.forms import ReleaseForm
from orders.models import OrderBlock


class CreditRelease(VerbView):
    """Let an order go on until a day although the customer's credit does not cover it."""

    model = OrderBlock
    verb = "orders.release_credit"
    form_class = ReleaseForm
    text = _("The release holds until this day, and as long as no more is exceeded or overdue than today.")

    def next_address(self, result: Any) -> str:
        return str(self.record.get_absolute_url())
