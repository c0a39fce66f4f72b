"""Sales meetings: what was said and decided about somebody's year, or about the team's, on a day."""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User, access_of
from budgets.models.scopes import BUDGET_READERS, people_of
from kam.core import formats
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet


class SalesMeetingQuerySet(ScopedQuerySet):
    """Sales meetings: read by the person whom they are about and by who oversees all; those of the team by the latter only."""

    def visible_to(self, user: Any) -> Self:
        if access_of(user).scope_of(BUDGET_READERS).everything:
            return self
        return self.filter(person__in=people_of(user))

    def permitted(self, user: Any, verb: str) -> Self:
        if access_of(user).scope(verb).everything:
            return self
        return self.filter(person__in=people_of(user)) if user.may(verb) else self.none()

    def for_list(self) -> Self:
        return self.select_related("person", "held_by")


@tracked(erasable=("minutes", "decisions"))
class SalesMeeting(Record):
    """A meeting about one person's year, or without a person about the team's: minutes, and what was decided."""

    held_on = models.DateField(_("held on"))
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person"))
    held_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("written by"))
    minutes = models.TextField(_("minutes"), blank=True, max_length=20000)
    decisions = models.TextField(_("decisions"), blank=True, max_length=20000)

    objects = SalesMeetingQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("sales meeting")
        verbose_name_plural = _("sales meetings")
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["held_on", "person"], nulls_distinct=False, name="budgets_meeting_once_a_day"),
        ]

    def __str__(self) -> str:
        return gettext("Sales meeting %(day)s · %(who)s") % {
            "day": formats.day(self.held_on),
            "who": self.person or gettext("team"),
        }

    def get_absolute_url(self) -> str:
        """The meeting's page."""
        return f"/budgets/meetings/{self.pk}/"
