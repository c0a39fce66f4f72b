"""Pages of proposals of a revision: the list, one, a new one, and what is answered."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from budgets.actions import propose_revision
from budgets.filters import RevisionProposalFilter
from budgets.forms.rounds import AcceptForm, ProposalForm
from budgets.models import RevisionProposal, year_name
from kam.core import formats
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, VerbView
from kam.core.views.record import VerbButton


class ProposalList(ListPage):
    """Proposals of a revision."""

    model = RevisionProposal
    title = _("Proposed revisions")
    icon = "git-pull-request"
    breadcrumb = ((_("Budget rounds"), "/budgets/rounds/"),)
    filterset_class = RevisionProposalFilter
    default_order = ("-pk",)
    create_url = "budgets:proposal_create"
    create_verb = "budgets.propose_revision"
    create_label = _("Propose revision")
    tabs = ((_("To be decided"), "status=proposed"),)
    empty_title = _("No revision was proposed")
    empty_text = _("Whoever leads or serves customers proposes to plan a published year anew; the sales manager decides.")
    columns = (
        Column("name", _("Proposal"), value=str, link=True, second="why"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("amount", _("Effect on the year's revenue"), kind="difference", sort="amount"),
        Column("round", _("Revision"), value=lambda row: str(row.round or "")),
        Column("created_at", _("Proposed"), kind="moment", sort="created_at"),
    )


class ProposalPage(RecordPage):
    """A proposal with its reason and effect."""

    model = RevisionProposal
    list_url = "budgets:proposal_list"
    buttons = (
        VerbButton("budgets.accept_revision", "budgets:proposal_accept", "check", page=True, primary=True),
        VerbButton("budgets.decline_revision", "budgets:proposal_decline", "x", page=True),
        VerbButton("budgets.withdraw_revision", "budgets:proposal_withdraw", "undo-2"),
    )

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Year"), year_name(one.first_month)),
            Fact(_("Proposed by"), one.proposed_by),
            Fact(_("Why the plan no longer holds"), one.why),
            Fact(_("Effect on revenue, customers and production"), one.effect),
            Fact(_("Effect on the year's revenue"), "" if one.amount is None else formats.number(one.amount, signed=True)),
            Fact(_("Decided by"), one.decided_by or ""),
            Fact(_("Revision"), one.round or "", one.round.get_absolute_url() if one.round else ""),
        ]


class ProposalCreate(FormPage):
    """Propose a revision."""

    model = RevisionProposal
    form_class = ProposalForm
    verb = "budgets.propose_revision"
    creates = True
    title = _("Propose revision")
    submit_label = _("Propose revision")
    cancel_url = "/budgets/proposals/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return propose_revision(RevisionProposal, actor=self.reader, **values)


class ProposalAccept(VerbView):
    """Ask for the revision."""

    model = RevisionProposal
    verb = "budgets.accept_revision"
    form_class = AcceptForm
    text = _("A revision of the year is asked for; reason and effect become its guidelines.")


class ProposalDecline(VerbView):
    """Keep the plan."""

    model = RevisionProposal
    verb = "budgets.decline_revision"
    reason_required = True


class ProposalWithdraw(VerbView):
    """Take a proposal back."""

    model = RevisionProposal
    verb = "budgets.withdraw_revision"
