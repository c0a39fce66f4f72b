"""The inbox, one work item with what can be done about it, and the first screen's short list."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.badges import Badge, badge_for
from kam.core.formats import moment, percent
from kam.core.forms import Form
from kam.core.ports import port
from kam.core.process_filters import WorkItemFilter
from kam.core.tables import Column
from kam.core.views.base import Page, Signed
from kam.core.views.list import ListPage
from kam.core.views.record import Fact, NextStep, RecordPage, VerbButton
from kam.core.views.verb import VerbView
from kam.core.work import WorkItem, inbox_of

SHOWN = 200
FIRST_SCREEN = 8
COLOURS = {"green": ("ok", _("In time")), "amber": ("wait", _("Due soon")), "red": ("no", _("Late"))}


def work_tone(item: WorkItem) -> Badge:
    """How an open item stands, else its state."""
    if item.state != WorkItem.State.OPEN:
        return badge_for(item, "state")
    tone, label = COLOURS.get(item.colour, ("draft", _("No deadline")))
    return Badge(label, tone)


class Inbox(Page):
    """What this person has to do, for whom they substitute, and what they asked for: late, today, this week, later."""

    model = WorkItem
    title = _("To do")
    template_name = "core/inbox.html"

    @property
    def whose(self) -> str:
        """The tab of the address."""
        asked = self.request.GET.get("whose", "me")
        return asked if asked in dict(WorkItemFilter.FOR) else "me"

    def found(self, whose: str) -> QuerySet[WorkItem]:
        """The open items of one tab, the next deadline first."""
        rows = self.rows().filter(state=WorkItem.State.OPEN).for_list()  # type: ignore[attr-defined]
        return WorkItemFilter({"whose": whose}, queryset=rows, request=self.request).qs.by_urgency()

    def groups(self, items: list[WorkItem]) -> list[tuple[Any, list[WorkItem]]]:
        """The items by when they are due, on the reader's calendar."""
        tomorrow = datetime.combine(clock.today() + timedelta(days=1), time(0), timezone.get_current_timezone())
        next_week = tomorrow + timedelta(days=(8 - tomorrow.isoweekday()) % 7)
        now = clock.now()
        limits = [(_("Late"), now), (_("Today"), tomorrow), (_("This week"), next_week)]
        groups: list[tuple[Any, list[WorkItem]]] = [(label, []) for label, _limit in limits]
        groups += [(_("Later"), []), (_("Without a deadline"), [])]
        for item in items:
            due = item.deadline
            place = 4 if due is None else next((place for place, (_label, limit) in enumerate(limits) if due < limit), 3)
            groups[place][1].append(item)
        return [(label, rows) for label, rows in groups if rows]

    def context(self) -> dict[str, Any]:
        items = list(self.found(self.whose)[: SHOWN + 1])
        tabs = [(name, label, self.found(name).order_by().count()) for name, label in WorkItemFilter.FOR]
        return super().context() | {
            "groups": self.groups(items[:SHOWN]),
            "more": len(items) > SHOWN,
            "tabs": tabs,
            "whose": self.whose,
        }


class WorkItemList(ListPage):
    """Every work item that this person may see, done ones too."""

    model = WorkItem
    title = _("All work items")
    icon = "inbox"
    filterset_class = WorkItemFilter
    default_order = ("-asked_at",)
    columns = (
        Column("words", _("What"), link=True, second="record"),
        Column("state", _("State"), value=work_tone, kind="status", sort="state"),
        Column("due", _("Due"), value="deadline", kind="moment", sort="due"),
        Column("level", _("Level"), value="get_level_display", sort="level"),
        Column("assignee", _("In charge"), sort=("assignee__last_name", "assignee__first_name")),
        Column("asked_by", _("Asked by"), sort=("asked_by__last_name", "asked_by__first_name")),
        Column("asked_at", _("Asked"), kind="moment", sort="asked_at"),
        Column("answer", _("Answer"), value=lambda item: item.answer_label if item.answer else ""),
        Column("done_by", _("Done by"), default=False),
        Column("done_at", _("Done at"), kind="moment", sort="done_at", default=False),
    )
    tabs = ((_("Open"), "state=open"), (_("Late"), "late=true"))
    empty_title = _("Nothing to do")

    def rows(self) -> QuerySet[WorkItem]:
        return super().rows().with_due()  # type: ignore[attr-defined, no-any-return]


