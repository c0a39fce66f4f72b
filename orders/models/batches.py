"""One run of the ledger's writer: who brought what, from where, what it changed; the history of the ledger is made of these."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import access_of
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.scopes import reach_of


class SalesBatchQuerySet(ScopedQuerySet):
    """Runs of the writer: one's own; who reads the whole ledger reads all of them."""

    def visible_to(self, user: Any) -> Self:
        if not (user.is_authenticated and user.is_active):
            return self.none()
        return self if reach_of(user).everything else self.filter(actor=user)

    def permitted(self, user: Any, verb: str) -> Self:
        scope = access_of(user).scope(verb)
        if scope.everything:
            return self
        return self.filter(actor=user) if user.may(verb) else self.none()

    def for_list(self) -> Self:
        return self.select_related("actor")


@tracked()
class SalesBatch(Record):
    """What one run wrote into the ledger, whole or not at all; `counts` says how many lines it made, changed and ended."""

    class Kind(models.TextChoices):
        IMPORT = "import", _("Import")
        ENTRY = "entry", _("Entry")
        MANAGERS = "managers", _("Correction of account managers")
        UNDO = "undo", _("Undo")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    origin = models.CharField(_("origin"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    currency = models.CharField(_("currency of the group"), max_length=3)
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by", verbose_name=_("undoes")
    )
    counts = models.JSONField(_("counts"), default=dict)

    objects = SalesBatchQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("run of the ledger")
        verbose_name_plural = _("runs of the ledger")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="undo", undoes__isnull=False) | (~Q(kind="undo") & Q(undoes__isnull=True)),
                name="orders_batch_undo_says_what",
            )
        ]
        triggers = [*Record.Meta.triggers, pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.origin or str(self.get_kind_display())
