"""What belongs to customers: their part numbers for our products, and their programmes."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from catalog.actions.rows import changed, created, taken
from catalog.models import CustomerItem, Product, ProductRevision, Programme
from kam.core.verbs import verb
from kam.core.workflow import Denied


@verb("catalog.create_customer_item", _("Create customer item"))
def create_customer_item(
    model: type[CustomerItem], *, actor: Any, reason: str = "", customer: Customer, product: Product, **values: Any
) -> CustomerItem:
    """Record what a customer, or one of its plants, calls a product, and the revision that was agreed."""
    item = CustomerItem(customer=customer, product=product, **values)
    closed = None
    if customer.status == Customer.Status.CLOSED:
        closed = Denied("customer_closed", _("This customer is closed."), field="customer")
    return created(item, closed, *_contradictions(item))  # type: ignore[no-any-return]


@verb("catalog.edit_customer_item", _("Edit customer item"))
def edit_customer_item(item: CustomerItem, *, actor: Any, reason: str = "", **values: Any) -> CustomerItem:
    """Change the part number, description, plant, agreed revision or smallest delivery; customer and product stay."""
    proposed = CustomerItem(pk=item.pk, customer=item.customer, product=item.product)
    for name in ("plant", "part_number", "agreed_revision"):
        setattr(proposed, name, values.get(name, getattr(item, name)))
    return changed(item, values, *_contradictions(proposed))  # type: ignore[no-any-return]


def _contradictions(item: CustomerItem) -> list[Denied | None]:
    """What does not fit together in a customer item."""
    wrong: list[Denied | None] = []
    if item.plant is not None and item.plant.customer_id != item.customer_id:
        wrong.append(Denied("plant_of_another", _("Choose a plant of this customer."), field="plant", status=400))
    revision = item.agreed_revision
    if revision is not None and revision.product_id != item.product_id:
        wrong.append(Denied("revision_of_another", _("Choose a revision of this product."), field="agreed_revision", status=400))
    elif revision is not None and revision.status == ProductRevision.Status.DRAFT:
        wrong.append(Denied("revision_is_draft", _("Only a released revision can be agreed."), field="agreed_revision"))
    same = CustomerItem.objects.filter(customer=item.customer, plant=item.plant)
    except_for = item if item.pk else None
    wrong.append(taken(same.filter(part_number=item.part_number), "part_number", except_for))
    wrong.append(taken(same.filter(product=item.product), "product", except_for))
    return wrong


@verb("catalog.create_programme", _("Create programme"))
def create_programme(model: type[Programme], *, actor: Any, reason: str = "", customer: Customer, **values: Any) -> Programme:
    """Record a programme of a customer: code, name, start and end of production."""
    programme = Programme(customer=customer, **values)
    same = taken(Programme.objects.filter(customer=customer, code=programme.code), "code")
    return created(programme, same, _order(programme.start_of_production, programme.end_of_production))  # type: ignore[no-any-return]


@verb("catalog.edit_programme", _("Edit programme"))
def edit_programme(programme: Programme, *, actor: Any, reason: str = "", **values: Any) -> Programme:
    """Change the code, name, dates or notes of a programme."""
    same = taken(
        Programme.objects.filter(customer=programme.customer, code=values.get("code", programme.code)), "code", programme
    )
    order = _order(
        values.get("start_of_production", programme.start_of_production),
        values.get("end_of_production", programme.end_of_production),
    )
    return changed(programme, values, same, order)  # type: ignore[no-any-return]


def _order(start: Any, end: Any) -> Denied | None:
    if start is None or end is None or end >= start:
        return None
    return Denied("period_in_order", _("Production cannot end before it starts."), field="end_of_production", status=400)
