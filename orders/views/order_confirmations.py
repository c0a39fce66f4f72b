"""Pages of confirmations and cancellations of orders, and of the order intake: what waits for the customer, and for the sales manager."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kam.core.tables import Column
from kam.core.views import Fact, ListPage, Page, RecordPage, VerbView
from kam.core.views.record import VerbButton
from orders.actions.order_law import FIELDS, said_of
from orders.filters import OrderConfirmationFilter
from orders.forms.order_lives import AgreedForm, NoticeForm
from orders.models import OrderCancellation, OrderConfirmation, OrderIntake
from orders.reports.order_lives import intake_by_month
from orders.views.asking import recent_years, year_of


class ConfirmationList(ListPage):
    """The confirmations that the reader may see; those that wait are contracts not concluded."""

    model = OrderConfirmation
    title = _("Order confirmations")
    icon = "file-check"
    filterset_class = OrderConfirmationFilter
    default_order = ("-confirmed_at",)
    tabs = (
        (_("Contracts not concluded"), "state=waiting"),
        (_("Concluded"), "state=concluded"),
        (_("Accepted"), "state=accepted"),
        (_("Refused"), "state=refused"),
    )
    empty_title = _("No order was confirmed yet")
    empty_text = _("An order is confirmed from its page, once its review is closed.")
    columns = (
        Column("name", _("Order and revision"), value="name", link=True),
        Column("customer", _("Customer"), value="order.plant.customer.name", second="order.plant.name"),
        Column("state", _("Status"), value="get_state_display"),
        Column("paper", _("Paper"), value="paper.get_kind_display"),
        Column("cause", _("Cause"), value="get_cause_display"),
        Column("confirmed_at", _("Confirmed"), kind="moment", sort="confirmed_at"),
        Column("confirmed_by", _("Confirmed by"), value="confirmed_by", default=False),
        Column("sent_to", _("Sent to"), value="paper.sent_to", default=False),
        Column("agreed_on", _("The customer agreed on"), kind="date", default=False),
    )


class ConfirmationPage(RecordPage):
    """A confirmation: what it promises line by line, where it departs from the order, what the customer said, its print."""

    model = OrderConfirmation
    template_name = "orders/order_confirmation_page.html"
    list_url = "orders:confirmation_list"
    icon = "file-check"
    buttons = (
        VerbButton("orders.accept_confirmation", "orders:confirmation_accept", "check", page=True, primary=True),
        VerbButton("orders.refuse_confirmation", "orders:confirmation_refuse", "x", page=True),
    )

    def facts(self) -> list[Fact]:
        one = self.record
        facts = (
            Fact(_("Order"), one.order.name, one.order.get_absolute_url()),
            Fact(_("Customer"), one.order.plant.customer.name, one.order.plant.customer.get_absolute_url()),
            Fact(_("Status"), one.get_state_display()),
            Fact(_("Cause"), one.get_cause_display()),
            Fact(_("Law of the contract"), said_of(one.law)),
            Fact(_("Confirmed"), one.confirmed_at),
            Fact(_("Confirmed by"), one.confirmed_by),
            Fact(_("Sent to"), one.paper.sent_to, note=one.paper.get_state_display()),
            Fact(_("SHA-256 of the file"), one.paper.sha256),
            Fact(_("Other variations from the order"), one.deviations),
            Fact(_("How the customer agreed"), one.get_agreed_how_display()),
            Fact(_("The customer agreed on"), one.agreed_on),
            Fact(_("What the customer said or did"), one.agreed_note),
        )
        return [fact for fact in facts if fact.value]

    def context(self) -> dict[str, Any]:
        one = self.record
        return super().context() | {
            "lines": one.lines.select_related("line__product").order_by("line__position"),
            "varied": [(row, FIELDS[row["field"]]) for row in one.variations],
        }


class ConfirmationVerb(VerbView):
    """A verb on a confirmation."""

    model = OrderConfirmation


class ConfirmationAccept(ConfirmationVerb):
    """Note that the customer agreed."""

    verb = "orders.accept_confirmation"
    form_class = AgreedForm
    text = _("The contract is concluded with what was confirmed: the order takes it over.")


class ConfirmationRefuse(ConfirmationVerb):
    """Note that the customer did not agree."""

    verb = "orders.refuse_confirmation"
    reason_required = True
    text = _("There is no contract. The order is reviewed again.")


class CancellationPage(RecordPage):
    """A cancellation: which lines, why, and what is charged."""

    model = OrderCancellation
    template_name = "orders/order_cancellation_page.html"
    icon = "ban"
    buttons = (
        VerbButton("orders.approve_cancellation", "orders:cancellation_approve", "check", page=True, primary=True),
        VerbButton("orders.decline_cancellation", "orders:cancellation_decline", "x", page=True),
    )

    def crumbs(self) -> list[tuple[Any, str]]:
        return [(self.record.order.name, self.record.order.get_absolute_url())]

    def facts(self) -> list[Fact]:
        one = self.record
        facts = (
            Fact(_("Order"), one.order.name, one.order.get_absolute_url()),
            Fact(_("Status"), one.get_state_display()),
            Fact(_("Reason"), one.get_cause_display()),
            Fact(_("Note"), one.note),
            Fact(_("Asked for by"), one.asked_by),
            Fact(_("Decided by"), one.decided_by),
            Fact(_("Decided"), one.decided_at),
        )
        return [fact for fact in facts if fact.value]

    def context(self) -> dict[str, Any]:
        return super().context() | {"lines": self.record.lines.select_related("product").order_by("position")}


class CancellationApprove(VerbView):
    """Approve a cancellation that is charged for."""

    model = OrderCancellation
    verb = "orders.approve_cancellation"
    form_class = NoticeForm


class CancellationDecline(VerbView):
    """Decline a cancellation."""

    model = OrderCancellation
    verb = "orders.decline_cancellation"
    reason_required = True


class IntakePage(Page):
    """The order intake of a year by month, of the orders that the reader sees."""

    template_name = "orders/order_intake.html"
    model = OrderIntake
    title = _("Order intake")
    icon = "inbox"
    breadcrumb = ((_("Orders"), "/orders/"),)

    def context(self) -> dict[str, Any]:
        year = year_of(self.request.GET)
        rows = intake_by_month(OrderIntake.objects.visible_to(self.reader), year)
        total = {name: sum(row[name] for row in rows) for name in rows[0] if name != "month"}
        return super().context() | {
            "year": year,
            "years": [int(one) for one, _label in recent_years()],
            "rows": rows,
            "total": total,
            "base": settings.BASE_CURRENCY,
        }