class WorkItemPage(RecordPage):
    """One work item: what, on which record, by whom, by when, and what can be done about it."""

    model = WorkItem
    template_name = "core/work_item.html"
    list_url = "core:work_list"
    icon = "square-check"
    buttons = (
        VerbButton("core.complete_work", "core:work_complete", "check", page=True, primary=True),
        VerbButton("core.claim_work", "core:work_claim", "hand"),
        VerbButton("core.reassign_work", "core:work_reassign", "forward", page=True),
        VerbButton("core.cancel_work", "core:work_cancel", "x", page=True),
    )

    def badges(self) -> list[Badge]:
        found = [work_tone(self.record)]
        return [*found, Badge(self.record.get_level_display(), "no")] if self.record.level >= WorkItem.Level.N2 else found

    def steps(self) -> list[NextStep]:
        """What is done on its record alone is not offered here: the record is opened instead."""
        if self.record.state != WorkItem.State.OPEN:
            return []
        elsewhere = {"core.complete_work"} if self.record.definition.on_record else set()
        if self.taken_on_by_reader():
            elsewhere.add("core.claim_work")
        return [step for step in super().steps() if step.button.verb not in elsewhere]

    def taken_on_by_reader(self) -> bool:
        """Whether the reader has the item in hand already."""
        return bool(self.record.assignee_id == self.reader.pk)

    def panels(self) -> list[Any]:
        return [panel for panel in super().panels() if panel.panel.name == "timeline"]

    def facts(self) -> list[Fact]:
        item, label = self.record, port("audience_label")
        share = item.used_share()
        found = [
            Fact(
                _("Record"), str(item.record), item.record.get_absolute_url() if hasattr(item.record, "get_absolute_url") else ""
            ),
            Fact(_("Addressed to"), label(item.audience)),
            Fact(_("In charge"), item.assignee),
            Fact(_("Asked by"), item.asked_by, note=moment(item.asked_at)),
            Fact(
                _("Due"),
                moment(item.deadline),
                note=_("%(share)s of the time used") % {"share": percent(share * 100, 0)} if share is not None else "",
            ),
        ]
        if item.raised_to:
            found.append(Fact(_("Gone up to"), ", ".join(label(name) for name in item.raised_to)))
        if item.done_at:
            found += [
                Fact(_("Answer"), item.answer_label, note=item.comment),
                Fact(_("Done by"), item.done_by, note=moment(item.done_at)),
            ]
        if item.on_behalf_of:
            found.append(Fact(_("On behalf of"), item.on_behalf_of))
        return found


class CompleteForm(Form):
    """The answer and its comment."""

    answer = forms.ChoiceField(label=_("Answer"), widget=forms.RadioSelect)
    comment = forms.CharField(label=_("Comment"), max_length=4000, required=False, widget=forms.Textarea)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = list(self.record.definition.answers.items())
        self.fields["answer"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.fields["answer"].initial = choices[0][0]


class ReassignForm(Form):
    """Who has to do it from now on."""

    to = forms.ModelChoiceField(label=_("Person"), queryset=get_user_model()._default_manager.filter(is_active=True))
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea)


class WorkVerb(VerbView):
    """A verb on a work item."""

    model = WorkItem

    def next_address(self, result: Any) -> str:
        """The item while the reader still sees it, else the inbox."""
        return self.record.get_absolute_url() if self.rows().filter(pk=self.record.pk).exists() else "/inbox/"


class WorkComplete(WorkVerb):
    """Say that it is done, with an answer."""

    verb = "core.complete_work"
    form_class = CompleteForm
    success = _("Done.")

    def next_address(self, result: Any) -> str:
        """Back to what remains to be done."""
        return "/inbox/"


class WorkClaim(WorkVerb):
    """Take an item of one's audience on."""

    verb = "core.claim_work"
    success = _("You have taken this on.")


class WorkReassign(WorkVerb):
    """Pass an item on to another person."""

    verb = "core.reassign_work"
    form_class = ReassignForm
    success = _("Passed on.")


class WorkCancel(WorkVerb):
    """Call an item off."""

    verb = "core.cancel_work"
    reason = True
    dangerous = True
    success = _("Called off.")


class HomeWork(Signed):
    """The first screen's list of what is to be done next."""

    model = WorkItem

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        items = list(inbox_of(self.reader)[: FIRST_SCREEN + 1])
        return render(request, "core/home_work.html", {"items": items[:FIRST_SCREEN], "more": len(items) > FIRST_SCREEN})
