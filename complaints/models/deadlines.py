"""Deadlines that customers impose on the steps of a complaint: by their documents, each in its own unit (domain 1.6, AT-21)."""

from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Customer, access_of
from complaints.models.complaints import COMPLAINT_READERS
from kam.core.clock import Roll, Unit
from kam.core.history import tracked
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet


class Step(models.TextChoices):
    """What has a deadline of its own; D8 is the final answer."""

    RECEIPT = "receipt", pgettext_lazy("step", "Confirmation of receipt")
    D3 = "d3", pgettext_lazy("step", "D3 – first answer, containment")
    D4 = "d4", pgettext_lazy("step", "D4 – causes")
    D5 = "d5", pgettext_lazy("step", "D5 – actions defined")
    D6 = "d6", pgettext_lazy("step", "D6 – actions implemented")
    D7 = "d7", pgettext_lazy("step", "D7 – prevention")
    D8 = "d8", pgettext_lazy("step", "D8 – final answer")


def kind_of(step: str) -> str:
    """How the clock of a step is called."""
    return f"complaint_{step}"


class CustomerDeadlineQuerySet(DatedQuerySet, ScopedQuerySet):
    """Customers' deadlines: read and written with the customer."""

    def visible_to(self, user: Any) -> Self:
        companies = access_of(user).scope_of(COMPLAINT_READERS).companies
        return self.filter(customer__in=Customer.objects.within(companies).values("pk"))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.filter(customer__in=Customer.objects.permitted(user, verb).values("pk"))

    def for_list(self) -> Self:
        return self.select_related("customer")


@tracked()
class CustomerDeadline(Record, Dated):
    """Within how many hours or days of the receipt a customer's document wants a step; it replaces our own deadline."""

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, verbose_name=_("customer"), related_name="complaint_deadlines"
    )
    profile = models.CharField(_("customer's document"), max_length=80)
    step = models.CharField(_("step"), max_length=7, choices=Step.choices)
    amount = models.PositiveSmallIntegerField(_("within"), validators=[MinValueValidator(1), MaxValueValidator(999)])
    unit = models.CharField(_("unit"), max_length=13, choices=Unit.choices)
    roll = models.CharField(_("on a day off"), max_length=7, choices=Roll.choices, default=Roll.NONE)

    objects = CustomerDeadlineQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("customer's deadline")
        verbose_name_plural = _("customers' deadlines")
        ordering = ["customer__name", "profile", "step", "-period", "pk"]
        constraints = [
            never_overlapping("complaints_deadline_one_a_step", "customer", "profile", "step"),
            models.CheckConstraint(name="complaints_deadline_within", condition=Q(amount__range=(1, 999))),
        ]

    def __str__(self) -> str:
        return f"{self.profile} · {self.get_step_display()}"

    def get_absolute_url(self) -> str:
        """The page of the deadline."""
        return f"/complaint-deadlines/{self.pk}/"
