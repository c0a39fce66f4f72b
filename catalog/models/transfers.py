"""Transfers: a customer's plant or a product passes from one of our locations to another on a day; what of it moves, stays or is blocked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Customer, Location, Plant, Role, User, access_of
from catalog.models.products import Product
from kam.core import clock, formats
from kam.core.badges import Badge
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.plain import search_index, search_text
from kam.core.ports import ports
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Denied, Transition, Workflow

#: The type of document by which a customer approves that its goods are made elsewhere; its number is that of the transfer.
APPROVAL = "site_approval"


class Outcome(models.TextChoices):
    """What becomes of something that a transfer touches."""

    MOVES = "moves", pgettext_lazy("transfer", "Moves")
    STAYS = "stays", pgettext_lazy("transfer", "Stays")
    BLOCKED = "blocked", pgettext_lazy("transfer", "Blocks the transfer")


TONES = {Outcome.MOVES: "ok", Outcome.STAYS: "closed", Outcome.BLOCKED: "no"}


class Stage(models.TextChoices):
    """Whether what a transfer touches is only told, prepared beforehand, or moved."""

    TELL = "tell"
    PREPARE = "prepare"
    MOVE = "move"


@dataclass(frozen=True)
class Moving:
    """One thing that a transfer touches: of which sort, its words, what becomes of it and why, and the record behind it."""

    sort: str
    words: Any
    outcome: Outcome = Outcome.MOVES
    note: Any = ""
    record: Any = None

    @property
    def badge(self) -> Badge:
        """What becomes of it, as a mark."""
        return Badge(self.outcome.label, TONES[self.outcome])


#: What a transfer touches, in the order of its page.
SORTS = {
    "approvals": _("Approvals of customers"),
    "product": _("Producing location of the product"),
    "services": _("Who serves the plant"),
    "assignments": _("Area managers"),
    "order_lines": _("Open order lines"),
    "agreements": _("Price agreements"),
    "budget_rows": _("Budget rows"),
    "targets": _("Published targets"),
}


class TransferQuerySet(ScopedQuerySet):
    """Transfers: read at the two locations and by who leads the account; one of a product by every account manager. Decided above."""

    def visible_to(self, user: Any) -> Self:
        access = access_of(user)
        if access.sees_all:
            return self
        here = Q(source__in=access.location_ids) | Q(target__in=access.location_ids)
        led = access.accounts.plants.has("plant")
        anybody = Q(product__isnull=False) if Role.ACCOUNT_MANAGER in access.roles else Q(pk__in=[])
        return self.filter(here | led | anybody)

    def permitted(self, user: Any, verb: str) -> Self:
        return self if access_of(user).scope(verb).everything else self.none()

    def for_list(self) -> Self:
        return self.select_related("plant__customer", "product", "source", "target", "manager", "planned_by")


def _day_has_come(transfer: Any) -> Denied | None:
    """Nothing moves before its day."""
    if transfer.day <= clock.today():
        return None
    text = _("The transfer takes place on %(day)s; everything moves that day.")
    return Denied("not_yet", text % {"day": formats.day(transfer.day)})


@tracked(exclude=("search_text",))
class Transfer(Record):
    """A plant that another of our locations serves from `day`, or a product that it makes from then on."""

    class Status(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("transfer", "Planned")
        DONE = "done", pgettext_lazy("transfer", "Carried out")
        CANCELLED = "cancelled", pgettext_lazy("transfer", "Called off")

    STATUS_TONES = {"planned": "wait", "done": "ok", "cancelled": "closed"}

    number = models.CharField(_("number"), max_length=24, unique=True, editable=False)
    plant = models.ForeignKey(
        Plant, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("customer plant"), related_name="transfers"
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("product"), related_name="transfers"
    )
    source = models.ForeignKey(Location, on_delete=models.PROTECT, verbose_name=_("from location"), related_name="+")
    target = models.ForeignKey(Location, on_delete=models.PROTECT, verbose_name=_("to location"), related_name="+")
    day = models.DateField(_("first day at the new location"))
    manager = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("area manager there"), related_name="+"
    )
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.PLANNED, editable=False)
    planned_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("planned by"), related_name="+"
    )
    done_at = models.DateTimeField(_("carried out at"), null=True, editable=False)
    moved = models.JSONField(_("what moved"), default=dict, editable=False)
    search_text = search_text("number")

    objects = TransferQuerySet.as_manager()
    workflow = Workflow(
        Transition("catalog.carry_out_transfer", (Status.PLANNED,), Status.DONE, _day_has_come),
        Transition("catalog.cancel_transfer", (Status.PLANNED,), Status.CANCELLED),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ["-day", "-pk"]
        indexes = [
            search_index("catalog_transfer_search"),
            models.Index(fields=["-day", "-id"], name="catalog_transfer_by_day"),
            models.Index(fields=["updated_at", "id"], name="catalog_transfer_by_change"),
        ]
        constraints = [
            models.CheckConstraint(name="catalog_transfer_of_one", condition=Q(plant__isnull=False) ^ Q(product__isnull=False)),
            models.CheckConstraint(name="catalog_transfer_two_locations", condition=~Q(source=F("target"))),
            models.CheckConstraint(
                name="catalog_transfer_done_says_when",
                condition=Q(status="done", done_at__isnull=False) | ~Q(status="done") & Q(done_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["plant", "source"], condition=Q(status="planned", plant__isnull=False), name="catalog_transfer_plant_once"
            ),
            models.UniqueConstraint(
                fields=["product"], condition=Q(status="planned", product__isnull=False), name="catalog_transfer_product_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.subject}"

    def get_absolute_url(self) -> str:
        """The transfer's page."""
        return f"/transfers/{self.pk}/"

    @property
    def subject(self) -> Any:
        """What passes: the plant or the product."""
        return self.plant or self.product

    def lacks_approval(self, customers: Iterable[Customer]) -> list[Customer]:
        """Those of these customers who approve changes of the production site and whose approval of this one is not filed."""
        asked = {one.pk: one for one in customers if one.approves_site}
        filed = Document.objects.current().filter(
            content_type=ContentType.objects.get_for_model(Customer),
            object_id__in=asked,
            type__code=APPROVAL,
            number=self.number,
            obsolete_since=None,
        )
        for held in filed.values_list("object_id", flat=True):
            asked.pop(held, None)
        return list(asked.values())


def blocking(rows: Iterable[Moving]) -> Denied | None:
    """The refusal of a transfer that something blocks, or None."""
    blocked = [row for row in rows if row.outcome == Outcome.BLOCKED]
    if not blocked:
        return None
    text = _("Blocked (%(count)d): %(words)s – %(note)s")
    names = {"count": len(blocked), "words": blocked[0].words, "note": blocked[0].note}
    return Denied("transfer_blocked", text % names)


def touched(transfer: Transfer, stage: str = Stage.TELL) -> list[Moving]:
    """What a transfer touches, floor by floor; moved where `stage` says so."""
    return [row for function in ports("transfer_touches") for row in function(transfer, stage=stage)]
