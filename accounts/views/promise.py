"""Pages of promises: who promised what to whom by when, theirs and ours."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from accounts.actions.promise import create_promise, edit_promise
from accounts.filters.activity import PromiseFilter
from accounts.forms.activity import PromiseForm, SettleForm
from accounts.models import Customer, CustomerGroup, Plant, Promise
from kam.core import clock
from kam.core.badges import Badge
from kam.core.formats import day
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, Page, RecordPage, Signed, VerbView
from kam.core.views.record import VerbButton

LATEST = 100


class PromiseList(ListPage):
    """Promises of the reader's customers and to them."""

    model = Promise
    title = _("Promises")
    icon = "flag"
    filterset_class = PromiseFilter
    default_order = ("due_on",)
    create_url = "accounts:promise_create"
    create_verb = "accounts.create_promise"
    create_label = _("New promise")
    tabs = (
        (_("Open"), "status=open"),
        (_("Mine"), "mine=true&status=open"),
        (_("Late"), "late=true"),
        (_("Theirs"), "side=theirs&status=open"),
    )
    empty_title = _("No promises here")
    empty_text = _("Record what was promised on the last visit, and by when.")
    columns = (
        Column("what", _("What was promised"), sort="what", link=True, second="get_side_display"),
        Column("customer", _("Customer"), value="customer.name", sort="customer__name", second="plant.name"),
        Column("due_on", _("Due"), kind="date", sort="due_on"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("owner", _("Who keeps or follows it"), value="owner", sort=("owner__last_name", "owner__first_name")),
        Column("contact", _("Contact"), value="contact"),
        Column("made_on", _("Promised on"), kind="date", sort="made_on", default=False),
        Column("settled_on", _("Kept or broken on"), kind="date", sort="settled_on", default=False),
        Column("outcome", _("Outcome"), default=False),
    )


class PromisePage(RecordPage):
    """A promise."""

    model = Promise
    list_url = "accounts:promise_list"
    edit_url = "accounts:promise_edit"
    edit_verb = "accounts.edit_promise"
    buttons = (
        VerbButton("accounts.keep_promise", "accounts:promise_keep", "check", page=True, primary=True),
        VerbButton("accounts.break_promise", "accounts:promise_break", "x", page=True),
        VerbButton("accounts.withdraw_promise", "accounts:promise_withdraw", "undo-2", page=True),
    )

    def badges(self) -> list[Badge]:
        late = self.record.status == Promise.Status.OPEN and self.record.due_on < clock.today()
        return [*super().badges(), *([Badge(_("Late"), "no", "alarm-clock")] if late else [])]

    def meta(self) -> list[Any]:
        return [self.record.get_side_display(), self.record.customer.name, self.record.owner]

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Customer"), one.customer.name, one.customer.get_absolute_url()),
            Fact(_("Plant"), one.plant.name if one.plant else "", one.plant.get_absolute_url() if one.plant else ""),
            Fact(_("Promised on"), day(one.made_on)),
            Fact(_("Due"), day(one.due_on)),
            Fact(_("Who keeps or follows it"), one.owner),
            Fact(_("Contact"), one.contact, one.contact.get_absolute_url() if one.contact else ""),
            Fact(_("Kept or broken on"), day(one.settled_on) if one.settled_on else ""),
            Fact(_("Outcome"), one.outcome),
        ]


class PromiseCreate(FormPage):
    """Record a promise."""

    model = Promise
    form_class = PromiseForm
    verb = "accounts.create_promise"
    creates = True
    title = _("New promise")
    success = _("Promise saved.")
    cancel_url = "/promises/"

    def initial(self) -> dict[str, Any]:
        return {"side": "ours", "made_on": clock.today(), "owner": self.reader.pk} | super().initial()

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return create_promise(Promise, actor=self.reader, **values)


class PromiseEdit(FormPage):
    """Edit an open promise."""

    model = Promise
    form_class = PromiseForm
    verb = "accounts.edit_promise"
    title = _("Edit promise")

    def act(self, form: Any) -> Any:
        return edit_promise(self.record, actor=self.reader, **form.values())


class PromiseKeep(VerbView):
    """A promise was kept."""

    model = Promise
    verb = "accounts.keep_promise"
    form_class = SettleForm


class PromiseBreak(VerbView):
    """A promise was broken."""

    model = Promise
    verb = "accounts.break_promise"
    form_class = SettleForm
    dangerous = True


class PromiseWithdraw(VerbView):
    """A promise is taken back."""

    model = Promise
    verb = "accounts.withdraw_promise"
    reason_required = True


class _PromisePanel(Signed):
    """The promises of a customer, a plant or a group as a part of its page."""

    field = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        rows = (
            Promise.objects.visible_to(self.reader).filter(**{self.field: record}).for_list().order_by("status", "due_on", "pk")
        )
        context = {
            "record": record,
            "promises": rows[:LATEST],
            "query": f"{self.field}={record.pk}",
            "may_create": not isinstance(record, CustomerGroup) and self.reader.may("accounts.create_promise"),
            "today": clock.today(),
        }
        return render(request, "accounts/promises_panel.html", context)


class GroupPromises(_PromisePanel):
    """The promises to and of all companies of a group."""

    model = CustomerGroup
    field = "customer__group"


class CustomerPromises(_PromisePanel):
    """The promises to and of a customer."""

    model = Customer
    field = "customer"


class PlantPromises(_PromisePanel):
    """The promises to and of a plant."""

    model = Plant
    field = "plant"


class HomePromises(Page):
    """The first screen's open promises of the reader, the next one first."""

    model = Promise
    template_name = "accounts/home_promises.html"

    def context(self) -> dict[str, Any]:
        return super().context() | {
            "promises": self.rows().open().filter(owner=self.reader).for_list()[:8],
            "today": clock.today(),
        }
