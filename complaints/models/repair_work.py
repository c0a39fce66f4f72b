"""What was done to a piece and how it left: repaired, tested, shipped, scrapped, exchanged, charged; only the verbs of the workshop write it."""

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.repair_findings import moment, person
from kam.core.documents import Document

NOT_NEGATIVE = MinValueValidator(Decimal(0))


def amount(label: Any) -> Any:
    """Money in the currency of the selling location; nothing said yet."""
    return models.DecimalField(label, max_digits=14, decimal_places=2, null=True, editable=False, validators=[NOT_NEGATIVE])


class Worked(models.Model):
    """The repair of a piece, its test, how it left, what was charged, and how long it took."""

    class Settled(models.TextChoices):
        CHARGED = "charged", pgettext_lazy("settled", "Charged")
        FREE = "free", pgettext_lazy("settled", "Free of charge")

    promised_on = models.DateField(_("promised for"), null=True, editable=False)
    expected_on = models.DateField(_("expected on, later than promised"), null=True, editable=False)
    late_because = models.TextField(_("why it is late"), max_length=2000, blank=True, editable=False)
    started_at = moment(_("repair begun"))
    comes_to = amount(_("the repair comes to"))
    work_done = models.TextField(_("work done in the customer's language"), max_length=4000, blank=True, editable=False)
    parts_used = models.TextField(_("parts replaced"), max_length=2000, blank=True, editable=False)
    hours_spent = models.DecimalField(
        _("hours spent"), max_digits=7, decimal_places=2, null=True, editable=False, validators=[NOT_NEGATIVE]
    )
    finished_at = moment(_("repair finished"))
    tests = models.PositiveSmallIntegerField(_("tests"), default=0, editable=False)
    test_results = models.TextField(_("results of the test"), max_length=4000, blank=True, editable=False)
    tested_by = person(_("tested by"))
    ready_at = moment(_("ready"))
    left_at = moment(_("left"))
    note_out = models.CharField(_("our delivery note out"), max_length=40, blank=True, editable=False)
    carrier = models.CharField(_("carrier"), max_length=120, blank=True, editable=False)
    packages = models.PositiveSmallIntegerField(_("packages"), null=True, editable=False)
    weight = models.DecimalField(
        _("weight (kg)"), max_digits=9, decimal_places=2, null=True, editable=False, validators=[NOT_NEGATIVE]
    )
    new_serial = models.CharField(_("serial number of the new one"), max_length=60, blank=True, editable=False)
    consent = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("instruction of the customer"),
        related_name="+",
    )
    repair_warranty_until = models.DateField(_("warranty of the repair until"), null=True, editable=False)
    settled = models.CharField(_("charge"), max_length=7, choices=Settled.choices, blank=True, editable=False)
    charge = amount(_("amount charged"))
    invoice_out = models.CharField(_("invoice of the repair"), max_length=40, blank=True, editable=False)
    settled_how = models.TextField(_("why free of charge"), max_length=2000, blank=True, editable=False)
    charged_at = moment(_("charge decided"))
    charged_by = person(_("charge decided by"))
    gross_days = models.PositiveIntegerField(_("turnaround in calendar days"), null=True, editable=False)
    gross_working_days = models.PositiveIntegerField(_("turnaround in working days"), null=True, editable=False)
    waited_days = models.PositiveIntegerField(_("calendar days waited for the customer"), null=True, editable=False)
    waited_working_days = models.PositiveIntegerField(_("working days waited for the customer"), null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def net_days(self) -> int | None:
        """Turnaround in calendar days without what the customer took to answer (AT-45)."""
        return None if self.gross_days is None else self.gross_days - (self.waited_days or 0)

    @property
    def net_working_days(self) -> int | None:
        """The same in working days."""
        return None if self.gross_working_days is None else self.gross_working_days - (self.waited_working_days or 0)


#: What of a piece only the workshop, logistics and finance write.
WORK = tuple(field.name for field in Worked._meta.local_fields)
