"""Pages of corrective actions: the list, one with what it is to bring, and what is done to it."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from budgets.actions import add_action, edit_action
from budgets.filters import CorrectiveActionFilter
from budgets.forms.deviations import ActionEditForm, ActionForm, DoneForm
from budgets.models import CorrectiveAction, Deviation
from budgets.models.corrective_actions import MEASURED_UNTIL
from budgets.models.years import month_after
from kam.core import clock, formats
from kam.core.badges import Badge
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, VerbView
from kam.core.views.record import VerbButton


class ActionList(ListPage):
    """Corrective actions, the next one due first."""

    model = CorrectiveAction
    title = _("Corrective actions")
    icon = "list-todo"
    breadcrumb = ((_("Deviations"), "/budgets/deviations/"),)
    filterset_class = CorrectiveActionFilter
    default_order = ("due_on",)
    tabs = ((_("Open"), "status=open"), (_("Mine"), "mine=true&status=open"), (_("Done"), "status=done"))
    empty_title = _("No corrective actions here")
    empty_text = _("They are planned on the page of a deviation.")
    columns = (
        Column("what", _("What is done"), value="what", link=True, second=lambda row: row.deviation.node),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("owner", _("Owner"), value="owner", sort=("owner__last_name", "owner__first_name")),
        Column("due_on", _("Due on"), kind="date", sort="due_on"),
        Column("expected_total", _("Expected effect"), kind="money"),
        Column("first_month", _("From"), kind="date", sort="first_month"),
        Column("done_on", _("Done on"), kind="date", sort="done_on"),
        Column("on_time", _("On time"), kind="yes", value="on_time"),
        Column("outcome", _("Outcome"), default=False),
    )


class ActionPage(RecordPage):
    """A corrective action."""

    model = CorrectiveAction
    template_name = "budgets/action_page.html"
    list_url = "budgets:action_list"
    edit_url = "budgets:action_edit"
    edit_verb = "budgets.edit_action"
    buttons = (
        VerbButton("budgets.complete_action", "budgets:action_complete", "check", page=True, primary=True),
        VerbButton("budgets.cancel_action", "budgets:action_cancel", "ban", page=True),
    )

    def badges(self) -> list[Badge]:
        late = self.record.status == CorrectiveAction.Status.OPEN and self.record.due_on < clock.today()
        return [*super().badges(), *([Badge(_("Late"), "no", "alarm-clock")] if late else [])]

    def meta(self) -> list[Any]:
        return [self.record.owner, _("due on %(day)s") % {"day": formats.day(self.record.due_on)}]

    def facts(self) -> list[Fact]:
        one = self.record
        found = Deviation.objects.visible_to(self.reader).filter(pk=one.deviation_id).for_list().first()
        return [
            Fact(_("Deviation"), one.deviation.node, found.get_absolute_url() if found else ""),
            Fact(_("Owner"), one.owner),
            Fact(_("Due on"), formats.day(one.due_on)),
            Fact(_("Done on"), formats.day(one.done_on) if one.done_on else ""),
            Fact(_("Outcome"), one.outcome),
        ]

    def context(self) -> dict[str, Any]:
        one = self.record
        months = [(month_after(one.first_month, place), amount) for place, amount in enumerate(one.expected)]
        context = super().context()
        return context | {
            "months": months,
            "currency": settings.BASE_CURRENCY,
            "can_edit": context["can_edit"] and one.status == CorrectiveAction.Status.OPEN,
        }


class ActionCreate(FormPage):
    """Plan an action against a deviation."""

    model = Deviation
    form_class = ActionForm
    verb = "budgets.add_action"
    title = _("Add corrective action")
    submit_label = _("Add corrective action")

    def initial(self) -> dict[str, Any]:
        first, following = self.record.first_month, month_after(clock.today().replace(day=1), 1)
        month = min(max(following, first), month_after(first, MEASURED_UNTIL - 1))
        return {"owner": self.reader.pk, "first_month": month.isoformat()}

    def act(self, form: Any) -> Any:
        add_action(self.record, actor=self.reader, **form.values())
        return self.record


class ActionEdit(FormPage):
    """Change an open action."""

    model = CorrectiveAction
    form_class = ActionEditForm
    verb = "budgets.edit_action"
    title = _("Edit corrective action")

    def initial(self) -> dict[str, Any]:
        one = self.record
        months = {f"expected_{place}": amount for place, amount in enumerate(one.expected, 1)}
        return {name: getattr(one, name) for name in ("what", "owner", "due_on", "first_month")} | months

    def act(self, form: Any) -> Any:
        return edit_action(self.record, actor=self.reader, **form.values())


class ActionComplete(VerbView):
    """Say that an action was done."""

    model = CorrectiveAction
    verb = "budgets.complete_action"
    form_class = DoneForm


class ActionCancel(VerbView):
    """Call an action off."""

    model = CorrectiveAction
    verb = "budgets.cancel_action"
    reason_required = True
