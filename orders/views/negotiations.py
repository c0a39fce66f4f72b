"""Pages of negotiations: the list, one with its value and its stages, the form, the steps of its life; and the part of other pages."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Plant
from catalog.views.products import LinesPage
from kam.core import clock, formats
from kam.core.badges import Badge, badge_for
from kam.core.tables import Column
from kam.core.views import Fact, ListPage, Page, RecordPage, Signed, VerbView
from kam.core.views.record import NextStep, VerbButton
from kam.core.workflow import Denied
from orders.actions import create_negotiation, edit_negotiation
from orders.filters import NegotiationFilter
from orders.forms import EndForm, LostForm, NegotiationForm, StageForm, StepForm, WonForm
from orders.models import DevelopmentRequest, Negotiation, NegotiationDossier, reads_negotiations
from orders.models.dossiers import reads_dossier
from orders.models.negotiations import EVIDENCE, OPEN, evidence_for

SHOWN, IN_SHORT = 200, 6
STALE_BADGE = Badge(_("Stale"), "wait", "hourglass")


def refuse_without_negotiations(reader: Any) -> None:
    """Raises Denied for whoever reads no negotiation at all."""
    if not reads_negotiations(reader):
        raise Denied("negotiations_hidden", _("Negotiations are not for you to see."), status=403)


def stage_badge(row: Negotiation) -> Badge:
    """How far a negotiation is; a stale one says so."""
    badge = badge_for(row, "stage")
    return Badge(f"{badge.label} · {STALE_BADGE.label}", "wait", "hourglass") if row.stale else badge


def kind_of(row: Negotiation) -> Any:
    """With whom, in one word, and whose plant it is; a prospect is named as one."""
    if row.group_id:
        return _("Group")
    company = row.company
    word = (
        str(_("Prospect")) if company.status == Customer.Status.PROSPECT else str(_("Plant") if row.plant_id else _("Customer"))
    )
    return f"{word} · {company}" if row.plant_id else word


class NegotiationList(ListPage):
    """The negotiations that the reader may see."""

    model = Negotiation
    title = _("Negotiations")
    icon = "messages-square"
    filterset_class = NegotiationFilter
    default_order = ("decision_on",)
    template_name = "orders/negotiations.html"
    create_url = "orders:negotiation_create"
    create_verb = "orders.create_negotiation"
    create_label = _("New negotiation")
    tabs = (
        (_("Open"), "open=true"),
        (_("Mine"), "mine=true&open=true"),
        (_("Stale"), "stale=true"),
        (_("Won"), "stage=won"),
        (_("Lost"), "stage=lost"),
        (_("Without a decision"), "stage=no_decision&stage=withdrawn"),
    )
    empty_title = _("No negotiations")
    empty_text = _("Begin one with a customer or a prospect as soon as there is a chance to sell.")
    columns = (
        Column("subject", _("Negotiation"), value="subject", sort="subject", link=True, second="number"),
        Column("holder", _("With"), value="holder", second=kind_of),
        Column("stage", _("Stage"), value=stage_badge, kind="status", sort="stage"),
        Column("annual_value", _("Annual value"), kind="money", sort=("currency", "annual_value"), second="currency"),
        Column("probability", _("Probability (%)"), kind="number", sort="probability"),
        Column(
            "weighted",
            _("Weighted"),
            value="weighted_amount",
            kind="money",
            sort="weighted_amount",
            total=Sum("weighted_amount"),
            note=_("In the company's currency"),
        ),
        Column("decision_on", _("Decision"), kind="date", sort="decision_on"),
        Column("next_step", _("Next step"), second=lambda row: formats.day(row.next_step_on) if row.next_step else ""),
        Column("owner", _("Owner"), value="owner", sort=("owner__last_name", "owner__first_name")),
        Column("selling_location", _("Selling location"), value="selling_location.name", default=False),
        Column("producing_location", _("Producing location"), value="producing_location.name", default=False),
        Column("base_annual_value", _("Annual value in the company's currency"), kind="money", sort="base_annual_value",
               total=Sum("base_annual_value"), default=False),
        Column("lifetime_value", _("Lifetime value"), kind="money", sort=("currency", "lifetime_value"), second="currency", default=False),
        Column("start_of_production", _("Start of production"), kind="date", sort="start_of_production", default=False),
        Column("competitors", _("Competitors"), default=False),
        Column("incumbent", _("Present supplier"), default=False),
        Column("decided_on", _("Decided"), kind="date", sort="decided_on", default=False),
        Column("loss_reason", _("Reason of the loss"), value="get_loss_reason_display", default=False),
        Column("lost_to", _("Lost to"), default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )  # fmt: skip

    def rows(self) -> QuerySet:
        refuse_without_negotiations(self.reader)
        rows: Any = super().rows()
        return rows.with_weight()  # type: ignore[no-any-return]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refuse_without_negotiations(self.reader)
        return super().post(request, *args, **kwargs)


class NegotiationPage(RecordPage):
    """A negotiation: with whom, how far, how likely, worth how much year by year, and what comes next."""

    model = Negotiation
    template_name = "orders/negotiation_page.html"
    list_url = "orders:negotiation_list"
    edit_url = "orders:negotiation_edit"
    edit_verb = "orders.edit_negotiation"
    buttons = (
        VerbButton("orders.move_negotiation", "orders:negotiation_move", "arrow-right", page=True, primary=True),
        VerbButton("orders.win_negotiation", "orders:negotiation_win", "trophy", page=True),
        VerbButton("orders.lose_negotiation", "orders:negotiation_lose", "ban", page=True),
        VerbButton("orders.reopen_negotiation", "orders:negotiation_reopen", "rotate-ccw", page=True),
    )

    def steps(self) -> list[NextStep]:
        """What is decided moves no more."""
        return [step for step in super().steps() if self.record.is_open or step.button.verb != "orders.move_negotiation"]

    def badges(self) -> list[Badge]:
        badge = badge_for(self.record, "stage")
        return [badge, STALE_BADGE] if self.record.stale else [badge]

    def facts(self) -> list[Fact]:
        one = self.record
        said = one.probability_reason or _("as the stage says")
        found = [
            Fact(_("With"), one.holder, one.holder.get_absolute_url(), kind_of(one)),
            Fact(_("Probability"), formats.percent(one.probability, 0), note=said if one.is_open else ""),
            Fact(_("Decision of the customer"), one.decision_on),
            Fact(_("At this stage since"), formats.day(one.stage_since)),
            Fact(_("Evidence of the stage"), one.evidence),
            Fact(_("Start of production"), one.start_of_production),
            Fact(_("End of production"), one.end_of_production),
            Fact(_("Selling location"), one.selling_location),
            Fact(_("Producing location"), one.producing_location),
            Fact(_("Competitors"), one.competitors),
            Fact(_("Present supplier"), one.incumbent),
            Fact(_("Decision criteria"), one.decision_criteria),
            Fact(_("Owner"), one.owner),
            Fact(_("Team"), ", ".join(str(person) for person in one.team.all())),
            Fact(_("Notes"), one.notes),
        ]
        if not one.is_open:
            found += [
                Fact(_("Decided on"), one.decided_on),
                Fact(_("Reason of the loss"), one.get_loss_reason_display()),
                Fact(_("Lost to"), one.lost_to),
                Fact(
                    _("Competitor's price"),
                    formats.number(one.lost_price, 2, most=5) if one.lost_price else "",
                    note=one.currency,
                ),
                Fact(_("How it ended"), one.outcome),
            ]
        return found

    def context(self) -> dict[str, Any]:
        context = super().context()
        one = self.record
        may = one.is_open and context["can_edit"]
        return context | {
            "lines": one.lines.for_list(),
            "base_currency": settings.BASE_CURRENCY,
            "can_edit": may,
            "can_step": may and bool(one.next_step),
            "dossier": NegotiationDossier.objects.visible_to(self.reader).filter(negotiation=one).first(),
            "can_open_dossier": context["can_edit"] and reads_dossier(self.reader, one),
            "requests": DevelopmentRequest.objects.visible_to(self.reader).filter(negotiation=one).for_list(),
            "create": self._ask_address() if may else "",
            "can_end": may and self.may("orders.withdraw_negotiation"),
            "today": clock.today(),
        }

    def _ask_address(self) -> str:
        """Where R&D is asked, for whoever may."""
        if not self.reader.may("orders.ask_development"):
            return ""
        return f"{reverse('orders:development_create')}?negotiation={self.record.pk}"


class NegotiationCreate(LinesPage):
    """Begin a negotiation."""

    model = Negotiation
    form_class = NegotiationForm
    verb = "orders.create_negotiation"
    creates = True
    title = _("New negotiation")
    cancel_url = "/negotiations/"

    def act(self, form: Any) -> Any:
        return self.run(create_negotiation, Negotiation, form)


class NegotiationEdit(LinesPage):
    """Change a negotiation."""

    model = Negotiation
    form_class = NegotiationForm
    verb = "orders.edit_negotiation"
    title = _("Edit negotiation")

    def initial(self) -> dict[str, Any]:
        own = super().initial()
        if not self.record.probability_reason:
            own["probability"] = None
        return own | {"lines": self.record.lines, "team": self.record.team.all()}

    def act(self, form: Any) -> Any:
        return self.run(edit_negotiation, self.record, form)


class NegotiationVerb(VerbView):
    """A step in the life of a negotiation."""

    model = Negotiation


class NegotiationMove(NegotiationVerb):
    """Move a negotiation to another stage, with what shows it."""

    verb = "orders.move_negotiation"
    form_class = StageForm
    template_name = "orders/negotiation_move.html"

    def initial(self) -> dict[str, Any]:
        asked = self.request.GET.get("stage", "")
        here = OPEN.index(self.record.stage) if self.record.stage in OPEN else 0
        return {"stage": asked if asked in OPEN else OPEN[min(here + 1, len(OPEN) - 1)]}

    def context(self) -> dict[str, Any]:
        where = self.record.selling_location
        asked = [(stage.label, [EVIDENCE[need] for need in evidence_for(stage, where)]) for stage in OPEN]
        return super().context() | {"asked": [(label, needs) for label, needs in asked if needs]}


class NegotiationStep(NegotiationVerb):
    """Say what came of the next step."""

    verb = "orders.take_step"
    form_class = StepForm

    def context(self) -> dict[str, Any]:
        return super().context() | {"text": self.record.next_step}


class NegotiationWin(NegotiationVerb):
    """Say that it is won."""

    verb = "orders.win_negotiation"
    form_class = WonForm


class NegotiationLose(NegotiationVerb):
    """Say that it is lost."""

    verb = "orders.lose_negotiation"
    form_class = LostForm
    dangerous = True


class NegotiationLeave(NegotiationVerb):
    """Say that the customer decided nothing."""

    verb = "orders.leave_negotiation"
    form_class = EndForm


class NegotiationWithdraw(NegotiationVerb):
    """Say that we do not go on."""

    verb = "orders.withdraw_negotiation"
    form_class = EndForm
    dangerous = True


class NegotiationReopen(NegotiationVerb):
    """Take up again what was decided."""

    verb = "orders.reopen_negotiation"
    reason_required = True


#: Where a part with negotiations stands.
PARTS: dict[str, Any] = {"group": CustomerGroup, "customer": Customer, "plant": Plant}


class RecordNegotiations(Signed):
    """The negotiations with a group, a customer or a plant, as a part of its page."""

    part = ""

    def rows(self) -> Any:
        return PARTS[self.part]._default_manager.visible_to(self.reader)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        refuse_without_negotiations(self.reader)
        rows = Negotiation.objects.visible_to(self.reader).about(record).for_list().with_weight()
        found = sorted(rows.order_by("decision_on", "pk")[:SHOWN], key=lambda row: not row.is_open)
        create = (
            f"{reverse('orders:negotiation_create')}?{self.part}={record.pk}"
            if self.reader.may("orders.create_negotiation")
            else ""
        )
        every = f"{reverse('orders:negotiation_list')}?of_{self.part}={record.pk}"
        return render(request, "orders/negotiations_panel.html", {"negotiations": found, "create": create, "all": every})


class HomeNegotiations(Page):
    """The reader's own open negotiations on the first screen, the next decision first, and what they are worth."""

    model = Negotiation
    template_name = "orders/home_negotiations.html"

    def context(self) -> dict[str, Any]:
        refuse_without_negotiations(self.reader)
        rows: Any = self.rows()
        own = NegotiationFilter({"mine": "true", "open": "true"}, queryset=rows.with_weight(), request=self.request).qs
        total = own.aggregate(value=Sum("base_annual_value"), weighted=Sum("weighted_amount"))
        address = f"{reverse('orders:negotiation_list')}?mine=true"
        return super().context() | {
            "negotiations": own.for_list().order_by("decision_on", "pk")[:IN_SHORT],
            "count": own.count(),
            "stale": own.filter(pk__in=Negotiation.objects.stale().values("pk")).count(),
            "total": total,
            "address": address,
            "currency": settings.BASE_CURRENCY,
        }
