"""Pages of activities: the list, the page of one, the report (also from a phone without coverage), its verbs and panels."""

from typing import Any

from django.db.models import F, Max, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from accounts.actions.activity import create_activity, edit_activity
from accounts.filters.activity import ActivityFilter
from accounts.filters.customer import plants_of
from accounts.forms.activity import ActivityForm, CompleteForm
from accounts.models import Activity, Customer, CustomerGroup, Plant
from accounts.reports.first_screen import looked_after
from kam.core import clock
from kam.core.badges import Badge
from kam.core.formats import moment
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, Page, RecordPage, Signed, VerbView
from kam.core.views.record import VerbButton
from kam.core.views.workers import worker

ICONS = {"visit": "footprints", "call": "phone", "mail": "mail", "note": "sticky-note", "task": "list-todo"}
LATEST = 100


class ActivityList(ListPage):
    """What was done with the reader's customers, and what is planned."""

    model = Activity
    title = _("Activities and visits")
    icon = "calendar-days"
    filterset_class = ActivityFilter
    default_order = ("-starts_at",)
    drawer_template = "accounts/activity_card.html"
    create_url = "accounts:activity_create"
    create_verb = "accounts.create_activity"
    create_label = _("New activity")
    tabs = (
        (_("Mine"), "mine=true"),
        (_("Planned"), "status=planned"),
        (_("Visits"), "kind=visit"),
        (_("Next step due"), "next_step_due=true"),
    )
    empty_title = _("No activities here")
    empty_text = _("Report the last visit or call: a customer and a subject are enough.")
    columns = (
        Column("subject", _("Subject"), sort="subject", link=True, second="get_kind_display"),
        Column("starts_at", _("When"), kind="moment", sort="starts_at"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("customer", _("Customer"), value="customer.name", sort="customer__name", second="plant.name"),
        Column("owner", _("Owner"), value="owner", sort=("owner__last_name", "owner__first_name")),
        Column("next_step", _("Next step")),
        Column("next_step_on", _("Next step by"), kind="date", sort="next_step_on"),
        Column("place", _("Place"), default=False),
        Column("private", _("Private"), kind="yes", sort="private", default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )


class ActivityPage(RecordPage):
    """An activity: what happened, who took part, what comes next."""

    model = Activity
    template_name = "accounts/activity_page.html"
    list_url = "accounts:activity_list"
    edit_url = "accounts:activity_edit"
    edit_verb = "accounts.edit_activity"
    buttons = (
        VerbButton("accounts.complete_activity", "accounts:activity_complete", "check", page=True, primary=True),
        VerbButton("accounts.cancel_activity", "accounts:activity_cancel", "calendar-x", page=True),
        VerbButton("accounts.reopen_activity", "accounts:activity_reopen", "calendar-clock"),
    )

    def badges(self) -> list[Badge]:
        one = self.record
        kind = Badge(one.get_kind_display(), "accent", ICONS[one.kind])
        return [kind, *super().badges(), *([Badge(_("Private"), "closed", "lock")] if one.private else [])]

    def meta(self) -> list[Any]:
        return [moment(self.record.starts_at), self.record.owner]

    def facts(self) -> list[Fact]:
        one = self.record
        customer, plant = one.customer, one.plant
        return [
            Fact(_("Customer"), customer.name if customer else "", customer.get_absolute_url() if customer else ""),
            Fact(_("Plant"), plant.name if plant else "", plant.get_absolute_url() if plant else ""),
            Fact(_("When"), moment(one.starts_at)),
            Fact(_("Until"), moment(one.ends_at) if one.ends_at else ""),
            Fact(_("Place"), one.place),
            Fact(_("Next step"), one.next_step, note=one.next_step_on or ""),
        ]

    def context(self) -> dict[str, Any]:
        one = self.record
        labels = dict(Activity.Signal.choices)
        return super().context() | {
            "signals": [labels[signal] for signal in one.signals if signal in labels],
            "contacts": one.contacts.visible_to(self.reader),
            "participants": one.participants.all(),
            "promises": one.promises.visible_to(self.reader).for_list(),
            "today": clock.today(),
        }


class ActivityCreate(FormPage):
    """Report an activity; what is typed stays on the device until it arrived."""

    model = Activity
    form_class = ActivityForm
    template_name = "accounts/activity_form.html"
    verb = "accounts.create_activity"
    creates = True
    title = _("New activity")
    submit_label = _("Save")
    success = _("Activity saved.")
    cancel_url = "/activities/"

    def initial(self) -> dict[str, Any]:
        return {"kind": "visit", "starts_at": clock.now().replace(second=0, microsecond=0)} | super().initial()

    def context(self) -> dict[str, Any]:
        names = dict(Activity.Kind.choices)
        return super().context() | {"title": names.get(self.request.GET.get("kind", ""), self.title)}

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return create_activity(Activity, actor=self.reader, **values)


class ActivityOffline(ActivityCreate):
    """The same form as a page that the browser keeps for where there is no network: the reader's own plants, nothing else."""

    template_name = "accounts/activity_offline.html"
    MOST = 300

    def form(self, data: Any = None, files: Any = None) -> Any:
        form = super().form(data, files)
        plants = (
            plants_of(self.reader)
            .filter(status=Plant.Status.OPEN)
            .select_related("customer")
            .order_by("customer__name", "name", "pk")
        )
        form.fields["plant"].widget.choices = [
            ("", "–"),
            *((one.pk, f"{one.customer.name}, {one.name}") for one in plants[: self.MOST]),
        ]
        for name in ("customer", "contacts", "participants"):
            del form.fields[name]
        for field in form.fields.values():
            field.widget.attrs.pop("data-choice", None)
        return form


class ActivityEdit(FormPage):
    """Edit an activity."""

    model = Activity
    form_class = ActivityForm
    template_name = "accounts/activity_form.html"
    verb = "accounts.edit_activity"
    title = _("Edit activity")

    def value_of(self, name: str) -> Any:
        value = super().value_of(name)
        return list(value.all()) if name in {"contacts", "participants"} else value

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("client_key", None)
        return edit_activity(self.record, actor=self.reader, **values)


class ActivityComplete(VerbView):
    """Report a planned activity as done."""

    model = Activity
    verb = "accounts.complete_activity"
    form_class = CompleteForm

    def initial(self) -> dict[str, Any]:
        return {"text": self.record.text}


class ActivityCancel(VerbView):
    """A planned activity does not take place."""

    model = Activity
    verb = "accounts.cancel_activity"
    reason = True


class ActivityReopen(VerbView):
    """Plan again what was done or cancelled."""

    model = Activity
    verb = "accounts.reopen_activity"


class _ActivityPanel(Signed):
    """The activities of a customer, a plant or a group as a part of its page."""

    field = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        rows = Activity.objects.visible_to(self.reader).filter(**{self.field: record}).for_list()
        context = {
            "record": record,
            "activities": rows[:LATEST],
            "query": f"{self.field}={record.pk}",
            "of_group": isinstance(record, CustomerGroup),
            "may_create": not isinstance(record, CustomerGroup) and self.reader.may("accounts.create_activity"),
        }
        return render(request, "accounts/activities_panel.html", context)


class GroupActivities(_ActivityPanel):
    """The activities with all companies of a group."""

    model = CustomerGroup
    field = "customer__group"


class CustomerActivities(_ActivityPanel):
    """The activities with a customer."""

    model = Customer
    field = "customer"


class PlantActivities(_ActivityPanel):
    """The activities at a plant."""

    model = Plant
    field = "plant"


class HomeActivities(Page):
    """The first screen's next visits and calls, and next steps that are due."""

    model = Activity
    template_name = "accounts/home_activities.html"

    def context(self) -> dict[str, Any]:
        own = self.rows().of(self.reader).for_list()
        planned = own.filter(status=Activity.Status.PLANNED).order_by("starts_at", "pk")
        due = own.with_open_step().filter(next_step_on__lte=clock.today()).order_by("next_step_on", "pk")
        return super().context() | {"planned": planned[:8], "due": due[:8]}


class HomeUnvisited(Page):
    """The first screen's plants that nobody has visited for ninety days, the longest first."""

    model = Plant
    template_name = "accounts/home_unvisited.html"
    DAYS = 90

    def context(self) -> dict[str, Any]:
        visits = Activity.objects.visible_to(self.reader).filter(
            plant=OuterRef("pk"), kind=Activity.Kind.VISIT, status=Activity.Status.DONE
        )
        last = visits.order_by().values("plant").annotate(last=Max("starts_at")).values("last")
        own = self.rows().filter(pk__in=plants_of(self.reader).values("pk"))
        shown = looked_after(self.reader, own).filter(status=Plant.Status.OPEN).select_related("customer")
        limit = clock.now() - clock.timedelta(days=self.DAYS)
        rows = shown.annotate(last_visit=Subquery(last)).filter(Q(last_visit__lt=limit) | Q(last_visit__isnull=True))
        return super().context() | {
            "plants": rows.order_by(F("last_visit").asc(nulls_first=True), "name", "pk")[:8],
            "days": self.DAYS,
        }


visit_worker = worker("kam/js/visit_worker.js")
