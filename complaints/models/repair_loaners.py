"""Loaners: what a customer works with while their own piece is here; given, due, returned (domain 7.3)."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from complaints.models.repair_findings import person
from complaints.models.repair_pieces import OfRepairQuerySet
from complaints.models.repairs import Repair
from kam.core import clock
from kam.core.history import tracked
from kam.core.records import Record


class RepairLoanerQuerySet(OfRepairQuerySet):
    """Loaners, read with the repair for which they were given."""

    def for_list(self) -> Self:
        return self.select_related("repair__plant__customer", "repair__selling_location", "repair__repair_location", "product")

    def out(self) -> Self:
        """Those that the customer has."""
        return self.filter(returned_on=None)

    def overdue(self) -> Self:
        """Those that should be back."""
        return self.out().filter(due_on__lt=clock.today())


@tracked(beside="repair")
class RepairLoaner(Record):
    """A piece of ours that a customer has for the time of a repair; it is out once at a time."""

    repair = models.ForeignKey(Repair, on_delete=models.PROTECT, verbose_name=_("repair"), related_name="loaners")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, verbose_name=_("product"), related_name="loaners")
    serial = models.CharField(_("serial number"), max_length=60)
    given_on = models.DateField(_("given on"), editable=False)
    given_by = person(_("given by"))
    note_out = models.CharField(_("our delivery note"), max_length=40)
    due_on = models.DateField(_("to be returned by"))
    returned_on = models.DateField(_("returned on"), null=True, editable=False)
    returned_to = person(_("taken back by"))
    condition = models.TextField(_("condition on its return"), max_length=2000, blank=True, editable=False)

    objects = RepairLoanerQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("loaner")
        verbose_name_plural = _("loaners")
        ordering = ["-given_on", "-pk"]
        indexes = [
            models.Index(fields=["-given_on", "-id"], name="complaints_loan_by_day"),
            models.Index(fields=["due_on", "id"], name="complaints_loan_by_due"),
            models.Index(Upper("serial"), name="complaints_loan_by_serial"),
            models.Index(fields=["updated_at", "id"], name="complaints_loan_by_change"),
        ]
        triggers = [*Record.Meta.triggers, pgtrigger.Protect(name="stays", operation=pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(
                F("product"), Upper("serial"), condition=Q(returned_on=None), name="complaints_loan_once_out"
            ),
            models.CheckConstraint(
                name="complaints_loan_returned",
                condition=Q(returned_on=None, condition="") | Q(returned_on__gte=F("given_on")) & ~Q(condition=""),
            ),
            models.CheckConstraint(name="complaints_loan_due", condition=Q(due_on__gte=F("given_on"))),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.product.code} {self.serial}"

    def get_absolute_url(self) -> str:
        """The page of the repair, where its loaners stand."""
        return f"/repairs/{self.repair_id}/"
