"""How every node stands against the plan in the months that are over: kept by the sweep, read by screens and cases.

A node is a part of the business that has a plan: a person, a location, a customer group, a customer, a plant, a family, a product or
a market. Groups, customers, families and markets are parts of somebody's year (`person`); families, products and markets are nodes of
the whole company (no person). A plant is a node at each location that sells to it.
"""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, User
from kam.core.scoping import ScopedQuerySet


class NodeKind(models.TextChoices):
    """What a node is."""

    PERSON = "person", _("Person")
    LOCATION = "location", _("Location")
    GROUP = "group", _("Customer group")
    CUSTOMER = "customer", _("Customer")
    PLANT = "plant", _("Customer plant")
    FAMILY = "family", _("Product family")
    PRODUCT = "product", _("Product")
    MARKET = "market", _("Market")


class Measure(models.TextChoices):
    """What is measured."""

    REVENUE = "revenue", _("Revenue")
    QUANTITY = "quantity", _("Quantity")
    MARGIN = "margin", _("Margin")


class State(models.TextChoices):
    """How a node stands: below its plan by colours (AT-13), or so far above it that Production has to know."""

    GREEN = "green", _("On plan")
    AMBER = "amber", _("Below plan")
    RED = "red", _("Far below plan")
    ABOVE = "above", _("Far above plan")


class NodeStanding(models.Model):
    """A node and one measure of it: plan and actuals of the months that are over, and the state that follows.

    `worth` is the plan in money: of a quantity, what was planned with one. Nodes without a plan are not kept.
    """

    first_month = models.DateField(_("first month of the year"))
    kind = models.CharField(_("kind"), max_length=8, choices=NodeKind.choices)
    key = models.BigIntegerField(_("record"))
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("person"))
    location = models.ForeignKey(Location, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("location"))
    measure = models.CharField(_("measure"), max_length=8, choices=Measure.choices)
    unit = models.CharField(_("unit"), max_length=8, blank=True)
    planned = models.DecimalField(_("target to date"), max_digits=28, decimal_places=6)
    actual = models.DecimalField(_("actual to date"), max_digits=28, decimal_places=6)
    worth = models.DecimalField(_("worth of the target"), max_digits=28, decimal_places=6)
    state = models.CharField(_("state"), max_length=5, choices=State.choices)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("standing of a node")
        verbose_name_plural = _("standings of nodes")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key", "first_month", "person", "location", "measure", "unit"],
                nulls_distinct=False,
                name="budgets_standing_once",
            )
        ]
        indexes = [
            models.Index(fields=["first_month", "measure"], condition=models.Q(state="red"), name="budgets_standing_red"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} · {self.measure}"


class DeviationSweep(models.Model):
    """One look at the nodes of a year: how many months were over, and up to which run of the ledger it knows the sales."""

    first_month = models.DateField(_("first month of the year"))
    months = models.PositiveSmallIntegerField(_("months over"))
    batch = models.BigIntegerField(_("last run of the ledger"))
    whole = models.BooleanField(_("over all nodes"))
    opened = models.PositiveIntegerField(_("deviations opened"), default=0)
    swept_at = models.DateTimeField(_("swept"), db_default=Now())

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["first_month", "-id"], name="budgets_sweep_last")]

    def __str__(self) -> str:
        return f"{self.first_month} {self.swept_at}"
