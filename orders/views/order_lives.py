"""The life of an order after its review as pages: its part on the order's page, every step, the papers that went out."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.core.views import PrintView, Signed, VerbView
from kam.core.views.record import VerbButton
from kam.core.workflow import Denied
from orders.actions.order_cancelling import why_not_cancelled
from orders.actions.order_delays import why_not_delayed
from orders.actions.order_deliveries import why_not_carried_out, why_not_closed
from orders.actions.order_invoicing import why_not_invoiced
from orders.actions.order_papers import why_not_acknowledged
from orders.forms.order_lives import (
    AddressForm,
    CancelForm,
    ChangeForm,
    ConfirmForm,
    DelayForm,
    DeliverForm,
    InvoiceForm,
    PaperForm,
)
from orders.models import Order, OrderPaper, SalesDocument
from orders.reports.order_lives import damages_at_stake, told_of


def _numbered(order: Order) -> Denied | None:
    """A pro forma invoice is about an order that is registered and alive."""
    over = {Order.Status.CANCELLED, Order.Status.REJECTED}
    return None if order.number and order.status not in over else Denied("no_pro_forma", "")


#: The steps of an order after its review, for the buttons of its page.
LIFE_BUTTONS = (
    VerbButton("orders.confirm_order", "orders:order_confirm", "check", page=True, primary=True),
    VerbButton("orders.deliver_order", "orders:order_deliver", "truck", page=True, primary=True),
    VerbButton("orders.invoice_order", "orders:order_invoice", "receipt-text", page=True, primary=True),
    VerbButton("orders.close_order", "orders:order_close", "lock", page=True, primary=True),
    VerbButton("orders.request_change", "orders:order_change", "pencil", page=True),
    VerbButton("orders.cancel_order", "orders:order_cancel", "ban", page=True),
)
#: What is done beside them, from the part of the page: verb, address, why not now.
STEPS: tuple[tuple[str, str, Any, Any], ...] = (
    ("orders.acknowledge_order", "orders:order_acknowledge", _("Acknowledge receipt"), why_not_acknowledged),
    ("orders.issue_pro_forma", "orders:order_pro_forma", _("Pro forma invoice"), _numbered),
    ("orders.start_order", "orders:order_start", _("Produced"), why_not_carried_out),
    ("orders.delay_order", "orders:order_delay", _("Move confirmed dates"), why_not_delayed),
    ("orders.deliver_order", "orders:order_deliver", _("Deliver"), why_not_carried_out),
    ("orders.invoice_order", "orders:order_invoice", _("Invoice"), why_not_invoiced),
    ("orders.cancel_order", "orders:order_cancel", pgettext_lazy("order", "Cancel"), why_not_cancelled),
    ("orders.close_order", "orders:order_close", _("Close"), why_not_closed),
)


class OrderLife(Signed):
    """Confirmations, papers, changes, delays, deliveries and invoices of an order, as a part of its page."""

    model = Order

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        order = self.record_or_404()
        context = {
            "order": order,
            "steps": [
                (address, label) for verb, address, label, why_not in STEPS if self._may(verb, order) and why_not(order) is None
            ],
            "confirmations": order.confirmations.for_list().order_by("revision"),
            "papers": order.papers.for_list().order_by("issued_at", "pk"),
            "can_send": self._may("orders.send_order_paper", order),
            "changes": [(change, told_of(change)) for change in order.changes.for_list().order_by("number")],
            "cancellations": order.cancellations.for_list().order_by("pk"),
            "delays": order.delays.for_list().order_by("number"),
            "damages": damages_at_stake(order),
            "deliveries": order.deliveries.for_list().order_by("delivered_on", "pk"),
            "invoices": order.invoices.for_list().order_by("invoiced_on", "pk"),
            "documents": self._documents(order),
            "intake": order.intake.for_list().order_by("day", "pk"),
        }
        return render(request, "orders/order_life.html", context)

    def _documents(self, order: Order) -> set[int]:
        """The documents of the ledger behind its invoices, as far as the reader sees those."""
        keys = order.invoices.exclude(document=None).values("document")
        return set(SalesDocument.objects.visible_to(self.reader).filter(pk__in=keys).values_list("pk", flat=True))

    def _may(self, verb: str, order: Order) -> bool:
        return Order.objects.permitted(self.reader, verb).filter(pk=order.pk).exists()


class OrderStep(VerbView):
    """A step of an order; who sends a paper finds the contact's address."""

    model = Order

    def initial(self) -> dict[str, Any]:
        contact = self.record.contact
        return {"sent_to": contact.email if contact else "", "by_mail": "yes"}


class OrderAcknowledge(OrderStep):
    """Acknowledge receipt."""

    verb = "orders.acknowledge_order"
    form_class = PaperForm
    text = _("The customer reads that the order was received. It is no confirmation, and says so.")


class OrderProForma(OrderStep):
    """Give out a pro forma invoice."""

    verb = "orders.issue_pro_forma"
    form_class = PaperForm


class OrderConfirm(OrderStep):
    """Confirm an order."""

    verb = "orders.confirm_order"
    form_class = ConfirmForm
    text = _(
        "What you change here departs from the order: the confirmation then names every variation, and waits for the customer where "
        "the law of the contract says so."
    )


class OrderChangeRequest(OrderStep):
    """Request a change."""

    verb = "orders.request_change"
    form_class = ChangeForm
    text = _(
        "Whatever is different is reviewed again, and confirmed with the next revision. The confirmation before stays readable."
    )


class OrderCancel(OrderStep):
    """Cancel an order or lines of it."""

    verb = "orders.cancel_order"
    form_class = CancelForm
    dangerous = True

    def initial(self) -> dict[str, Any]:
        return {}


class OrderDelaying(OrderStep):
    """Move confirmed dates."""

    verb = "orders.delay_order"
    form_class = DelayForm
    text = _(
        "Area manager and account manager are told at once. The customer gets a notice with the cause and the confirmation anew; where "
        "the customer asked for the new date, only the confirmation."
    )


class OrderStart(OrderStep):
    """Note that the lines are produced."""

    verb = "orders.start_order"


class OrderDeliver(OrderStep):
    """Note a delivery."""

    verb = "orders.deliver_order"
    form_class = DeliverForm
    text = _("Leave the quantities empty where everything that is open was delivered.")

    def initial(self) -> dict[str, Any]:
        return {}


class OrderInvoicing(OrderStep):
    """Invoice what was delivered."""

    verb = "orders.invoice_order"
    form_class = InvoiceForm
    text = _("Leave the quantities empty where everything that was delivered is invoiced.")

    def initial(self) -> dict[str, Any]:
        return {}


class OrderClose(OrderStep):
    """Close an order."""

    verb = "orders.close_order"


class PaperPrint(PrintView):
    """A paper about an order, printed again as it was issued."""

    model = OrderPaper
    printed = "orders.order_paper"


class PaperSend(VerbView):
    """Mail a paper that was given out by hand, or that failed."""

    model = OrderPaper
    verb = "orders.send_order_paper"
    form_class = AddressForm
    text = _("The print goes out as it was kept.")
    success = _("The mail is on its way.")

    def initial(self) -> dict[str, Any]:
        return {"sent_to": ", ".join(self.record.recipients) or self.record.sent_to}
