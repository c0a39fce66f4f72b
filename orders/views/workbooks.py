"""Pages of customers' workbooks: taken in with an offer, their columns chosen, looked at, and filled."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from kam.core.views import Page, VerbView
from kam.core.views.form import place_refusals
from kam.core.workflow import Denied
from orders.actions import fill_workbook, take_workbook
from orders.actions.workbooks import Choice, Sheet, choice_for, looked_at, sheets_of
from orders.forms import ColumnsForm, HeaderForm, WorkbookForm
from orders.forms.workbooks import PREFIX
from orders.models import Offer, OfferWorkbook


class WorkbookTake(VerbView):
    """Take in a customer's workbook for an offer."""

    model = Offer
    verb = "orders.take_workbook"
    form_class = WorkbookForm
    text = _("It is kept under Documents as it came. Next you choose which of its columns take what of the offer.")
    success = _("Choose what its columns take.")

    def act(self, form: Any) -> Any:
        return take_workbook(OfferWorkbook, actor=self.reader, offer=self.record, file=form.cleaned_data["file"])

    def next_address(self, result: Any) -> str:
        return str(result.get_absolute_url())


class WorkbookPage(Page):
    """A customer's workbook: which column takes what, what would be written, and the filled file."""

    model = OfferWorkbook
    template_name = "orders/workbook.html"
    verb = "orders.fill_workbook"

    @cached_property
    def record(self) -> Any:
        """The workbook, if its offer is the reader's."""
        return self.record_or_404()

    def rows(self) -> Any:
        return super().rows().for_list()

    @cached_property
    def sheets(self) -> list[Sheet]:
        """The sheets of the file, their first rows."""
        return sheets_of(self.record.document)

    @cached_property
    def choice(self) -> Choice:
        """How it is filled as things stand: what the address says of the header goes before."""
        found = choice_for(self.record, self.sheets)
        form = self.header_form
        if form.is_bound and form.is_valid():
            sheet, row = form.cleaned_data["sheet"], form.cleaned_data["header_row"]
            if (sheet, row) != (found.sheet, found.header_row):
                return Choice(sheet, row, {})
        return found

    @cached_property
    def header_form(self) -> Any:
        """The form that asks where the headers stand."""
        asked = self.request.GET if {"sheet", "header_row"} <= set(self.request.GET) else None
        found = choice_for(self.record, self.sheets)
        initial = {"sheet": found.sheet, "header_row": found.header_row}
        return HeaderForm(asked, initial=initial, reader=self.reader, sheets=[one.name for one in self.sheets])

    def columns_form(self, choice: Choice, data: Any = None) -> Any:
        """The form of the columns of the chosen sheet."""
        sheet = next((one for one in self.sheets if one.name == choice.sheet), None)
        headers = sheet.row(choice.header_row) if sheet else {}
        initial = {"sheet": choice.sheet, "header_row": choice.header_row, "version": self.record.version}
        initial |= {PREFIX + column: value for column, value in choice.columns.items()}
        return ColumnsForm(data, initial=initial, reader=self.reader, record=self.record, headers=headers)

    @cached_property
    def may_fill(self) -> bool:
        """Whether the reader may fill it."""
        return bool(OfferWorkbook.objects.permitted(self.reader, self.verb).filter(pk=self.record.pk).exists())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.shown(self.columns_form(self.choice))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.require(self.verb, self.record)
        row = request.POST.get("header_row", "")
        asked = Choice(request.POST.get("sheet", ""), int(row) if row.isdecimal() and len(row) < 6 else 1, {})
        form = self.columns_form(asked, request.POST)
        if not form.is_valid():
            return self.shown(form, status=422)
        values = form.values()
        try:
            if request.POST.get("do") == "fill":
                made = fill_workbook(self.record, actor=self.reader, **values)
                return self.done(made.get_absolute_url(), _("The workbook is filled."))
            filling = looked_at(self.record, Choice(values["sheet"], values["header_row"], values["columns"]))
        except Denied as denied:
            place_refusals(form, denied)
            return self.shown(form, status=denied.status if denied.status in {400, 403, 409} else 409)
        return self.shown(form, filling=filling)

    def shown(self, form: Any, *, filling: Any = None, status: int = 200) -> HttpResponse:
        """The page with the form of the columns, and what filling would write."""
        return render(self.request, self.template_name, self.context() | {"form": form, "filling": filling}, status=status)

    def context(self) -> dict[str, Any]:
        offer = self.record.offer
        return super().context() | {
            "title": str(self.record),
            "record": self.record,
            "offer": offer,
            "header_form": self.header_form,
            "known": self.choice.known,
            "may_fill": self.may_fill,
        }

    def crumbs(self) -> list[tuple[Any, str]]:
        return [(str(self.record.offer), self.record.offer.get_absolute_url())]
