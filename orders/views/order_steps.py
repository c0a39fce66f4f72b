"""The steps of an order as pages: registered, held, resumed, rejected, discarded, copied, entered from elsewhere; its blocks."""

from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from kam.core.views import FormPage, VerbView
from orders.actions import enter_from_agreement
from orders.forms import BlockForm, CopyOrderForm, FromAgreementForm, FromOfferForm
from orders.models import Offer, Order, OrderBlock, PriceAgreement


class OrderRegister(VerbView):
    """Give a complete order its number."""

    model = Order
    verb = "orders.register_order"


class OrderHold(VerbView):
    """Let an order rest."""

    model = Order
    verb = "orders.hold_order"
    reason_required = True


class OrderResume(VerbView):
    """Go on with an order that was held."""

    model = Order
    verb = "orders.resume_order"


class OrderReject(VerbView):
    """Decline an order."""

    model = Order
    verb = "orders.reject_order"
    reason_required = True
    dangerous = True


class OrderDiscard(VerbView):
    """Take a draft away."""

    model = Order
    verb = "orders.discard_order"
    text = _("What was entered is taken away, its papers included.")
    dangerous = True

    def next_address(self, result: Any) -> str:
        return reverse("orders:order_list")


class EntersAnOrder(VerbView):
    """A verb that enters a new order: its page follows, where the rest is given."""

    def next_address(self, result: Any) -> str:
        return str(result.get_absolute_url())


class OrderCopy(EntersAnOrder):
    """Order the same again."""

    model = Order
    verb = "orders.copy_order"
    form_class = CopyOrderForm
    text = _("Lines and quantities are taken over, at the prices that hold today.")


class OfferOrder(EntersAnOrder):
    """Enter the order that an accepted offer became."""

    model = Offer
    verb = "orders.enter_from_offer"
    form_class = FromOfferForm
    text = _("What was offered is ordered at the offered prices; change on the order what the customer ordered otherwise.")

    def initial(self) -> dict[str, Any]:
        if self.record.orders.exists():  # what it was accepted by is the number of another order
            return {}
        return {"customer_reference": self.record.accepted_reference[:35], "customer_date": self.record.decided_on}


class AgreementOrder(FormPage):
    """Enter an order at the prices of an agreement."""

    model = PriceAgreement
    verb = "orders.enter_from_agreement"
    creates = True
    form_class = FromAgreementForm
    title = _("Enter an order")
    success = _("Order entered. Register it when nothing is missing any more.")

    @cached_property
    def agreement(self) -> PriceAgreement:
        """The agreement of the address, if it is the reader's."""
        found: PriceAgreement = self.record_or_404()
        return found

    def check_right(self) -> None:
        """Who has not the verb, and whose agreement it is not."""
        self.agreement  # noqa: B018 - 404 before 403
        super().check_right()

    def form(self, data: Any = None, files: Any = None) -> Any:
        one = self.agreement
        initial = {"plant": one.plant_id, "selling_location": one.location_id}
        return self.form_class(data, files, initial=initial, reader=self.reader, record=one)

    def cancel_address(self) -> str:
        return self.agreement.get_absolute_url()

    def crumbs(self) -> list[tuple[Any, str]]:
        return [(str(self.agreement), self.agreement.get_absolute_url())]

    def act(self, form: Any) -> Any:
        values = {name: value for name, value in form.values().items() if name != "version"}
        return enter_from_agreement(Order, actor=self.reader, agreement=self.agreement, **values)


class OrderBlocking(VerbView):
    """Block an order."""

    model = Order
    verb = "orders.set_block"
    form_class = BlockForm
    text = _("A blocked order is neither accepted nor confirmed. Who may lift the block depends on what it is blocked for.")


class BlockLift(VerbView):
    """Lift a block."""

    model = OrderBlock
    verb = "orders.lift_block"
    reason_required = True
