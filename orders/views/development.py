"""Pages of requests for development: the list, one with its answer, the form from a negotiation or a visit, and the two ends."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Activity
from kam.core import formats
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, Signed, VerbView
from kam.core.views.record import VerbButton
from orders.actions import ask_development
from orders.filters import DevelopmentRequestFilter
from orders.forms import DevelopmentAnswerForm, DevelopmentRequestForm
from orders.models import DevelopmentRequest


class DevelopmentList(ListPage):
    """The requests for development that the reader may see."""

    model = DevelopmentRequest
    title = _("Development requests")
    icon = "flask-conical"
    filterset_class = DevelopmentRequestFilter
    default_order = ("answer_by",)
    create_url = "orders:development_create"
    create_verb = "orders.ask_development"
    create_label = _("New development request")
    tabs = ((_("Open"), "status=open"), (_("Answered"), "status=answered"))
    empty_title = _("No development requests")
    empty_text = _("Ask R&D from a negotiation or a visit what can be done, and by when.")
    columns = (
        Column("subject", _("Request"), value="subject", sort="subject", link=True, second="number"),
        Column("customer", _("Customer"), value="customer", second="plant"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("answer", _("Answer"), value="get_answer_display"),
        Column("answer_by", _("Answer by"), kind="date", sort="answer_by"),
        Column("ready_on", _("Ready on"), kind="date", sort="ready_on"),
        Column("location", _("Location"), value="location"),
        Column("asked_by", _("Asked by"), value="asked_by"),
        Column("yearly_quantity", _("Quantity a year"), kind="number", most=3, default=False),
        Column("drawing", _("Drawing"), default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )


class DevelopmentPage(RecordPage):
    """A request: what is needed, and what R&D says."""

    model = DevelopmentRequest
    list_url = "orders:development_list"
    buttons = (
        VerbButton("orders.answer_development", "orders:development_answer", "check", page=True, primary=True),
        VerbButton("orders.withdraw_development", "orders:development_withdraw", "undo-2", page=True),
    )

    def facts(self) -> list[Fact]:
        one = self.record
        price = f"{formats.number(one.target_price, 2, most=5)} {one.currency}" if one.target_price is not None else ""
        sources = [source for source in (one.negotiation, one.activity) if source is not None]
        seen = [
            source for source in sources if type(source)._default_manager.visible_to(self.reader).filter(pk=source.pk).exists()
        ]
        return [
            Fact(_("Customer"), one.customer, one.customer.get_absolute_url(), note=one.plant or ""),
            *(Fact(source._meta.verbose_name, source, source.get_absolute_url()) for source in seen),
            Fact(_("Need"), one.need),
            Fact(_("Drawing"), one.drawing),
            Fact(_("Target price"), price),
            Fact(_("Quantity a year"), one.yearly_quantity),
            Fact(_("Location whose R&D answers"), one.location),
            Fact(_("Asked by"), one.asked_by),
            Fact(_("Answer by"), one.answer_by),
            Fact(_("Answer"), one.get_answer_display(), note=one.answer_text),
            Fact(_("Ready on"), one.ready_on),
            Fact(_("Answered by"), one.answered_by or ""),
        ]


class DevelopmentCreate(FormPage):
    """Ask R&D."""

    model = DevelopmentRequest
    form_class = DevelopmentRequestForm
    verb = "orders.ask_development"
    creates = True
    title = _("New development request")
    cancel_url = "/development-requests/"

    def act(self, form: Any) -> Any:
        return ask_development(DevelopmentRequest, actor=self.reader, **form.values())


class DevelopmentAnswer(VerbView):
    """Say whether and by when it can be done."""

    model = DevelopmentRequest
    verb = "orders.answer_development"
    form_class = DevelopmentAnswerForm


class DevelopmentWithdraw(VerbView):
    """Take a request back."""

    model = DevelopmentRequest
    verb = "orders.withdraw_development"
    reason_required = True


class ActivityRequests(Signed):
    """What R&D was asked after a visit or a call, as a part of its page."""

    model = Activity

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        requests = DevelopmentRequest.objects.visible_to(self.reader).filter(activity=record).for_list()
        may = self.reader.may("orders.ask_development") and record.customer_id is not None
        create = f"{reverse('orders:development_create')}?activity={record.pk}" if may else ""
        return render(request, "orders/development_panel.html", {"requests": requests, "create": create})
