"""The orders of the year before: what was invoiced then was ordered, reviewed, confirmed and delivered first; written in bulk, as it happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from accounts.models import Contact, PaymentTerm, Plant, User
from kam.core import clock, history
from kam.core.money import convert
from kam.core.numbering import next_number
from kam.demo import stage
from kam.demo.orders_steps import CLERKS
from kam.demo.organisation import person
from kam.demo.trade import share
from orders.actions.order_law import law_of
from orders.actions.order_papers import contents_of, letter_of, line_contents
from orders.actions.order_review import print_of_order
from orders.actions.order_writing import vat_treatment
from orders.models import (
    ConfirmedLine,
    ContractReview,
    Order,
    OrderConfirmation,
    OrderDelivery,
    OrderIntake,
    OrderInvoice,
    OrderLine,
    OrderPaper,
    ReviewChecklist,
    ReviewSignature,
    SalesHeader,
    SalesLine,
)
from orders.models.kinds import LineKind

ORDERS = 290
#: Invoices of which days, before today, become orders; from when on what is invoiced is closed.
FIRST, LAST, CLOSED = -300, -48, -58
#: Days from the customer's order to its invoice, beside those that its delivery was late.
LEAD = 36
SIGNED = {
    "A": ("back_office",),
    "B": ("area_manager", "production"),
    "C": ("account_manager", "technical", "quality", "production", "logistics"),
}
WHY: dict[str, list[dict[str, Any]]] = {
    "A": [{"code": "repetitive", "values": {}}],
    "B": [{"code": "finding", "values": {}}],
    "C": [{"code": "penalties", "values": {}}],
}
SPEAKS = {
    "back_office": "sales.manager", "area_manager": "sales.manager", "production": "production", "account_manager": "sales.manager",
    "technical": "technical", "quality": "quality", "logistics": "logistics",
}  # fmt: skip


@dataclass
class Past:
    """An order that was invoiced, with the days on which it came, was confirmed, delivered and invoiced."""

    header: SalesHeader
    plant: Plant
    lines: list[SalesLine]
    term: PaymentTerm | None
    contact: Contact | None
    order: Order = field(init=False)
    rows: list[OrderLine] = field(init=False)
    review: ContractReview = field(init=False)

    @property
    def number(self) -> str:
        """The number of its invoice, from which everything else follows."""
        return self.header.document.number

    @property
    def clerk(self) -> User:
        """Who entered it."""
        return person(CLERKS[self.header.selling_location.code])

    def at(self, days_before: int, hour: int) -> datetime:
        """A moment so many days before the invoice, on a working day."""
        day = self.header.date - timedelta(days=days_before)
        return datetime.combine(day - timedelta(days=max(day.weekday() - 4, 0)), time(hour), tzinfo=stage.SEAT)

    @property
    def received(self) -> datetime:
        """When it came."""
        return self.at(LEAD + int(share("came", self.number) * 14), 9)

    @property
    def promised_on(self) -> date:
        """For which day it was confirmed: mostly that of the delivery, sometimes a few days before."""
        late = 3 + int(share("how late", self.number) * 9) if share("late", self.number) < 0.11 else 0
        return self.delivered_at.date() - timedelta(days=late)

    @property
    def delivered_at(self) -> datetime:
        """When it left."""
        return self.at(1, 15)

    @property
    def klass(self) -> str:
        """How much there was to look at."""
        place = share("class", self.number)
        return "A" if place < 0.7 else "B" if place < 0.92 else "C"


def make() -> None:
    """Write the orders behind a part of the ledger's invoices, step by step as each of them happened."""
    checklist = ReviewChecklist.objects.order_by("-edition")[0]
    found = sorted(_invoiced(), key=lambda one: (one.received, one.number))
    for one in found:
        with _step(one.received, one.clerk, "orders.register_order"):
            _registered(one)
            _asked(one, checklist)
        with _step(one.received + timedelta(days=1, hours=2), person("sales.manager"), "orders.decide_review"):
            _decided(one)
        with _step(one.received + timedelta(days=2), one.clerk, "orders.confirm_order"):
            _confirmed(one)
        with _step(one.delivered_at, one.clerk, "orders.deliver_order"):
            _delivered(one)
        invoiced = datetime.combine(one.header.date, time(17), tzinfo=stage.SEAT)
        with _step(invoiced, one.clerk, "orders.invoice_order"):
            _billed(one, invoiced)


