"""Orders under review for tests: a registered order of known articles and terms, and its review as far along as a test needs."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from accounts.models import PaymentTerm
from catalog.models import Product
from kam.core import clock
from orders.actions import open_review
from orders.actions.checklist import install_checklist
from orders.models import ContractReview, Order, OrderLine, ReviewChecklist
from tests.factories.accounts import UserFactory
from tests.factories.catalog import ProductFactory
from tests.factories.customer_orders import OrderFactory, OrderLineFactory


def ordered(plant: Any, location: Any, *lines: dict[str, Any], by: Any = None, **values: Any) -> Order:
    """An order of today, registered, on the customer's usual terms, with these lines (one of a hundred pieces without any)."""
    customer = plant.customer
    term = PaymentTerm.objects.filter(code=customer.payment_terms).first()
    usual = {
        "customer_date": clock.today(), "received_at": clock.now(), "requested_on": clock.today() + timedelta(days=90),
        "incoterms": customer.incoterms, "incoterms_place": customer.incoterms_place, "incoterms_version": customer.incoterms_version,
        "payment_term": term, "currency": "EUR",
    }  # fmt: skip
    made: Order = OrderFactory(plant=plant, selling_location=location, entered_by=by, registered=True, **usual | values)
    for place, line in enumerate(lines or ({},), start=1):
        OrderLineFactory(order=made, position=place * 10, **line)
    _totalled(made)
    return made


def _totalled(order: Order) -> None:
    order.net = order.base_net = sum((line.amount or Decimal(0) for line in order.lines.all()), Decimal(0))
    order.save()


def known_product(plant: Any, location: Any, **values: Any) -> Product:
    """A product that this plant has ordered before."""
    product: Product = ProductFactory(**values)
    before = ordered(plant, location, {"product": product}, by=None)
    Order.objects.filter(pk=before.pk).update(status="closed", confirmation=1, confirmed_at=clock.now())
    OrderLine.objects.filter(order=before).update(status="invoiced", first_confirmed_on=clock.today(), confirmed_on=clock.today())
    return product


def reviewed_order(plant: Any, location: Any, *lines: dict[str, Any], by: Any = None, **values: Any) -> ContractReview:
    """The review of such an order, just begun; who entered it is somebody of nowhere unless told."""
    if not ReviewChecklist.objects.exists():
        install_checklist()
    order = ordered(plant, location, *lines, by=by or UserFactory(), **values)
    review = open_review(order, actor=by)
    assert review is not None
    return review


def answer_all(review: ContractReview, person: Any, function: str, answer: str = "yes") -> list[dict[str, Any]]:
    """The answers of a function to all of its questions."""
    rows = review.answers.filter(question__function=function, question__classes__contains=[review.klass])
    return [{"question": row.question_id, "answer": answer} for row in rows]


def plain_review(plant: Any, location: Any, by: Any) -> ContractReview:
    """A review as a row, with nothing asked in it."""
    if not ReviewChecklist.objects.exists():
        install_checklist()
    order = ordered(plant, location, by=by)
    made: ContractReview = ContractReview.objects.create(
        order=order, name=order.name, plant=plant, selling_location=location, entered_by=by, klass="B", computed_class="B",
        checklist=ReviewChecklist.objects.get(), opened_at=clock.now(), due_at=clock.now(),
    )  # fmt: skip
    return made
