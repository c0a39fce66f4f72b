"""What is done to customer groups and global accounts: created, edited."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.placing import begin_leading, save_new
from accounts.models import CustomerGroup
from kam.core import clock
from kam.core.numbering import next_number
from kam.core.shape import change, refuse_misshapen
from kam.core.verbs import verb
from kam.core.workflow import Denied

EDITABLE = ("code", "name", "is_global_account", "tier", "sector", "parent", "website", "profile")


@verb("accounts.create_group", _("Create customer group"))
def create_group(
    model: type[CustomerGroup], *, actor: Any, reason: str = "", name: str, code: str = "", **details: Any
) -> CustomerGroup:
    """Create a customer group, which may be a global account; an account manager who creates it leads it."""
    group = model(code=code.strip())
    change(group, {"name": name, **details}, allowed=EDITABLE)
    refuse_misshapen(group, ["code"] if group.code else [])
    group.code = group.code or next_number("G", location="KAM", year=clock.today().year)
    save_new(group, "code")
    begin_leading(actor, "accounts.create_group", group=group)
    return group


@verb("accounts.edit_group", _("Edit customer group"))
def edit_group(group: CustomerGroup, *, actor: Any, reason: str = "", **values: Any) -> CustomerGroup:
    """Change a group's name, tier, sector, parent, profile, and whether it is a global account.

    Raises Denied for a parent that belongs to the group itself.
    """
    changed = change(group, values, allowed=EDITABLE)
    if not changed:
        return group
    if "code" in changed and CustomerGroup.objects.filter(code=group.code).exclude(pk=group.pk).exists():
        raise Denied("code_taken", _("This code is in use already. Choose another one."), field="code")
    above = group.parent
    while above is not None:
        if above.pk == group.pk:
            raise Denied("own_parent", _("A group cannot belong to itself or to a group below it."), field="parent")
        above = above.parent
    group.save()
    return group