@contextmanager
def _step(moment: datetime, actor: User, verb: str) -> Iterator[None]:
    """One step of the story: its moment, who did it, as which verb."""
    with clock.moment(moment), history.bound(actor=actor, verb=verb):
        yield


def _invoiced() -> Iterator[Past]:
    """Some of the invoices of goods, always as many, with the lines that an order can have."""
    headers = SalesHeader.objects.current().filter(
        kind=SalesHeader.Kind.INVOICE, date__gte=stage.day(FIRST), date__lte=stage.day(LAST), difference__isnull=True
    )
    chosen = sorted(headers.for_list(), key=lambda one: share("ordered", one.document.number))
    lines: dict[int, list[SalesLine]] = {}
    rows = SalesLine.objects.current().filter(document__in=[one.document_id for one in chosen[: ORDERS * 3]])
    for row in (
        rows.filter(kind=LineKind.GOODS, is_intercompany=False, quantity__gt=0)
        .select_related("product", "plant__customer")
        .order_by("pk")
    ):
        lines.setdefault(row.document_id, []).append(row)
    terms = {one.code: one for one in PaymentTerm.objects.all()}
    contacts: dict[int, Contact] = {}
    for contact in Contact.objects.filter(is_active=True).order_by("-pk"):
        contacts[contact.customer_id] = contact
    usable = [one for one in chosen if one.document_id in lines][:ORDERS]
    for header in usable:
        plant = lines[header.document_id][0].plant
        term = terms.get(plant.customer.payment_terms)
        yield Past(header, plant, lines[header.document_id], term, contacts.get(plant.customer_id))


def _registered(one: Past) -> None:
    """The order with its number, its lines and its intake."""
    header, plant, customer, came = one.header, one.plant, one.plant.customer, one.received
    order = one.order = Order(
        plant=plant, customer=customer, selling_location=header.selling_location, contact=one.contact, status="in_review",
        number=next_number("SO", location=header.selling_location.code, year=came.year), channel="mail",
        customer_reference=f"44{one.number[1:]}", customer_date=came.date(), received_at=came, registered_at=came, created_at=came,
        language=customer.language, currency=header.currency, payment_term=one.term, incoterms=customer.incoterms or "DAP",
        incoterms_place=customer.incoterms_place or plant.city, incoterms_version=customer.incoterms_version or "2020",
        producing_location=one.lines[0].producing_location, requested_on=one.promised_on, certificates="EN 10204 – 3.1",
        entered_by=one.clerk, penalty_rate=Decimal("0.5") if one.klass == "C" else None,
        penalty_cap=Decimal(5) if one.klass == "C" else None,
    )  # fmt: skip
    order.vat_treatment = vat_treatment(order)
    one.rows = [
        OrderLine(
            order=order, position=place * 10, product=row.product, quantity=row.quantity, unit=row.unit, created_at=came,
            price=(row.net / row.quantity).quantize(Decimal("0.00001")), status="in_review",
        )
        for place, row in enumerate(one.lines, 1)
    ]  # fmt: skip
    rate = convert(Decimal(1), order.currency, settings.BASE_CURRENCY, on=came.date(), rounded=False).amount
    nets = [row.net.quantize(Decimal("0.01")) for row in one.lines]
    order.net = sum(nets, Decimal(0))
    order.base_net = (order.net * rate).quantize(Decimal("0.01"))
    order.save(force_insert=True)
    OrderLine.objects.bulk_create(one.rows)
    based = [(net * rate).quantize(Decimal("0.01")) for net in nets]
    based[-1] = order.base_net - sum(based[:-1], Decimal(0))
    OrderIntake.objects.bulk_create(
        OrderIntake(
            order=order, position=row.position, product=row.product, kind="registered", day=came.date(), plant=plant,
            selling_location=header.selling_location, currency=order.currency, net=net, base_net=base,
        )
        for row, net, base in zip(one.rows, nets, based, strict=True)
    )  # fmt: skip


