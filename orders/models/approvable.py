"""Who handed something in and who approved it, when: what price agreements, offers and price campaigns have in common."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Approvable(models.Model):
    """Handed in by one person, approved by another; empty until then."""

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

    class Meta:
        abstract = True
