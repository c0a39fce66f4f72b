"""What area managers say to prices that reach beyond their location: to a price campaign, to an agreement that holds at all locations."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.agreements import PriceAgreement


class Asked(Record):
    """One area manager, asked for a location until a moment, and what they said; silence is no objection (domain 10.5)."""

    class Verdict(models.TextChoices):
        ASKED = "asked", _("Not answered yet")
        AGREED = "agreed", _("Agreed")
        OBJECTED = "objected", _("Objected")
        SILENT = "silent", _("No answer in time: no objection")

    STATUS_TONES = {"asked": "wait", "agreed": "ok", "objected": "no", "silent": "closed"}

    location = models.ForeignKey(Location, on_delete=models.PROTECT, editable=False, verbose_name=_("location"), related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, editable=False, verbose_name=_("Area manager"), related_name="+"
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices, default=Verdict.ASKED, editable=False)
    note = models.CharField(_("why"), max_length=1000, blank=True, editable=False)
    due_at = models.DateTimeField(_("answer by"), editable=False)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("given by"),
        related_name="+",
    )
    given_at = models.DateTimeField(_("given"), null=True, editable=False)

    class Meta(Record.Meta):
        abstract = True
        ordering = ["location__code", "pk"]

    def __str__(self) -> str:
        return f"{self.location} · {self.get_verdict_display()}"


def given(name: str) -> models.CheckConstraint:
    """Who said something has said it at some moment; an objection says why."""
    condition = (
        Q(verdict__in=["asked", "silent"], given_at__isnull=True)
        | Q(verdict="agreed", given_at__isnull=False)
        | Q(verdict="objected", given_at__isnull=False) & ~Q(note="")
    )
    return models.CheckConstraint(name=name, condition=condition)


class AgreementOpinionQuerySet(ScopedQuerySet):
    """Opinions, read with the agreement."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(agreement__in=PriceAgreement.objects.visible_to(user).values("pk"))

    def for_list(self) -> Self:
        return self.select_related("location", "person", "given_by")

    def overdue(self, moment: Any) -> Self:
        """Those that nobody gave in time."""
        return self.filter(verdict=Asked.Verdict.ASKED, due_at__lte=moment)


@tracked(beside="agreement", named_by="location")
class AgreementOpinion(Asked):
    """The opinion of the area manager of a location on an agreement that holds at all of them."""

    agreement = models.ForeignKey(
        PriceAgreement, on_delete=models.CASCADE, editable=False, verbose_name=_("price agreement"), related_name="opinions"
    )

    objects = AgreementOpinionQuerySet.as_manager()

    class Meta(Asked.Meta):
        abstract = False
        verbose_name = _("opinion on a price agreement")
        verbose_name_plural = _("opinions on price agreements")
        indexes = [
            models.Index(fields=["due_at"], condition=Q(verdict="asked"), name="orders_opinion_by_due"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "location", "person"], name="orders_opinion_once"),
            given("orders_opinion_given"),
        ]

    def get_absolute_url(self) -> str:
        """The page of its agreement."""
        return f"/price-agreements/{self.agreement_id}/"
