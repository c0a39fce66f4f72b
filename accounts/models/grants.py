"""Who may do what, for which scope and when: role grants and delegations."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.locations import Location, Role
from accounts.models.people import User
from kam.core.history import tracked
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet


class RoleGrantQuerySet(DatedQuerySet, SharedQuerySet):
    """Role grants."""

    def for_list(self) -> Self:
        return self.select_related("user", "location")


@tracked()
class RoleGrant(Record, Dated):
    """A role that a person holds for one location, or for all of them, from a day to a day.

    What an account manager sees and does follows from the assignments; the grant says that the person may be one.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name=_("person"), related_name="grants")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("location"), related_name="grants"
    )

    objects = RoleGrantQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("role grant")
        verbose_name_plural = _("role grants")
        ordering = ["user", "role", "pk"]
        constraints = [
            never_overlapping("accounts_rolegrant_once", "user", "role", "location", condition=Q(location__isnull=False)),
            never_overlapping("accounts_rolegrant_once_everywhere", "user", "role", condition=Q(location__isnull=True)),
            models.CheckConstraint(
                condition=~Q(role=Role.AREA_MANAGER) | Q(location__isnull=False), name="accounts_rolegrant_area"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.location.name if self.location else _('all locations')}"

    def get_absolute_url(self) -> str:
        """The card of the person, where their roles stand."""
        return f"/people/{self.user_id}/"


class DelegationQuerySet(DatedQuerySet, SharedQuerySet):
    """Delegations: everybody may know who acts for whom; a person's own are theirs, a manager may set any."""

    def permitted(self, user: Any, verb: str) -> Self:
        if verb in {"accounts.delegate", "accounts.welcome_back"}:
            return self.filter(principal=user)
        if verb == "accounts.end_delegation":
            return self if user.may("accounts.delegate_for_other") else self.filter(principal=user)
        return super().permitted(user, verb)

    def for_list(self) -> Self:
        return self.select_related("principal", "substitute", "location")


@tracked()
class Delegation(Record, Dated):
    """A substitute acts for a person while they are away (W7), in all their roles or in one; what they do says "for".

    Without a substitute it says only that the person is away, and their work goes up. Who set it is in the history. Rights are never passed on: a substitute cannot delegate what they hold for others.
    """

    principal = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name=_("person away"), related_name="delegations_given")
    substitute = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("substitute"), related_name="delegations_held"
    )
    role = models.CharField(_("only as"), max_length=20, choices=Role.choices, blank=True)
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("only at"), related_name="delegations"
    )
    note = models.CharField(_("note for the substitute"), max_length=200, blank=True)
    welcomed_at = models.DateTimeField(_("summary read on return"), null=True, blank=True, editable=False)

    objects = DelegationQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["-period", "pk"]
        constraints = [
            never_overlapping("accounts_delegation_one_substitute", "principal", "role", condition=Q(location__isnull=True)),
            never_overlapping(
                "accounts_delegation_one_at_location", "principal", "role", "location", condition=Q(location__isnull=False)
            ),
            models.CheckConstraint(
                condition=Q(period__startswith__isnull=False, period__endswith__isnull=False),
                name="accounts_delegation_has_dates",
            ),
            models.CheckConstraint(condition=~Q(principal=models.F("substitute")), name="accounts_delegation_two_persons"),
        ]

    def __str__(self) -> str:
        return f"{self.principal} → {self.substitute or '–'}"

    def get_absolute_url(self) -> str:
        """The delegation's page."""
        return f"/delegations/{self.pk}/"
