"""Who handed something in, what of it has to be approved how high, and who approved it: what price agreements, offers and campaigns share."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


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
