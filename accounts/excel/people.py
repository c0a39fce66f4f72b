"""People as a sheet; roles and passwords are no part of it."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.user import create_user, edit_user
from accounts.excel.base import LANGUAGES
from accounts.excel.by_action import ByAction
from accounts.models import User
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Change, Plan


class People(ByAction):
    """People by e-mail address."""

    code, label, verb = "accounts.users", _("People"), "accounts.create_user"
    columns = (
        Column("email", _("e-mail"), required=True, max_length=254, width=32),
        Column("first_name", _("first name"), required=True, max_length=80),
        Column("last_name", _("last name"), required=True, max_length=80),
        Column("language", _("language"), "choice", values=LANGUAGES),
        Column("time_zone", _("time zone"), max_length=64),
        Column("phone", _("phone"), max_length=40),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """New and changed people."""
        plan = Plan()
        for row in self.filled(rows):
            row.values["email"] = row.values["email"].strip().lower()
            for name, default in (("language", "it"), ("time_zone", "Europe/Rome")):
                row.values[name] = row.values.get(name) or default
        rows = self.once(rows, "email", plan, sheet)
        existing = {
            user.email.lower(): user
            for user in User.objects.visible_to(actor).filter(email__in=[row.values["email"] for row in rows])
        }
        self.compare(rows, existing, "email", [column.key for column in self.columns], plan)
        return self.try_out(rows, plan, actor=actor, sheet=sheet)

    def write(self, change: Change, *, actor: Any, reason: str) -> None:
        """Add or edit one person."""
        if change.record is None:
            create_user(User, actor=actor, reason=reason, **change.values)
        else:
            edit_user(change.record, actor=actor, reason=reason, **change.values)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """Everybody who may log in."""
        return User.objects.visible_to(actor).active().order_by("email", "pk")
