"""Pages of roles: who holds what, granting one on a person's card, ending one."""

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actions.grant import grant_role
from accounts.filters.grant import RoleGrantFilter
from accounts.forms.grant import EndForm, RoleGrantForm
from accounts.models import RoleGrant, User
from kam.core import clock
from kam.core.badges import Badge
from kam.core.tables import Column
from kam.core.views import FormPage, ListPage, VerbView


def period_badge(row: Any) -> Badge:
    """Whether a dated row holds today, begins later or has ended."""
    if row.holds_on(clock.today()):
        return Badge(_("holds today"), "ok")
    return Badge(_("begins later"), "wait") if row.first_day and row.first_day > clock.today() else Badge(_("ended"), "closed")


class RoleGrantList(ListPage):
    """Every role that somebody holds, held or will hold."""

    model = RoleGrant
    title = _("Roles")
    icon = "key-round"
    filterset_class = RoleGrantFilter
    default_order = ("user__last_name", "user__first_name", "role")
    columns = (
        Column("user", _("Person"), sort=("user__last_name", "user__first_name"), link=True, second="user.email"),
        Column("role", _("Role"), value="get_role_display", sort="role"),
        Column(
            "location",
            _("Location"),
            value=lambda row: row.location.name if row.location else _("all locations"),
            sort="location__code",
        ),
        Column("first_day", pgettext_lazy("date", "From"), kind="date", sort="period__startswith"),
        Column("last_day", pgettext_lazy("date", "To"), kind="date", sort="period__endswith"),
        Column("state", _("State"), value=period_badge, kind="status"),
    )
    tabs = ((_("Today"), "state=now"), (_("Begins later"), "state=later"), (_("Ended"), "state=ended"))
    empty_title = _("No role yet")
    empty_text = _("Open a person's card to grant a role.")


class GrantRole(FormPage):
    """Grant a role to the person of the address."""

    model = User
    form_class = RoleGrantForm
    verb = "accounts.grant_role"
    title = _("Grant role")
    success = _("Role granted.")
    submit_label = _("Grant role")

    def check_right(self) -> None:
        self.require(self.verb)

    def initial(self) -> dict[str, Any]:
        return {name: value for name, value in self.request.GET.items() if name in self.form_class.base_fields}

    @cached_property
    def person(self) -> User:
        """Who gets the role."""
        return self.record_or_404()

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return grant_role(RoleGrant, actor=self.reader, user=self.person, **values)

    def context(self) -> dict[str, Any]:
        context = super().context()
        return context | {"title": _("Grant role: %(person)s") % {"person": self.person}}


class EndRole(VerbView):
    """End a role."""

    model = RoleGrant
    verb = "accounts.end_role"
    form_class = EndForm
    dangerous = True
    text = _("After the last day the person no longer has the rights of this role; the past stays as it was.")
    success = _("The role ends.")
