"""Markets: where customers are and what they make, the two dimensions of the market target."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet
from kam.core.words import Translated


@tracked()
class Market(Record, Translated):
    """A country or area, or an application sector."""

    class Dimension(models.TextChoices):
        AREA = "area", _("Country or area")
        SECTOR = "sector", _("Application sector")

    code = models.CharField(_("code"), max_length=20, unique=True)
    dimension = models.CharField(_("dimension"), max_length=8, choices=Dimension.choices)
    countries = models.CharField(
        _("countries"), max_length=400, blank=True, help_text=_("ISO codes of the countries of an area, parted by blanks")
    )

    objects = SharedQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("market")
        verbose_name_plural = _("markets")
        ordering = ["dimension", "code", "pk"]

    def get_absolute_url(self) -> str:
        """The market's page."""
        return f"/markets/{self.pk}/"
