"""Orders by e-mail: what a known customer sends becomes a draft with the mail and its papers; answers go to the order that they are about."""

import re
from collections.abc import Iterable
from typing import Any

from accounts.actions.received_mails import MailTaker, writes_for
from accounts.letters import Letter
from accounts.models import Department, Plant, ReceivedMail, Role, leading_location
from accounts.models.assignments import account_manager_of, area_manager_of
from kam.core import clock
from kam.core.work import assign_work
from orders.actions.customer_orders import ENTER, create_order
from orders.models import Order, OrderPaper
from orders.models.customer_orders import PURCHASE_ORDER

NUMBER = re.compile(r"\bSO-[A-Z0-9]{1,10}-\d{4}-\d{5,}\b")
#: What a customer orders on: these attachments count as the purchase order.
PAPERS = dict.fromkeys(("pdf", "doc", "docx", "xls", "xlsx", "tif", "tiff"), PURCHASE_ORDER)


def _answered(letter: Letter) -> Order | None:
    """The order that a mail is about: an answer to a paper of ours, or our number in its subject, if the customer writes."""
    if not letter.sender:
        return None
    papers = OrderPaper.objects.filter(message_id__in=letter.references[:50]).select_related("order__plant", "order__customer")
    for paper in papers.order_by("-pk") if letter.references else ():
        if letter.sender in map(str.lower, paper.recipients) or writes_for(paper.order.customer, letter.sender):
            return paper.order
    numbers = NUMBER.findall(letter.subject.upper())[:10]
    for order in Order.objects.filter(number__in=numbers).select_related("plant", "customer") if numbers else ():
        if writes_for(order.customer, letter.sender):
            return order
    return None


def _numbered(number: str, reader: Any) -> Order | None:
    rows = Order.objects.permitted(reader, "orders.edit_order") if reader is not None else Order.objects.all()
    return rows.filter(number__iexact=number).first()


def _take(mail: ReceivedMail, plant: Plant, actor: Any) -> Order:
    """A draft of what the mail orders: its lines are entered by a person, whom the back office of the selling location finds."""
    words = "\n\n".join(part for part in (mail.subject, mail.text) if part)
    order: Order = create_order(
        Order,
        actor=actor,
        plant=plant,
        selling_location=leading_location(plant),
        contact=mail.contact,
        channel=Order.Channel.MAIL,
        received_at=mail.received_at,
        notes=words[:4000],
    )
    office = Department.objects.filter(location=order.selling_location_id, function=Role.BACK_OFFICE).first()
    server = area_manager_of(plant, order.selling_location, clock.today())
    to = office.audience if office is not None else server or f"role:{Role.SALES_MANAGER}"
    assign_work(order, ENTER, to=to, actor=actor, payload={"customer": order.customer.name})
    return order


def _told(order: Order) -> Iterable[Any]:
    today = clock.today()
    return (account_manager_of(order.customer, today), area_manager_of(order.plant, order.selling_location, today))


ORDER_MAILS = MailTaker(use="orders", answered=_answered, numbered=_numbered, take=_take, told=_told, types=PAPERS)
