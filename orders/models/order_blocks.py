"""Blocks of orders: flags beside the status, several at once, each with its reason, until when it holds, and who may lift it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role, access_of
from kam.core import clock
from kam.core.history import tracked
from kam.core.ports import port
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.words import in_this_language
from orders.models import order_upkeep
from orders.models.customer_orders import Order
from orders.models.order_lines import OrderLine


class BlockKind(models.TextChoices):
    """Why an order must not go on."""

    CREDIT = "credit", pgettext_lazy("block", "Credit")
    DELIVERY = "delivery", pgettext_lazy("block", "Delivery")
    BILLING = "billing", pgettext_lazy("block", "Billing")
    TECHNICAL = "technical", pgettext_lazy("block", "Technical")
    COMPLIANCE = "compliance", pgettext_lazy("block", "Compliance")
    PRICE = "price", pgettext_lazy("block", "Price")
    REVIEW = "review", pgettext_lazy("block", "Review")
    COMPLAINT = "complaint", pgettext_lazy("block", "Complaint")


#: Who may lift which kind; the scope of the role decides on which orders (docs/decisions/orders.md).
LIFTERS: dict[str, frozenset[str]] = {
    BlockKind.CREDIT: frozenset({Role.FINANCE}),
    BlockKind.DELIVERY: frozenset({Role.LOGISTICS, Role.AREA_MANAGER}),
    BlockKind.BILLING: frozenset({Role.FINANCE}),
    BlockKind.TECHNICAL: frozenset({Role.TECHNICAL}),
    BlockKind.COMPLIANCE: frozenset({Role.FINANCE, Role.MANAGEMENT}),
    BlockKind.PRICE: frozenset({Role.ACCOUNT_MANAGER, Role.SALES_MANAGER}),
    BlockKind.REVIEW: frozenset({Role.ACCOUNT_MANAGER, Role.AREA_MANAGER, Role.SALES_MANAGER}),
    BlockKind.COMPLAINT: frozenset({Role.QUALITY, Role.SALES_MANAGER}),
}

#: Time alone settles none of the others: they stand until somebody lifts them.
ENDING = (BlockKind.CREDIT, BlockKind.DELIVERY, BlockKind.BILLING, BlockKind.PRICE)


class OrderBlockQuerySet(ScopedQuerySet):
    """Blocks; read with their order, lifted by the roles of their kind."""

    def visible_to(self, user: Any) -> "OrderBlockQuerySet":
        return self.filter(order__in=Order.objects.visible_to(user))

    def active(self) -> "OrderBlockQuerySet":
        """Those that hold today: not lifted, not past their last day."""
        return self.filter(Q(until__isnull=True) | Q(until__gte=clock.today()), lifted_at__isnull=True)

    def permitted(self, user: Any, verb: str) -> "OrderBlockQuerySet":
        """Those whose kind is lifted by a role that this person holds on their order."""
        carrying, held = port("role_verbs").get(verb, frozenset()), access_of(user).roles
        within = Q(pk__in=[])
        for roles in set(LIFTERS.values()):
            mine = roles & carrying & held
            if mine:
                kinds = [kind for kind, lifters in LIFTERS.items() if lifters == roles]
                within |= Q(kind__in=kinds, order__in=Order.objects.within_roles(user, mine, standing_in=True))
        return self.filter(within)

    def for_list(self) -> "OrderBlockQuerySet":
        return self.select_related("order", "line", "set_by", "lifted_by", "release")


@tracked(beside="order", named_by="kind")
class OrderBlock(Record):
    """A block of an order, or of one of its lines; without somebody who set it a check did.

    A person gives the reason in their own words; what a check says is kept in every language.
    """

    Kind = BlockKind

    order = models.ForeignKey(Order, on_delete=models.CASCADE, verbose_name=_("order"), related_name="blocks")
    line = models.ForeignKey(
        OrderLine, on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("line"), related_name="blocks"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=BlockKind.choices)
    reason = models.CharField(_("reason"), max_length=400, blank=True)
    finding = models.JSONField(_("what a check found"), blank=True, default=str, db_default="", editable=False)
    until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day on which it holds. Leave it empty until somebody lifts it.")
    )
    set_at = models.DateTimeField(pgettext_lazy("block", "set"), editable=False)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("set by"), related_name="+"
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True, editable=False)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("lifted by"),
        related_name="+",
    )
    lift_reason = models.CharField(_("why it was lifted"), max_length=400, blank=True, editable=False)

    objects = OrderBlockQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("block of an order")
        verbose_name_plural = _("blocks of orders")
        ordering = ["order", "-set_at", "-pk"]
        indexes = [
            models.Index(fields=["kind", "order"], condition=Q(lifted_at__isnull=True), name="orders_orderblock_standing"),
            models.Index(fields=["updated_at", "id"], name="orders_orderblock_by_change"),
        ]
        triggers = [*Record.Meta.triggers, *order_upkeep.triggers("block")]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "line", "kind"],
                condition=Q(lifted_at__isnull=True, until__isnull=True),
                nulls_distinct=False,
                name="orders_orderblock_once",
            ),
            models.CheckConstraint(
                name="orders_orderblock_why", condition=Q(reason="") & ~Q(finding="") | ~Q(reason="") & Q(finding="")
            ),
            models.CheckConstraint(
                name="orders_orderblock_lifted",
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="")
                | Q(lifted_at__isnull=False) & (Q(lifted_by__isnull=True) | ~Q(lift_reason="")),
            ),
            models.CheckConstraint(
                name="orders_orderblock_until", condition=Q(until__isnull=True) | Q(kind__in=[str(kind) for kind in ENDING])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order.name} · {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        """The page of its order."""
        return f"/orders/{self.order_id}/"

    @property
    def why(self) -> str:
        """Why it stands, in the reader's language where a check found it."""
        return self.reason or in_this_language(self.finding)

    @property
    def why_lifted(self) -> str:
        """Why it was lifted; a check lifts what it no longer finds."""
        return self.lift_reason or (str(_("The check no longer finds it.")) if self.lifted_at else "")

    @property
    def is_active(self) -> bool:
        """Whether it holds today."""
        return self.lifted_at is None and (self.until is None or self.until >= clock.today())

    @property
    def is_released(self) -> bool:
        """Whether it is released until a day, not lifted for good."""
        return self.kind == BlockKind.CREDIT

    @property
    def lifters(self) -> list[str]:
        """The roles that may lift it, in the reader's language."""
        return sorted(str(Role(role).label) for role in LIFTERS[self.kind])
