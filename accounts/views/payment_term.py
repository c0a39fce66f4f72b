"""Pages of payment terms: the list, one with what is due when, and the form."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.payment_term import create_payment_term, edit_payment_term
from accounts.filters.payment_term import PaymentTermFilter
from accounts.forms.payment_term import PaymentTermForm
from accounts.models import PaymentTerm
from kam.core import clock, formats
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage
from kam.core.words import translated_name


class PaymentTermList(ListPage):
    """What the codes of payment terms mean."""

    model = PaymentTerm
    title = _("Payment terms")
    icon = "hand-coins"
    filterset_class = PaymentTermFilter
    columns = (
        Column("code", _("Code"), sort="code", link=True),
        Column("name", _("Name"), sort=translated_name()),
        Column("days", _("Days"), value="days_text"),
        Column("month_end", _("End of month"), value="get_month_end_display", sort="month_end"),
        Column("extra_days", _("Days beyond the end of the month"), kind="number", sort="extra_days"),
    )
    create_url = "accounts:payment_term_create"
    create_verb = "accounts.create_payment_term"
    create_label = _("New payment term")
    empty_title = _("No payment term yet")
    empty_text = _("Customers and agreements carry codes; say here what each means and when it is due.")


class PaymentTermPage(RecordPage):
    """One payment term, and when an invoice of today would be due."""

    model = PaymentTerm
    list_url = "accounts:payment_term_list"
    edit_url = "accounts:payment_term_edit"
    edit_verb = "accounts.edit_payment_term"
    number_field = "code"

    def facts(self) -> list[Fact]:
        term = self.record
        return [
            Fact(_("Days"), term.days_text),
            Fact(_("End of month"), term.get_month_end_display()),
            Fact(_("Days beyond the end of the month"), term.extra_days),
            Fact(_("Thirty days are a month"), _("yes") if term.commercial else _("no")),
            Fact(_("An invoice of today is due on"), ", ".join(formats.day(one) for one in term.due_days(clock.today()))),
        ]


class PaymentTermCreate(FormPage):
    """Add a payment term."""

    model = PaymentTerm
    form_class = PaymentTermForm
    verb = "accounts.create_payment_term"
    creates = True
    title = _("New payment term")
    cancel_url = "/payment-terms/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return create_payment_term(PaymentTerm, actor=self.reader, **values)


class PaymentTermEdit(FormPage):
    """Edit a payment term."""

    model = PaymentTerm
    form_class = PaymentTermForm
    verb = "accounts.edit_payment_term"
    title = _("Edit payment term")

    def act(self, form: Any) -> Any:
        return edit_payment_term(self.record, actor=self.reader, **form.values())
