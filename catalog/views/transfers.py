"""Pages of transfers between our locations: the list, one with all that it touches, planning, carrying out, calling off."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Plant, access_of
from catalog.actions import plan_transfer
from catalog.filters import TransferFilter
from catalog.forms import TransferForm
from catalog.models import Product, Transfer
from catalog.models.transfers import SORTS, blocking
from catalog.reports.transfers import sections
from kam.core import clock, formats
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, Signed, VerbView
from kam.core.views.record import VerbButton


class TransferList(ListPage):
    """Plants and products that pass from one of our locations to another."""

    model = Transfer
    title = _("Transfers")
    icon = "arrow-right-left"
    filterset_class = TransferFilter
    default_order = ("-day", "-pk")
    create_url = "catalog:transfer_create"
    create_verb = "catalog.plan_transfer"
    create_label = _("Plan transfer")
    tabs = ((_("Planned"), "status=planned"), (_("Carried out"), "status=done"))
    empty_title = _("No transfers")
    empty_text = _("Where a plant or a product passes to another of our locations, plan it here: you see first what moves.")
    columns = (
        Column("number", _("Number"), link=True, sort="number"),
        Column("subject", _("What passes"), value=lambda row: str(row.subject)),
        Column("source", _("From location"), value="source.name"),
        Column("target", _("To location"), value="target.name"),
        Column("day", _("First day there"), kind="date", sort="day"),
        Column("status", _("State"), kind="status", sort="status"),
        Column("done_at", _("Carried out at"), kind="moment", sort="done_at", default=False),
    )


class TransferPage(RecordPage):
    """One transfer: while it is planned, everything that would move, stay or block; afterwards what moved."""

    model = Transfer
    template_name = "catalog/transfer_page.html"
    list_url = "catalog:transfer_list"
    icon = "arrow-right-left"
    buttons = (
        VerbButton("catalog.carry_out_transfer", "catalog:transfer_carry_out", "check", page=True, primary=True),
        VerbButton("catalog.cancel_transfer", "catalog:transfer_cancel", "undo-2", page=True),
    )

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("What passes"), one.subject, one.subject.get_absolute_url()),
            Fact(_("From location"), one.source.name, one.source.get_absolute_url()),
            Fact(_("To location"), one.target.name, one.target.get_absolute_url()),
            Fact(_("First day there"), formats.day(one.day)),
            Fact(_("Area manager there"), one.manager),
            Fact(_("Planned by"), one.planned_by),
            Fact(_("Carried out at"), formats.moment(one.done_at) if one.done_at else None),
        ]

    def context(self) -> dict[str, Any]:
        one = self.record
        planned = one.status == Transfer.Status.PLANNED
        shown = sections(one, self.reader) if planned else []
        denied = blocking(row for section in shown for row in section.rows)
        return super().context() | {
            "sections": shown,
            "blocked": denied.message if denied else "",
            "moved": [(SORTS[sort], count) for sort, count in one.moved.items() if sort in SORTS],
            "planned": planned,
        }


class TransferCreate(FormPage):
    """Plan a transfer; its page shows what it touches before anything moves."""

    model = Transfer
    form_class = TransferForm
    verb = "catalog.plan_transfer"
    creates = True
    title = _("Plan transfer")
    submit_label = _("Plan and show what moves")
    cancel_url = "/transfers/"

    def initial(self) -> dict[str, Any]:
        return {"day": clock.today()} | super().initial()

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return plan_transfer(Transfer, actor=self.reader, **values)


class TransferCarryOut(VerbView):
    """Move everything that moves, in one step."""

    model = Transfer
    verb = "catalog.carry_out_transfer"
    reason = True
    text = _("Everything that the page lists as moving moves now, all of it or nothing. What stays is seen to by hand.")
    success = _("The transfer is carried out.")


class TransferCancel(VerbView):
    """Call a planned transfer off."""

    model = Transfer
    verb = "catalog.cancel_transfer"
    reason = True
    reason_required = True
    text = _("Everything stays where it is. Drafts of price agreements that were prepared stay drafts: discard them.")
    success = _("The transfer is called off.")


class TransfersPanel(Signed):
    """The transfers of a plant or a product as a part of its page."""

    model: Any = Plant
    noun = "plant"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        rows = Transfer.objects.visible_to(self.reader).filter(**{self.noun: record}).for_list()
        may = access_of(self.reader).scope("catalog.plan_transfer").everything
        address = f"{reverse('catalog:transfer_create')}?{self.noun}={record.pk}" if may else ""
        return render(request, "catalog/transfers_panel.html", {"rows": rows[:50], "create": address})


class ProductTransfersPanel(TransfersPanel):
    """The transfers of a product."""

    model = Product
    noun = "product"
