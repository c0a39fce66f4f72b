"""What a line of an invoice or credit note is for; targets and variances say which kinds they count."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LineKind(models.TextChoices):
    """The kinds of lines; goods make the revenue that people are measured by, the others stand beside it."""

    GOODS = "goods", _("Goods")
    SURCHARGE = "surcharge", _("Metal surcharge")
    TOOLING = "tooling", _("Tooling")
    FREIGHT = "freight", _("Freight")
    REBATE = "rebate", _("Rebate or bonus")
    PRICE_CORRECTION = "price_correction", _("Price correction")
    REPAIR = "repair", _("Repair")
    FREE_OF_CHARGE = "free_of_charge", _("Free of charge")


#: Lines that are about a product and have a cost.
OF_A_PRODUCT = (LineKind.GOODS, LineKind.FREE_OF_CHARGE)
#: Lines whose value may lie below zero while their quantity does not.
MAY_LOWER = (LineKind.REBATE, LineKind.PRICE_CORRECTION, LineKind.SURCHARGE, LineKind.FREIGHT, LineKind.TOOLING, LineKind.REPAIR)