def _asked(one: Past, checklist: ReviewChecklist) -> None:
    """Its contract review, and whose opinion is asked for."""
    order, came, due = one.order, one.received, one.received + timedelta(days=2)
    one.review = ContractReview.objects.create(
        order=order, name=order.number, plant=one.plant, selling_location=order.selling_location, checklist=checklist,
        producing_location=order.producing_location, entered_by=order.entered_by, klass=one.klass, computed_class=one.klass,
        why=WHY[one.klass], opened_at=came, due_at=due, created_at=came,
    )  # fmt: skip
    ReviewSignature.objects.bulk_create(
        ReviewSignature(
            review=one.review, round=1, function=function, audience=f"user:{person(SPEAKS[function]).pk}", due_at=due, created_at=came,
            signed_by=person(_signer(function, place)), signed_at=came + timedelta(hours=4 + place),
        )
        for place, function in enumerate(SIGNED[one.klass])
    )  # fmt: skip


def _signer(function: str, place: int) -> str:
    """Who signed; nobody twice."""
    return SPEAKS[function] if place == 0 or SPEAKS[function] != "sales.manager" else "account.manager"


def _decided(one: Past) -> None:
    """The review is closed positively, and the order accepted."""
    review, order, moment = one.review, one.order, one.received + timedelta(days=1, hours=2)
    review.state, review.result, review.decided_by, review.decided_at = "closed", "positive", person("sales.manager"), moment
    review.closed_at, review.covered = moment, print_of_order(order)
    review.save()
    order.reviewed, order.status = True, Order.Status.ACCEPTED
    order.save()


def _confirmed(one: Past) -> None:
    """The confirmation as it went out, and what it promises."""
    order, moment = one.order, one.received + timedelta(days=2)
    for row in one.rows:
        row.order, row.confirmed_on, row.first_confirmed_on, row.status = order, one.promised_on, one.promised_on, "confirmed"
    subject, text = letter_of(order, "confirmation", 1, sender=one.clerk)
    law = law_of(order)
    contents = contents_of(
        order, [line_contents(row) for row in one.rows], variations=[], deviations="", conditions=[], law=law, waits=False
    )
    paper = OrderPaper.objects.create(
        order=order, kind="confirmation", number=1, language=order.language, contents=contents, issued_by=one.clerk, issued_at=moment,
        sent_to=one.contact.email if one.contact else one.plant.name, subject=subject, text=text, created_at=moment,
    )  # fmt: skip
    confirmation = OrderConfirmation.objects.create(
        order=order,
        revision=1,
        law=law,
        state="concluded",
        paper=paper,
        confirmed_by=one.clerk,
        confirmed_at=moment,
        created_at=moment,
    )
    ConfirmedLine.objects.bulk_create(
        ConfirmedLine(
            confirmation=confirmation,
            line=row,
            quantity=row.quantity,
            price=row.price or Decimal(0),
            price_unit=1,
            confirmed_on=one.promised_on,
        )
        for row in one.rows
    )
    OrderLine.objects.bulk_update(one.rows, ["confirmed_on", "first_confirmed_on", "status"])
    order.confirmation, order.confirmed_at, order.status = 1, moment, Order.Status.CONFIRMED
    order.save()


def _delivered(one: Past) -> None:
    """Everything leaves with one delivery note."""
    day = one.delivered_at.date()
    OrderDelivery.objects.bulk_create(
        OrderDelivery(
            order=one.order, line=row, quantity=row.quantity, note_number=f"DDT-{one.number}", delivered_on=day, noted_by=one.clerk,
            created_at=one.delivered_at,
        )
        for row in one.rows
    )  # fmt: skip
    for row in one.rows:
        row.delivered_quantity, row.delivered_on, row.status = row.quantity, day, "shipped"
    OrderLine.objects.bulk_update(one.rows, ["delivered_quantity", "delivered_on", "status"])
    one.order.status = Order.Status.DELIVERED
    one.order.save()


def _billed(one: Past, moment: datetime) -> None:
    """The invoice that stands in the ledger; what is older is closed."""
    OrderInvoice.objects.bulk_create(
        OrderInvoice(
            order=one.order, line=row, quantity=row.quantity, number=one.number, invoiced_on=one.header.date, noted_by=one.clerk,
            net=sold.net.quantize(Decimal("0.01")), document=one.header.document, created_at=moment,
        )
        for row, sold in zip(one.rows, one.lines, strict=True)
    )  # fmt: skip
    for row in one.rows:
        row.invoiced_quantity, row.status = row.quantity, "invoiced"
    OrderLine.objects.bulk_update(one.rows, ["invoiced_quantity", "status"])
    one.order.status = Order.Status.CLOSED if one.header.date <= stage.day(CLOSED) else Order.Status.INVOICED
    one.order.save()
