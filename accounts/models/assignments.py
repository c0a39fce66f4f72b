"""Assignments: who is account manager of which group or company, and area manager of which plant at which location."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.access import access_of
from accounts.models.customers import Customer, CustomerGroup
from accounts.models.handovers import HandOver
from accounts.models.locations import Location
from accounts.models.people import User
from accounts.models.plants import Plant
from kam.core.history import tracked
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet


class AssignmentQuerySet(DatedQuerySet, ScopedQuerySet):
    """Assignments; seen with what they assign."""

    def visible_to(self, user: Any) -> Self:
        access = access_of(user)
        if access.sees_all:
            return self
        return self.filter(
            Q(group__in=CustomerGroup.objects.visible_to(user))
            | access.reading.companies.has("customer")
            | access.reading.plants.has("plant")
        )

    def permitted(self, user: Any, verb: str) -> Self:
        scope = access_of(user).scope(verb)
        if scope.everything:
            return self
        return self.filter(Q(group__in=scope.group_ids) | scope.companies.has("customer") | scope.plants.has("plant"))

    def for_list(self) -> Self:
        return self.select_related("user", "group", "customer", "plant", "location", "hand_over")

    def to_pass_on(self, person: User, day: date) -> Self:
        """What a person holds on a day or will hold after it."""
        return self.filter(Q(period__endswith__gt=day) | Q(period__endswith=None), user=person)


@tracked()
class Assignment(Record, Dated):
    """A person is account manager of a group or a company, or area manager of a plant at a location, from a day to a day.

    Never two at once (exclusion constraints); gaps are listed for the sales manager. An assignment to a company
    stands over the one to its group.
    """

    class Kind(models.TextChoices):
        ACCOUNT_MANAGER = "account_manager", _("Account manager")
        AREA_MANAGER = "area_manager", _("Area manager")

    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    user = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name=_("person"), related_name="assignments")
    group = models.ForeignKey(
        CustomerGroup, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("group"), related_name="assignments"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("customer"), related_name="assignments"
    )
    plant = models.ForeignKey(
        Plant, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("plant"), related_name="assignments"
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("location"), related_name="assignments"
    )

    hand_over = models.ForeignKey(
        HandOver,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("hand-over"),
        related_name="assignments",
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["-period", "pk"]
        indexes = [models.Index(fields=["user", "kind"], name="accounts_assignment_by_person")]
        constraints = [
            never_overlapping("accounts_assignment_one_for_group", "group", condition=Q(group__isnull=False)),
            never_overlapping("accounts_assignment_one_for_customer", "customer", condition=Q(customer__isnull=False)),
            never_overlapping("accounts_assignment_one_for_plant", "plant", "location", condition=Q(plant__isnull=False)),
            models.CheckConstraint(
                name="accounts_assignment_of_its_kind",
                condition=(
                    Q(
                        kind="account_manager",
                        group__isnull=False,
                        customer__isnull=True,
                        plant__isnull=True,
                        location__isnull=True,
                    )
                    | Q(
                        kind="account_manager",
                        group__isnull=True,
                        customer__isnull=False,
                        plant__isnull=True,
                        location__isnull=True,
                    )
                    | Q(
                        kind="area_manager",
                        group__isnull=True,
                        customer__isnull=True,
                        plant__isnull=False,
                        location__isnull=False,
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.subject}"

    def get_absolute_url(self) -> str:
        """The assignment's page."""
        return f"/assignments/{self.pk}/"

    @property
    def subject(self) -> Any:
        """What is assigned: a group, a company or a plant."""
        return self.group or self.customer or self.plant


def account_manager_of(customer: Customer, day: date) -> User | None:
    """Who is account manager of a company on a day: its own assignment, else its group's of that day."""
    rows = Assignment.objects.on(day).filter(kind=Assignment.Kind.ACCOUNT_MANAGER)
    membership = customer.memberships.on(day).first()
    own = rows.filter(customer=customer).select_related("user").first()
    if own or membership is None:
        return own.user if own else None
    led = rows.filter(group=membership.group_id).select_related("user").first()
    return led.user if led else None


def area_manager_of(plant: Plant, location: Location, day: date) -> User | None:
    """Who is area manager of a plant at one of our locations on a day."""
    row = Assignment.objects.on(day).filter(plant=plant, location=location).select_related("user").first()
    return row.user if row else None
