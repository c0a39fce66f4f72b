"""Codes that other systems use for our records: any number per record, each of one source system and dated."""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from kam.core.history import tracked
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.records import About, Record
from kam.core.scoping import ScopedQuerySet


class ExternalCodeQuerySet(DatedQuerySet, ScopedQuerySet):
    """Codes; they are read on the page of their record, under its rule."""

    def of(self, model: type[models.Model]) -> Self:
        """The codes of one kind of record."""
        return self.filter(content_type__app_label=model._meta.app_label, content_type__model=model._meta.model_name)


@tracked()
class ExternalCode(Record, About, Dated):
    """What a record is called in another system, for example its number in a location's SAP; merged records keep theirs as aliases."""

    system = models.CharField(_("system"), max_length=40)
    code = models.CharField(_("code"), max_length=80)

    objects = ExternalCodeQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("external code")
        verbose_name_plural = _("external codes")
        ordering = ["system", "code", "pk"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="core_externalcode_record")]
        constraints = [never_overlapping("core_externalcode_once", "content_type", "system", "code")]

    def __str__(self) -> str:
        return f"{self.system} {self.code}"


def has_code(model: type[models.Model]) -> Any:
    """A condition for searches: the record has exactly this code in some other system, today or once."""

    def condition(text: str) -> models.Q:
        return models.Q(pk__in=ExternalCode.objects.of(model).filter(code__iexact=text).values("object_id"))

    return condition
