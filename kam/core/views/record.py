"""The page of one record: name, status, number and next steps that stay; tabs and side panels that load by themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property

from kam.core.badges import Badge, badge_for
from kam.core.panels import ShownPanel, panels_for
from kam.core.ports import port
from kam.core.verbs import VERBS
from kam.core.views.base import Page, list_crumb
from kam.core.workflow import Denied


@dataclass(frozen=True)
class Fact:
    """One line of a record's facts: its label, its value, where a click leads, and a grey word behind it."""

    label: Any
    value: Any
    address: str = ""
    note: Any = ""


@dataclass(frozen=True)
class VerbButton:
    """A next step as a button.

    `url_name` takes the record's key. A `page` verb opens a page of its own (a reason, values, a confirmation); the
    others happen at once. A verb of the model's workflow brings its own reason why it cannot be done now, another one
    says it with `why_not(record)`. Who has not the verb does not see the button, unless `instead` says who decides.
    """

    verb: str
    url_name: str
    icon: str = ""
    label: Any = ""
    page: bool = False
    primary: bool = False
    why_not: Callable[[Any], Denied | None] | None = None
    instead: Any = ""


@dataclass(frozen=True)
class NextStep:
    """A button as the page shows it: `denied` is the reason in words where it cannot be used now."""

    button: VerbButton
    label: Any
    address: str
    denied: Any

    @property
    def allowed(self) -> bool:
        """Whether the button can be used now."""
        return not self.denied


class RecordPage(Page):
    """The page of one record: name `model`, `template_name` (it extends components/record_page.html), and its `buttons`."""

    template_name = "components/record_page.html"
    list_url = ""
    icon = "file-text"
    buttons: Sequence[VerbButton] = ()
    edit_url = ""
    edit_verb = ""
    number_field = "number"

    @cached_property
    def record(self) -> Any:
        """The record of the address, if it is the reader's."""
        return self.record_or_404()

    def rows(self) -> QuerySet:
        rows = super().rows()
        return rows.for_list() if hasattr(rows, "for_list") else rows

    def badges(self) -> list[Badge]:
        """The marks behind the name; the status unless a page says more."""
        return [badge_for(self.record)] if hasattr(self.record, "status") else []

    def meta(self) -> list[Any]:
        """The grey words below the name: number, who leads, who serves."""
        number = getattr(self.record, self.number_field, "")
        return [number] if number and str(number) not in str(self.record) else []

    def facts(self) -> list[Fact]:
        """The facts of the overview."""
        return []

    def may(self, verb: str) -> bool:
        """Whether the reader may do this verb on this record."""
        return bool(self.model._default_manager.permitted(self.reader, verb).filter(pk=self.record.pk).exists())

    def steps(self) -> list[NextStep]:
        """The next steps, each with the reason where it cannot be done now."""
        return [step for step in map(self.step, self.buttons) if step is not None]

    def step(self, button: VerbButton) -> NextStep | None:
        """One button for this reader and this record, or None where it has no place."""
        workflow = getattr(self.model, "workflow", None)
        transition = workflow.transitions.get(button.verb) if workflow else None
        if workflow and transition and getattr(self.record, workflow.field) not in transition.sources:
            return None
        label = button.label or VERBS[button.verb].label
        address = reverse(button.url_name, args=[self.record.pk])
        if not self.may(button.verb):
            return NextStep(button, label, address, button.instead) if button.instead else None
        denied = workflow.why_not(self.record, button.verb) if workflow and transition else None
        denied = denied or (button.why_not(self.record) if button.why_not else None)
        return NextStep(button, label, address, denied.message if denied else "")

    def main_step(self, steps: Sequence[NextStep]) -> NextStep | None:
        """The one step that stands out: the first main one that can be done now."""
        return next((step for step in steps if step.button.primary and step.allowed), None)

    def panels(self) -> list[ShownPanel]:
        """The panels of this page, from the roof's table."""
        return panels_for(self.record, self.reader, self.request.GET.get("tab", ""), port("panels"))

    def crumbs(self) -> list[tuple[Any, str]]:
        if self.breadcrumb or not self.list_url:
            return list(self.breadcrumb)
        return [list_crumb(reverse(self.list_url))]

    def context(self) -> dict[str, Any]:
        panels = self.panels()
        steps = self.steps()
        return super().context() | {
            "title": self.title or str(self.record),
            "record": self.record,
            "badges": self.badges(),
            "meta": self.meta(),
            "facts": self.facts(),
            "steps": steps,
            "main_step": self.main_step(steps),
            "reasons": [step for step in steps if not step.allowed],
            "tabs": [panel for panel in panels if not panel.panel.side],
            "sides": [panel for panel in panels if panel.panel.side],
            "tab": next((panel for panel in panels if panel.active and not panel.panel.side), None),
            "can_edit": bool(self.edit_url) and self.may(self.edit_verb),
            "edit_address": reverse(self.edit_url, args=[self.record.pk]) if self.edit_url else "",
        }
