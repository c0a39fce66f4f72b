"""Pages of the dossier of a negotiation; whoever opens one stands in the log of access."""

from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from kam.core import formats
from kam.core.access_log import AccessLog, log_access
from kam.core.badges import Badge
from kam.core.views import Fact, FormPage, PrintView, RecordPage, VerbView
from kam.core.views.record import VerbButton
from orders.actions import edit_dossier, open_dossier
from orders.actions.dossiers import CONCESSION, ROUND
from orders.forms import ConcessionForm, CorrectConcessionForm, CorrectRoundForm, DossierForm, NewDossierForm, RoundForm
from orders.models import Concession, Negotiation, NegotiationDossier, NegotiationRound
from orders.views.negotiations import stage_badge


class DossierPage(RecordPage):
    """The dossier: how the negotiation is prepared, its rounds, what was given and got."""

    model = NegotiationDossier
    template_name = "orders/dossier_page.html"
    edit_url = "orders:dossier_edit"
    edit_verb = "orders.edit_dossier"
    buttons = (
        VerbButton("orders.add_round", "orders:dossier_round", "plus", page=True, primary=True),
        VerbButton("orders.add_concession", "orders:dossier_concession", "arrow-left-right", page=True),
    )

    def crumbs(self) -> list[tuple[Any, str]]:
        return [(str(self.record.negotiation), self.record.negotiation.get_absolute_url())]

    def badges(self) -> list[Badge]:
        return [stage_badge(self.record.negotiation), Badge(_("Confidential"), "no", "lock")]

    def facts(self) -> list[Fact]:
        one = self.record
        currency = one.negotiation.currency
        prices = [
            (_("Opening"), one.opening_price, one.opening_terms),
            (_("Target"), one.target_price, one.target_terms),
            (_("Walk-away"), one.walk_away_price, one.walk_away_terms),
            (_("What they would pay at most, estimated"), one.their_limit, ""),
            (_("Bargaining range"), one.bargaining_range, ""),
            (_("Agreed price"), one.agreed_price, ""),
        ]
        found = [Fact(_("What the prices are of"), one.price_of)]
        for label, price, terms in prices:
            money = f"{formats.number(price, 2, most=5)} {currency}" if price is not None else ""
            found.append(Fact(label, money or terms, note=terms if money else ""))
        return [
            *found,
            Fact(_("Of the target"), formats.percent(one.realised, 2) if one.realised is not None else ""),
            Fact(_("Outcome"), one.outcome),
            Fact(_("Objective"), one.objective),
            Fact(_("People and their interests"), one.interests),
            Fact(_("Our alternatives"), one.our_alternatives),
            Fact(_("Their alternatives"), one.their_alternatives),
        ]

    def context(self) -> dict[str, Any]:
        one = self.record
        log_access(AccessLog.Kind.CONFIDENTIAL, self.reader, about=f"orders.negotiationdossier {one.pk}")
        sums = dict(one.concessions.standing().order_by().values_list("side").annotate(Sum("annual_value")))
        given, got = (sums.get(side.value, 0) for side in (Concession.Side.GIVEN, Concession.Side.GOT))
        return super().context() | {
            "one": one.negotiation,
            "rounds": one.rounds.order_by("number"),
            "concessions": one.concessions.select_related("in_return_for", "round"),
            "given": given,
            "got": got,
            "balance": got - given,
            "can_correct": self.may("orders.correct_round"),
        }


class DossierForms(FormPage):
    """What the forms of a dossier share: a small negotiation has one line."""

    model = NegotiationDossier

    def form(self, data: Any = None, files: Any = None) -> Any:
        form = super().form(data, files)
        if self.record is not None and self.record.is_small:
            form.shorten()
        return form


class DossierCreate(DossierForms):
    """Open the dossier of a negotiation."""

    form_class = NewDossierForm
    verb = "orders.open_dossier"
    creates = True
    title = _("Open dossier")
    cancel_url = "/negotiations/"

    def form(self, data: Any = None, files: Any = None) -> Any:
        form = super().form(data, files)
        asked = (data or self.request.GET).get("negotiation", "")
        found = (
            Negotiation.objects.visible_to(self.reader).filter(pk=int(asked)).first()
            if asked.isdecimal() and len(asked) < 19
            else None
        )
        if found is not None and NegotiationDossier(negotiation=found).is_small:
            form.shorten()
        return form

    def act(self, form: Any) -> Any:
        return open_dossier(NegotiationDossier, actor=self.reader, **form.values())


class DossierEdit(DossierForms):
    """Change a dossier."""

    form_class = DossierForm
    verb = "orders.edit_dossier"
    title = _("Edit dossier")

    def act(self, form: Any) -> Any:
        return edit_dossier(self.record, actor=self.reader, **form.values())


class DossierRound(VerbView):
    """Report a round."""

    model = NegotiationDossier
    verb = "orders.add_round"
    form_class = RoundForm


class DossierConcession(VerbView):
    """Record a concession given or got."""

    model = NegotiationDossier
    verb = "orders.add_concession"
    form_class = ConcessionForm


class DossierPrint(PrintView):
    """The brief for whoever goes to the meeting."""

    model = NegotiationDossier
    printed = "orders.negotiation_brief"


class EntryVerb(VerbView):
    """A verb on a row of a dossier; it is named as its dossier names it."""

    def context(self) -> dict[str, Any]:
        dossier = self.record.dossier
        log_access(AccessLog.Kind.CONFIDENTIAL, self.reader, about=f"orders.negotiationdossier {dossier.pk}")
        return super().context() | {"breadcrumb": [(str(dossier), dossier.get_absolute_url())]}


class RoundCorrect(EntryVerb):
    """Put right what was reported of a round."""

    model = NegotiationRound
    verb = "orders.correct_round"
    form_class = CorrectRoundForm

    def initial(self) -> dict[str, Any]:
        return {name: getattr(self.record, name) for name in ROUND}


class RoundStrike(EntryVerb):
    """Strike a round that was not held."""

    model = NegotiationRound
    verb = "orders.strike_round"
    reason_required = True
    dangerous = True
    text = _("It keeps its number and stays readable; concessions made in it are struck by themselves.")


class ConcessionCorrect(EntryVerb):
    """Put right a concession."""

    model = Concession
    verb = "orders.correct_concession"
    form_class = CorrectConcessionForm

    def initial(self) -> dict[str, Any]:
        return {name: getattr(self.record, name) for name in CONCESSION}


class ConcessionStrike(EntryVerb):
    """Strike a concession that was not made."""

    model = Concession
    verb = "orders.strike_concession"
    reason_required = True
    dangerous = True
    text = _("It stays readable and counts no more.")
