"""Who handed something in, what of it has to be approved how high, and who approved it: what price agreements, offers and campaigns share."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.core.workflow import Denied
from orders.models.consent_status import consented

#: What finance has a part in approving (domain 1.8).
OF_FINANCE = frozenset({"payment", "special_terms"})


class Approvable(models.Model):
    """Handed in by one person, approved by another at the level that was triggered; empty until then."""

    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("handed in by"),
        related_name="+",
    )
    submitted_at = models.DateTimeField(_("handed in"), null=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("approved by"),
        related_name="+",
    )
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    level = models.PositiveSmallIntegerField(_("level of approval"), default=0, db_default=0, editable=False)
    triggers = models.JSONField(_("what has to be approved"), default=list, db_default=[], editable=False)

    class Meta:
        abstract = True


class TermsApprovable(Approvable):
    """What finance has its part in, before it is approved: payment terms, and terms beyond our standard ones."""

    finance_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("terms agreed to by"),
        related_name="+",
    )
    finance_at = models.DateTimeField(_("terms agreed to"), null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def waits_for_finance(self) -> bool:
        """Whether it was handed in with terms that finance has not agreed to yet."""
        asked = self.status == "in_approval" and self.finance_at is None  # type: ignore[attr-defined]
        return asked and any(one["code"] in OF_FINANCE for one in self.triggers)


def finance_agreed(name: str) -> models.CheckConstraint:
    """Who agreed to terms did so at some moment, and was not who handed them in."""
    never = Q(finance_by__isnull=True, finance_at__isnull=True)
    another = Q(submitted_by__isnull=True) | ~Q(finance_by=F("submitted_by"))
    return models.CheckConstraint(name=name, condition=never | Q(finance_by__isnull=False, finance_at__isnull=False) & another)


def waiting_for_finance(record: Any) -> Denied | None:
    """Finance agrees to terms that are for it to agree to, once the prices are consented to."""
    if not record.waits_for_finance:
        return Denied("no_terms", _("Nothing here is for finance to agree to."))
    return consented(record)


def decidable(record: Any) -> Denied | None:
    """Nobody approves before the account manager has consented to local prices and finance has agreed to the terms."""
    if record.waits_for_finance:
        return consented(record) or Denied("finance_missing", _("Finance has not agreed to its terms yet."))
    return consented(record)
