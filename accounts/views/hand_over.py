"""Pages of hand-overs: the list, one hand-over, and the three steps: choose, preview, confirm."""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actions.hand_over import check_hand_over, hand_over
from accounts.filters.assignment import HandOverFilter
from accounts.forms.assignment import HandOverConfirmForm, HandOverForm
from accounts.models import Assignment, HandOver, User
from accounts.reports.hand_over import preview_hand_over
from kam.core import clock, formats
from kam.core.badges import Badge
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, VerbView
from kam.core.views.form import place_refusals
from kam.core.views.record import VerbButton
from kam.core.workflow import Denied


class HandOverList(ListPage):
    """What passed or will pass from one person to another."""

    model = HandOver
    title = _("Hand-overs")
    icon = "arrow-right-left"
    filterset_class = HandOverFilter
    default_order = ("-day", "-pk")
    columns = (
        Column("name", _("Hand-over"), value=str, link=True, sort=("source__last_name", "target__last_name")),
        Column("day", _("First day of the new person"), kind="date", sort="day"),
        Column("status", _("State"), kind="status", sort="status"),
        Column("assignments", _("Assignments"), value=lambda row: row.passed, kind="number"),
        Column("work", _("Work items moved"), value=lambda row: row.moved.get("work"), kind="number"),
        Column("done_at", _("Work moved at"), kind="moment", sort="done_at", default=False),
    )
    tabs = ((_("Planned"), "status=planned"), (_("Done"), "status=done"))
    create_url = "accounts:hand_over_create"
    create_verb = "accounts.hand_over"
    create_label = _("New hand-over")
    empty_title = _("No hand-over yet")
    empty_text = _("When somebody takes over accounts or plants, hand them over: the past stays, the open work moves on the day.")

    def rows(self) -> Any:
        return super().rows().annotate(passed=Count("assignments"))


class HandOverPage(RecordPage):
    """One hand-over: who, when, what passes and what moved."""

    model = HandOver
    template_name = "accounts/hand_over_page.html"
    list_url = "accounts:hand_over_list"
    buttons = (VerbButton("accounts.cancel_hand_over", "accounts:hand_over_cancel", "undo-2", page=True),)

    def facts(self) -> list[Fact]:
        row = self.record
        return [
            Fact(pgettext_lazy("person", "From"), row.source, row.source.get_absolute_url()),
            Fact(pgettext_lazy("person", "To"), row.target, row.target.get_absolute_url()),
            Fact(_("First day of the new person"), formats.day(row.day)),
            Fact(_("Work moved at"), formats.moment(row.done_at)),
            Fact(_("Work items moved"), row.moved.get("work", "")),
        ]

    def badges(self) -> list[Badge]:
        return [Badge(self.record.get_status_display(), {"planned": "wait", "done": "ok"}.get(self.record.status, "closed"))]

    def context(self) -> dict[str, Any]:
        passed = Assignment.objects.visible_to(self.reader).filter(hand_over=self.record).for_list()
        return super().context() | {"assignments": passed}


class HandOverCreate(FormPage):
    """Choose from whom, to whom and when; see what passes and choose from it; confirm."""

    model = HandOver
    form_class = HandOverForm
    verb = "accounts.hand_over"
    creates = True
    title = _("Hand over")
    template_name = "accounts/hand_over_form.html"
    submit_label = _("Show what passes")
    cancel_url = "/hand-overs/"

    def initial(self) -> dict[str, Any]:
        return {"day": clock.today()} | super().initial()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.check_right()
        step = request.POST.get("step", "choose")
        form_class = HandOverConfirmForm if step == "confirm" else HandOverForm
        form = form_class(request.POST, reader=self.reader)
        if not form.is_valid():
            return self.again(form, step)
        values = form.values()
        values.pop("version", None)
        try:
            if step == "confirm":
                made = hand_over(HandOver, actor=self.reader, **values)
                return self.done(
                    made.get_absolute_url(), _("Handed over.") if made.status == "done" else _("The hand-over is planned.")
                )
            rows = check_hand_over(values["source"], values["target"], values["day"], None)
        except Denied as denied:
            place_refusals(form, denied)
            return self.again(form, step)
        return self.shown_preview(values, rows)

    def again(self, form: Any, step: str) -> HttpResponse:
        """The step with its errors; where the second step was refused, with what would pass now."""
        if step != "confirm":
            return self.shown(form, status=422)
        chosen = {name: form.cleaned_data.get(name) for name in ("source", "target", "day")}
        if not all(chosen.values()):
            return self.shown(HandOverForm(self.request.POST, reader=self.reader), status=422)
        rows = list(Assignment.objects.visible_to(self.reader).to_pass_on(chosen["source"], chosen["day"]).for_list())
        return self.shown_preview(chosen, rows, form)

    def shown_preview(self, values: dict[str, Any], rows: list[Assignment], form: Any = None) -> HttpResponse:
        """What would pass, every assignment ticked, with the work that moves."""
        source: User = values["source"]
        keys = [row.pk for row in rows]
        rows = list(Assignment.objects.visible_to(self.reader).filter(pk__in=keys).for_list().order_by("kind", "pk"))
        preview = preview_hand_over(source, values["target"], values["day"], rows)
        shown = form or HandOverConfirmForm(initial=values, reader=self.reader)
        ticked = set(map(str, self.request.POST.getlist("assignments"))) or set(map(str, keys))
        context = self.context() | {
            "form": shown,
            "preview": preview,
            "rows": [(row, str(row.pk) in ticked) for row in rows],
            "chosen": values,
            "day_iso": formats.day(values["day"]),
            "submit_label": _("Hand over"),
        }
        return render(self.request, "accounts/hand_over_preview.html", context, status=422 if form else 200)


class HandOverCancel(VerbView):
    """Call off a planned hand-over."""

    model = HandOver
    verb = "accounts.cancel_hand_over"
    reason = True
    text = _("The assignments stay with the person who has them. Both are told.")
    success = _("The hand-over is called off.")
