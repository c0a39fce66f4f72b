"""Pages of orders: the list, one with its lines, what is missing and what blocks it, its form, call-offs, and parts of other pages."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Customer, Plant
from catalog.models import Product
from catalog.views.lists import SheetList
from catalog.views.products import LinesPage
from kam.core.badges import Badge
from kam.core.tables import Column
from kam.core.views import Fact, RecordPage, Signed
from kam.core.views.record import VerbButton
from orders.actions import create_order, edit_order, enter_call_off
from orders.filters import OrderFilter
from orders.forms import CallOffForm, OrderForm
from orders.models import Offer, Order, PriceAgreement
from orders.reports.orders import blocks_of, lines_of, missing_in_words, papers_of
from orders.views.order_lives import LIFE_BUTTONS
from orders.views.pricing import price_check_of

SHOWN = 100


class OrderList(SheetList):
    """The orders that the reader may see."""

    model = Order
    title = _("Orders")
    icon = "clipboard-list"
    filterset_class = OrderFilter
    default_order = ("-received_at",)
    kind = "orders.orders"
    create_url = "orders:order_create"
    create_verb = "orders.create_order"
    create_label = _("New order")
    tabs = (
        (pgettext_lazy("orders", "Open"), "alive=true"),
        (_("Incomplete"), "missing=true&status=received"),
        (_("In review"), "status=in_review"),
        (_("With discrepancies"), "status=discrepancy"),
        (pgettext_lazy("orders", "Blocked"), "blocked=true&alive=true"),
        (pgettext_lazy("orders", "Confirmed"), "status=confirmed"),
        (_("Frame orders"), "kind=frame"),
    )
    empty_title = _("No orders")
    empty_text = _(
        "Enter what a customer ordered by hand, from an accepted offer, a price agreement or a past order, or import a sheet."
    )
    columns = (
        Column("number", _("Number"), value="name", sort="number", link=True, second="their_number"),
        Column("customer", _("Customer"), value="plant.customer.name", second="plant.name"),
        Column("status", _("Status"), kind="status"),
        Column("kind", _("Kind"), value="get_kind_display"),
        Column("net", _("Net value"), kind="money", decimals=2, sort="net", second="currency"),
        Column("requested_on", _("Requested date"), kind="date", sort="requested_on"),
        Column("selling_location", _("Selling location"), value="selling_location.name"),
        Column("received_at", _("Received"), kind="moment", sort="received_at"),
        Column("customer_reference", _("Customer's order number"), sort="customer_reference", default=False),
        Column("customer_date", _("Customer's order date"), kind="date", default=False),
        Column("channel", _("Channel"), value="get_channel_display", default=False),
        Column("producing_location", _("Producing location"), value="producer.name", default=False),
        Column("confirmed_at", _("Confirmed"), kind="moment", default=False),
        Column("entered_by", _("Entered by"), value="entered_by", default=False),
    )


class OrderPage(RecordPage):
    """An order: who ordered what on which terms, what is missing, what blocks it, its papers beside its lines."""

    model = Order
    template_name = "orders/order_page.html"
    list_url = "orders:order_list"
    edit_url = "orders:order_edit"
    edit_verb = "orders.edit_order"
    icon = "clipboard-list"
    buttons = (
        VerbButton("orders.register_order", "orders:order_register", "check", primary=True),
        VerbButton("orders.hold_order", "orders:order_hold", "pause", page=True),
        VerbButton("orders.resume_order", "orders:order_resume", "play"),
        VerbButton("orders.reject_order", "orders:order_reject", "x", page=True),
        *LIFE_BUTTONS,
    )

    def badges(self) -> list[Badge]:
        blocks = {block.get_kind_display() for block in self.record.blocks.active()}
        marks = [Badge(_("Blocked: %(kind)s") % {"kind": kind}, "no") for kind in sorted(blocks)]
        waiting = [Badge(_("Waiting for the customer's acceptance"), "wait")] if self.record.waiting_customer else []
        return [*super().badges(), *waiting, *marks]

    def facts(self) -> list[Fact]:
        one = self.record
        terms = " ".join(part for part in (one.incoterms, one.incoterms_place, one.incoterms_version) if part)
        facts = [
            Fact(_("Sold to"), one.customer.name, one.customer.get_absolute_url()),
            Fact(_("Plant"), one.plant.name, one.plant.get_absolute_url()),
            Fact(_("Ship to"), one.destination.name, one.destination.get_absolute_url()),
            Fact(_("Bill to"), one.bill_to or one.customer.name),
            Fact(_("Kind"), one.get_kind_display()),
            Fact(_("Customer's order number"), one.customer_reference),
            Fact(_("Customer's order date"), one.customer_date),
            Fact(_("Received"), one.received_at, note=one.get_channel_display()),
            Fact(_("Requested date"), one.requested_on, note=one.get_requested_type_display() if one.requested_on else ""),
            Fact(_("Selling location"), one.selling_location.name),
            Fact(_("Producing location"), one.producer.name),
            Fact(_("Contact"), one.contact or "", one.contact.get_absolute_url() if one.contact else ""),
            Fact(_("Language"), one.get_language_display()),
            Fact(_("Payment"), one.payment),
            Fact(_("Incoterms"), terms),
            Fact(_("VAT treatment"), one.get_vat_treatment_display(), note=one.declaration_of_intent),
            Fact(_("Partial deliveries allowed"), one.partial_allowed),
            Fact(_("Quantity tolerance (%)"), one.tolerance),
            Fact(_("Penalty per commenced week (%)"), one.penalty_rate),
            Fact(_("Penalty at most (%)"), one.penalty_cap),
            Fact(_("Certificates"), one.certificates),
            Fact(_("Packaging"), one.packaging),
            Fact(_("Transport"), one.transport),
            Fact(_("The customer's own terms apply"), one.own_terms),
            Fact(_("Internal notes"), one.notes),
            Fact(_("Entered by"), one.entered_by or ""),
            Fact(_("Why it ended"), one.ended_reason),
        ]
        return [*self._sources(), *(fact for fact in facts if fact.value not in ("", None))]

    def _sources(self) -> list[Fact]:
        """The offer, agreement and frame order that it goes by, as far as the reader sees them."""
        one, sources = self.record, []
        for label, rows, key in (
            (_("Offer"), Offer.objects, one.offer_id),
            (_("Price agreement"), PriceAgreement.objects, one.agreement_id),
            (_("Frame order"), Order.objects, one.frame_id),
        ):
            found = rows.visible_to(self.reader).filter(pk=key).first() if key else None
            if found is not None:
                sources.append(Fact(label, found, found.get_absolute_url()))
        return sources

    def context(self) -> dict[str, Any]:
        context = super().context()
        one = self.record
        call_offs = Order.objects.visible_to(self.reader).filter(frame=one).for_list().order_by("-received_at", "-pk")
        lines = lines_of(one)
        for line in lines:
            days = {"requested": line.requested_on, "delivery": line.first_delivery}
            line.price_check = price_check_of(line, one, one.customer_date, self.reader, **days)  # type: ignore[attr-defined]
        return context | {
            "lines": lines,
            "missing": missing_in_words(one) if one.is_editable else [],
            "blocks": blocks_of(one, self.reader),
            "papers": papers_of(one, self.reader),
            "call_offs": list(call_offs[:SHOWN]) if one.kind == Order.Kind.FRAME else [],
            "can_edit": context["can_edit"] and one.is_editable,
            "can_block": one.status not in Order.OVER and self.may("orders.set_block"),
            "can_copy": one.kind != Order.Kind.CALL_OFF and self.may("orders.copy_order"),
            "can_discard": not one.number and one.status == Order.Status.RECEIVED and self.may("orders.discard_order"),
            "can_call_off": one.kind == Order.Kind.FRAME and bool(one.number) and one.status not in Order.OVER
            and self.may("orders.enter_call_off"),
        }  # fmt: skip


class OrderCreate(LinesPage):
    """Enter an order."""

    model = Order
    form_class = OrderForm
    verb = "orders.create_order"
    creates = True
    title = _("New order")
    success = _("Order entered. Register it when nothing is missing any more.")
    cancel_url = "/orders/"

    def act(self, form: Any) -> Any:
        return self.run(create_order, Order, form)


class OrderEdit(LinesPage):
    """Change an order whose review has not begun."""

    model = Order
    form_class = OrderForm
    template_name = "orders/order_form.html"
    verb = "orders.edit_order"
    title = _("Edit order")

    def context(self) -> dict[str, Any]:
        """The form, and what the customer sent beside it."""
        return super().context() | {"papers": papers_of(self.record, self.reader)}

    def initial(self) -> dict[str, Any]:
        return super().initial() | {"lines": list(self.record.lines.prefetch_related("schedule"))}

    def act(self, form: Any) -> Any:
        return self.run(edit_order, self.record, form)


class CallOffEnter(LinesPage):
    """Enter what a customer calls off from a frame order."""

    model = Order
    form_class = CallOffForm
    verb = "orders.enter_call_off"
    title = _("Enter a call-off")
    success = _("Call-off entered. Once registered it replaces every open instalment before it.")

    def initial(self) -> dict[str, Any]:
        return {}

    def act(self, form: Any) -> Any:
        return self.run(enter_call_off, self.record, form)


#: Where a part with orders stands: the record, and which orders are about it.
PARTS: dict[str, tuple[Any, Any]] = {
    "customer": (Customer, lambda one: Q(customer=one)),
    "plant": (Plant, lambda one: Q(plant=one)),
    "product": (Product, lambda one: Q(lines__product=one)),
}


class RecordOrders(Signed):
    """The orders of a company, a plant or for a product, the last first; of the account's other plants number, kind, date, status."""

    part = ""

    def rows(self) -> Any:
        return PARTS[self.part][0]._default_manager.visible_to(self.reader)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        about = PARTS[self.part][1](record)
        rows = Order.objects.visible_to(self.reader).filter(about).for_list().distinct()
        creates = self.part == "plant" and self.reader.may("orders.create_order")
        context = {
            "record": record,
            "orders": rows.order_by("-received_at", "-pk")[:SHOWN],
            "cards": Order.objects.cards_visible_to(self.reader).filter(about).distinct().order_by("-received_at", "-pk")[:SHOWN],
            "all": f"{reverse('orders:order_list')}?{self.part}={record.pk}",
            "create": f"{reverse('orders:order_create')}?plant={record.pk}" if creates else "",
        }
        return render(request, "orders/orders_panel.html", context)
