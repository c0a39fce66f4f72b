"""Offers for tests: a product with a price and a fresh cost, and an offer of it as far along as a test needs."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from accounts.models import PaymentTerm
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.periods import period
from kam.core.workflow import Denied
from orders.actions import agree_terms, approve_offer, ask_offer_review, create_offer, send_offer, submit_offer
from orders.actions.checklist import install_checklist
from orders.actions.offer_reviews import refuse_unreviewed
from orders.actions.offers import print_of
from orders.models import ContractReview, Offer
from tests.factories.accounts import UserFactory
from tests.factories.catalog import ListPriceFactory, ProductFactory, StandardCostFactory
from tests.factories.files import named, pdf


def priced_product(price: Any = 25, producer: Any = None, **cost: Any) -> Any:
    """A product that costs 25 EUR by the list, and us 9 in what varies with it and 1 in what does not, since last month."""
    product = ProductFactory(**({"producing_location": producer} if producer else {}))
    ListPriceFactory(product=product, price=Decimal(str(price)))
    StandardCostFactory(product=product, period=period(clock.today() - timedelta(days=30), None), **cost)
    return product


def payment_term(days: int) -> PaymentTerm:
    """So many days from the invoice."""
    known = {"days": [days], "name_en": f"{days} days"}
    return PaymentTerm.objects.get_or_create(code=f"T{days}", defaults=known)[0]


def offer_line(product: Any, quantity: Any = 100, price: Any = None, **values: Any) -> dict[str, Any]:
    """A line as the actions are told it; without a price the engine finds it."""
    head = {"product": product, "quantity": Decimal(str(quantity)), "price": None if price is None else Decimal(str(price))}
    return head | values


def keep_print(offer: Offer) -> None:
    """Its print as the background keeps it, without having it made."""
    paper = named(pdf("Offer"), "offer.pdf")
    attach_document(
        Document, actor=None, record=offer, type=standard_type("print"), file=paper, title=offer.name, number=offer.name
    )


def pass_review_of(offer: Offer) -> None:
    """Its review, closed positively, where its class needs one before it is sent."""
    try:
        refuse_unreviewed(offer)
    except Denied:
        install_checklist()
        ask_offer_review(offer, actor=None)
        ContractReview.objects.filter(offer=offer).update(
            state="closed", result="positive", decided_by=UserFactory(), decided_at=clock.now(), closed_at=clock.now(),
            covered=print_of(offer, list(offer.lines.all())),
        )  # fmt: skip


def offered(
    plant: Any, location: Any, *lines: dict[str, Any], status: str = "draft", by: Any = None, approver: Any = None, **head: Any
) -> Offer:
    """An offer to a plant, brought to a status by the actions themselves; without anybody named the system does it."""
    draft: Offer = create_offer(
        Offer,
        actor=by,
        plant=plant,
        selling_location=location,
        lines=lines or (offer_line(priced_product()),),
        **{"subject": "Gearboxes"} | head,
    )
    if status == "draft":
        return draft
    submit_offer(draft, actor=by)
    draft.refresh_from_db()
    if draft.waits_for_finance and status != "in_approval":
        agree_terms(draft, actor=UserFactory(role="finance"))
    if draft.status == "in_approval" and status != "in_approval":
        approve_offer(draft, actor=approver)
    if status == "sent":
        pass_review_of(draft)
        send_offer(draft, actor=by, sent_to="buyer@customer.example")
    draft.refresh_from_db()
    return draft
