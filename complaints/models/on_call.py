"""Who is on call: for each department and day who is called first, second and so on when nobody answers an alert."""

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, access_of
from kam.core.history import tracked
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet


class OnCallQuerySet(DatedQuerySet, SharedQuerySet):
    """Turns: everybody reads whom to call; a role at the department's location writes."""

    def permitted(self, user: Any, verb: str) -> Self:
        scope = access_of(user).scope(verb)
        return self if scope.everything else self.filter(department__location__in=scope.location_ids)

    def for_list(self) -> Self:
        return self.select_related("department__location", "person")


@tracked()
class OnCall(Record, Dated):
    """A person's turn: on which days, for which department, in which place; the phone where their own is not the one to call."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, verbose_name=_("department"), related_name="on_call")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, verbose_name=_("person"), related_name="on_call"
    )
    place = models.PositiveSmallIntegerField(
        _("called as number"), default=1, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )
    phone = models.CharField(_("phone"), max_length=40, blank=True, help_text=_("Empty: the person's own."))

    objects = OnCallQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("turn on call")
        verbose_name_plural = _("turns on call")
        ordering = ["department__location__code", "department__function", "place", "-period", "pk"]
        constraints = [
            never_overlapping("complaints_oncall_one_a_place", "department", "place"),
            models.CheckConstraint(name="complaints_oncall_place", condition=Q(place__range=(1, 9))),
        ]

    def __str__(self) -> str:
        return f"{self.department} · {self.person}"

    def get_absolute_url(self) -> str:
        """The page of the turn."""
        return f"/on-call/{self.pk}/"

    @property
    def number(self) -> str:
        """The number to call."""
        return self.phone or str(self.person.phone)
