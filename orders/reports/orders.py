"""What is read of an order for its page: what is missing and where it is given, its blocks and who lifts them, its papers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kam.core.documents import Document
from orders.models import Order, OrderBlock, OrderLine
from orders.models.customer_orders import PURCHASE_ORDER

WORDS = {
    "customer_reference": _("Customer's order number"),
    "customer_date": _("Customer's order date"),
    "payment_term": _("Payment term"),
    "incoterms": _("Incoterms"),
    "vat_treatment": _("VAT treatment"),
    "declaration_of_intent": _("Declaration of intent"),
    "lines": _("Lines"),
    "document": _("What the customer sent, as a file"),
    "product": _("Product"),
    "price": _("Price"),
    "requested_on": _("Requested date"),
}


@dataclass(frozen=True)
class Missing:
    """One thing that is missing: in words, at which position, and where it is given."""

    label: Any
    position: int | None
    address: str


def missing_in_words(order: Order) -> list[Missing]:
    """The incompletion list of an order, each with the address of its field in the form."""
    places = {line.position: place for place, line in enumerate(order.lines.all())}
    form, found = reverse("orders:order_edit", args=[order.pk]), []
    for code in order.incomplete:
        parts = code.split(".")
        if len(parts) == 3:
            position = int(parts[1])
            address = f"{form}#id_lines-{places.get(position, 0)}-{parts[2]}"
            found.append(Missing(WORDS[parts[2]], position, address))
        else:
            names = {"lines": "lines-0-product", "document": "paper"}
            found.append(Missing(WORDS[code], None, f"{form}#id_{names.get(code, code)}"))
    return found


def blocks_of(order: Order, user: Any) -> list[tuple[OrderBlock, bool]]:
    """The blocks of an order, those that hold first, each with whether this person may lift it."""
    rows = list(order.blocks.for_list().order_by("-set_at", "-pk"))
    mine = set(OrderBlock.objects.permitted(user, "orders.lift_block").filter(order=order).values_list("pk", flat=True))
    rows.sort(key=lambda one: not one.is_active)
    return [(one, one.is_active and one.pk in mine) for one in rows]


def lines_of(order: Order) -> list[OrderLine]:
    """The lines with their articles and instalments, in the order of their positions."""
    lines = list(order.lines.select_related("product").prefetch_related("schedule"))
    for line in lines:
        line.order = order
    return lines


def papers_of(order: Order, user: Any) -> Sequence[Document]:
    """What the customer sent with an order, as far as this person may see it, to stand beside its lines."""
    sent = Document.objects.about(order).current().visible_to(user).filter(type__code=PURCHASE_ORDER)
    return list(sent.select_related("type").order_by("-pk")[:5])
