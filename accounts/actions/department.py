"""The departments of our locations: made, renamed, given a head; their members are who holds the role there."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.location import save_once
from accounts.models import FUNCTIONS, Department, Location, User
from kam.core.verbs import verb
from kam.core.workflow import Denied


def _named(department: Department, values: dict[str, Any]) -> None:
    for name in ("name_it", "name_en", "name_de"):
        setattr(department, name, str(values.get(name, getattr(department, name))).strip())
    if not department.name_en:
        raise Denied("required", _("Type the English name; the others fall back to it."), field="name_en", status=400)


def _checked_head(head: User | None) -> User | None:
    if head is not None and not head.is_active:
        raise Denied("inactive_user", _("This person may not log in. Choose another head."), field="head")
    return head


@verb("accounts.create_department", _("Add department"))
def create_department(
    model: type[Department],
    *,
    actor: Any,
    reason: str = "",
    location: Location,
    function: str,
    head: User | None = None,
    **names: Any,
) -> Department:
    """Add a department to a location; its members are whoever holds its role there. Raises Denied where it exists."""
    if function not in FUNCTIONS:
        raise Denied("unknown_function", _("Choose one of the offered functions."), field="function", status=400)
    department = model(location=location, function=function, head=_checked_head(head))
    _named(department, names)
    save_once(department, Denied("department_exists", _("This location has such a department already."), field="function"))
    return department


@verb("accounts.edit_department", _("Edit department"))
def edit_department(department: Department, *, actor: Any, reason: str = "", **values: Any) -> Department:
    """Change a department's names or its head, to whom its late work goes up."""
    before = (department.name_it, department.name_en, department.name_de, department.head_id)
    _named(department, values)
    if "head" in values:
        department.head = _checked_head(values["head"])
    if before != (department.name_it, department.name_en, department.name_de, department.head_id):
        department.save()
    return department
