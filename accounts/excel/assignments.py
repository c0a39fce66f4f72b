"""Assignments as a sheet: new ones are made, a nearer last day ends one; to pass one on, hand it over."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.assignment import assign, end_assignment, tell_assigned
from accounts.excel.base import by, known_codes
from accounts.excel.by_action import ByAction
from accounts.models import Assignment, Customer, CustomerGroup, Location, Plant, User
from kam.core import clock
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Change, Plan

KEYS = ("kind", "group", "customer", "plant", "location", "user")


def _code(name: str) -> Any:
    """The code of what an assignment names, or nothing."""
    return lambda row: getattr(getattr(row, name), "code", "")


class Assignments(ByAction):
    """Assignments by what is assigned, to whom, and from when."""

    code, label, verb = "accounts.assignments", _("Assignments"), "accounts.assign"
    fallback = "user"
    columns = (
        Column("kind", _("as"), "choice", required=True, values=Assignment.Kind.choices),
        Column("group", _("group"), "reference", source=_code("group"), help=_("code of a customer group")),
        Column("customer", _("customer"), "reference", source=_code("customer"), help=_("code of a customer")),
        Column("plant", _("plant"), "reference", source=_code("plant"), help=_("code of a customer plant")),
        Column("location", _("location"), "reference", source=_code("location"), help=_("code of one of our locations")),
        Column("user", _("person"), "reference", required=True, source="user.email", help=_("e-mail address"), width=32),
        Column("first_day", _("from"), "date"),
        Column("last_day", _("to"), "date"),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """New assignments, and those that end on another day."""
        plan = Plan()
        people = {user.email.lower(): user for user in User.objects.visible_to(actor).active()}
        for row in rows:
            row.values["user"] = str(row.values["user"]).strip().lower()
        for key, model in (("group", CustomerGroup), ("customer", Customer), ("plant", Plant)):
            rows = self.resolve(rows, key, known_codes(model, rows, key, model._default_manager.visible_to(actor)), plan, sheet)
        rows = self.resolve(rows, "location", by(Location.objects.visible_to(actor), "code"), plan, sheet)
        rows = self.resolve(rows, "user", people, plan, sheet)
        present = {self._key(row): row for row in Assignment.objects.visible_to(actor).for_list()}
        for row in rows:
            values = {name: row.values.get(name) for name in (*KEYS, "first_day", "last_day")}
            label = f"{values['group'] or values['customer'] or values['plant'] or '–'} · {values['user']}"
            found = present.get((*(getattr(values[name], "pk", values[name]) for name in KEYS), values["first_day"]))
            if found is None:
                plan.create.append(Change(row.number, label, values | {"first_day": values["first_day"] or clock.today()}))
            elif found.last_day == values["last_day"]:
                plan.unchanged += 1
            else:
                plan.update.append(
                    Change(row.number, label, {"last_day": values["last_day"]}, found, {"last_day": found.last_day})
                )
        return self.try_out(rows, plan, actor=actor, sheet=sheet)

    @staticmethod
    def _key(row: Assignment) -> tuple[Any, ...]:
        return (row.kind, row.group_id, row.customer_id, row.plant_id, row.location_id, row.user_id, row.first_day)

    def write(self, change: Change, *, actor: Any, reason: str) -> Any:
        """Make one assignment, about which nobody is told yet, or end it on another day."""
        if change.record is None:
            return assign(Assignment, actor=actor, reason=reason, told=False, **change.values)
        return end_assignment(change.record, actor=actor, reason=reason, last_day=change.values["last_day"])

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Carry the rows out, all or none, and tell each person once."""
        made = [self.write(change, actor=actor, reason=reason) for change in plan.create]
        for change in plan.update:
            self.write(change, actor=actor, reason=reason)
        tell_assigned(made, actor=actor)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """What the reader sees, the present and the past."""
        return Assignment.objects.visible_to(actor).for_list().order_by("kind", "period", "pk")
