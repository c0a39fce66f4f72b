"""By which identifiers the customer's systems know a complaint, kept for the machine-readable 8D that goes back to them."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

#: A legal entity's business partner number, as the published schema writes it.
BPN = r"^BPNL[a-zA-Z0-9]{12}$"


class Exchanged(models.Model):
    """What a customer's file says of a complaint besides what people say of it."""

    customer_order = models.CharField(_("customer's order number"), max_length=35, blank=True, default="", db_default="")
    customer_bpn = models.CharField(
        _("customer's business partner number (BPNL)"),
        max_length=16,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(BPN, _("Write BPNL and twelve letters or digits."))],
        help_text=_("For the 8D as a file. Empty: as in the customer's last complaint."),
    )
    supplier_number = models.CharField(
        _("our number as the customer's supplier"),
        max_length=35,
        blank=True,
        default="",
        db_default="",
        help_text=_("For the 8D as a file. Empty: as in the customer's last complaint."),
    )
    exchanged_header = models.JSONField(
        _("header of the customer's file"), default=dict, db_default={}, blank=True, editable=False
    )

    class Meta:
        abstract = True


#: What of it is typed or told.
EXCHANGED = ("customer_order", "customer_bpn", "supplier_number")
