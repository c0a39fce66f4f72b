"""Pages of substitution: the list, naming a substitute for oneself or for somebody, and what happened while one was away."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actions.delegation import delegate, delegate_for_other
from accounts.filters.delegation import DelegationFilter
from accounts.forms.delegation import DelegationForm, DelegationForOtherForm
from accounts.forms.grant import EndForm
from accounts.models import Delegation
from accounts.reports.absence import while_away
from accounts.views.grant import period_badge
from kam.core import clock, formats
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, Page, RecordPage, VerbView
from kam.core.views.record import VerbButton
from kam.core.workflow import Denied


class DelegationList(ListPage):
    """Who acts for whom."""

    model = Delegation
    title = _("Substitutes")
    icon = "arrow-left-right"
    filterset_class = DelegationFilter
    default_order = ("-period", "pk")
    template_name = "accounts/delegation_list.html"
    columns = (
        Column("principal", _("Person away"), sort=("principal__last_name", "principal__first_name"), link=True),
        Column("substitute", _("Substitute"), sort=("substitute__last_name", "substitute__first_name")),
        Column("first_day", pgettext_lazy("date", "From"), kind="date", sort="period__startswith"),
        Column("last_day", pgettext_lazy("date", "To"), kind="date", sort="period__endswith"),
        Column("role", _("Only as"), value="get_role_display", sort="role"),
        Column("location", _("Only at"), value="location.name", default=False),
        Column("state", _("State"), value=period_badge, kind="status"),
    )
    tabs = ((_("Today"), "state=now"), (_("Begins later"), "state=later"), (_("Ended"), "state=ended"))
    create_url = "accounts:delegation_create"
    create_verb = "accounts.delegate"
    create_label = _("Name my substitute")
    empty_title = _("Nobody is away")
    empty_text = _("Before you leave, name who acts for you: they see what you see and what they do says for whom.")

    def context(self) -> dict[str, Any]:
        return super().context() | {"for_other": self.reader.may("accounts.delegate_for_other")}


def _ended(row: Delegation) -> Denied | None:
    """Why a substitution cannot be ended."""
    return Denied("ended", _("It has ended.")) if row.last_day and row.last_day < clock.today() else None


class DelegationPage(RecordPage):
    """One substitution."""

    model = Delegation
    list_url = "accounts:delegation_list"
    buttons = (VerbButton("accounts.end_delegation", "accounts:delegation_end", "user-check", page=True, why_not=_ended),)

    def badges(self) -> list[Any]:
        return [period_badge(self.record)]

    def facts(self) -> list[Fact]:
        row = self.record
        involved = self.reader.pk in {row.principal_id, row.substitute_id} or self.reader.may("accounts.delegate_for_other")
        facts = [
            Fact(_("Person away"), row.principal, row.principal.get_absolute_url()),
            Fact(
                _("Substitute"),
                row.substitute or _("nobody: work goes up"),
                row.substitute.get_absolute_url() if row.substitute else "",
            ),
            Fact(pgettext_lazy("date", "From"), formats.day(row.first_day)),
            Fact(pgettext_lazy("date", "To"), formats.day(row.last_day)),
            Fact(_("Only as"), row.get_role_display() or _("all roles")),
            Fact(_("Only at"), row.location.name if row.location else ""),
        ]
        if involved:
            facts.append(Fact(_("Note"), row.note))
        if row.principal_id == self.reader.pk:
            facts.append(Fact(_("While you were away"), _("Open the summary"), reverse("accounts:away", args=[row.pk])))
        return facts


class DelegationCreate(FormPage):
    """Name one's own substitute."""

    model = Delegation
    form_class = DelegationForm
    verb = "accounts.delegate"
    creates = True
    title = _("Name my substitute")
    success = _("Your substitute is told.")
    cancel_url = "/delegations/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return delegate(Delegation, actor=self.reader, **values)


class DelegationForOther(DelegationCreate):
    """Name a substitute for somebody who is away already."""

    form_class = DelegationForOtherForm
    verb = "accounts.delegate_for_other"
    title = _("Name a substitute for somebody")
    success = _("Both are told.")

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return delegate_for_other(Delegation, actor=self.reader, **values)


class DelegationEnd(VerbView):
    """End a substitution."""

    model = Delegation
    verb = "accounts.end_delegation"
    form_class = EndForm
    text = _("The person is back: from then on the substitute no longer acts for them.")
    success = _("The substitution ends.")

    def next_address(self, result: Any) -> str:
        return reverse("accounts:delegation_list")


class Away(Page):
    """While you were away: what the substitute did, what is open, what changed; shown once on return, reachable later."""

    model = Delegation
    title = _("While you were away")
    template_name = "accounts/away.html"

    def rows(self) -> Any:
        return super().rows().filter(principal=self.reader).for_list()

    def context(self) -> dict[str, Any]:
        row = self.record_or_404()
        return super().context() | {"record": row, "summary": while_away(row, self.reader)}


class AwayRead(VerbView):
    """Note that the summary was read."""

    model = Delegation
    verb = "accounts.welcome_back"
    success = _("Welcome back.")

    def rows(self) -> Any:
        return super().rows().filter(principal=self.reader)

    def next_address(self, result: Any) -> str:
        return "/"


class HomeAway(Page):
    """The line of the first screen on return: shown until the summary was read."""

    template_name = "accounts/home_away.html"

    def context(self) -> dict[str, Any]:
        ended = Delegation.objects.visible_to(self.reader).filter(
            principal=self.reader, welcomed_at=None, period__endswith__lte=clock.today()
        )
        return super().context() | {"delegations": ended.for_list().order_by("-period", "pk")[:3]}
