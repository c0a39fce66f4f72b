"""Pages of deviations: the list, one with its bridge, causes, actions and measured effect, and what is done to it."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, Sum
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from budgets.filters import DeviationFilter
from budgets.forms.deviations import CausesForm
from budgets.models import CorrectiveAction, Deviation, NodeKind, months_of
from budgets.models.years import month_after
from budgets.reports.effect import effect_of
from budgets.reports.nodes import bridge_of, months_of_node
from budgets.reports.variance import Bridge
from kam.core import formats
from kam.core.badges import Badge, badge_for
from kam.core.charts import ChartData, Series
from kam.core.tables import Column
from kam.core.views import Fact, ListPage, RecordPage, VerbView
from kam.core.views.record import VerbButton

EFFECTS = {
    "volume": _("Volume"), "mix": _("Mix"), "price": _("Price"), "exchange": _("Exchange"), "new": _("New"), "ceased": _("Ceased"),
}  # fmt: skip
#: Which filter of sales lines and of targets finds the rows of a node.
LINES = {"person": "present_manager", "location": "selling_location"}
TARGETS = {"location": "selling_location", "market": "market", "plant": "plant"}


def actions_in_words(row: Deviation) -> str:
    """Its actions on one line, for the list and the sheet."""
    return "; ".join(f"{action.what} ({action.owner}, {formats.day(action.due_on)})" for action in row.actions.all())


def causes_in_words(row: Deviation) -> str:
    """Its causes on one line."""
    return "; ".join(f"{cause.get_code_display()} {formats.number(cause.amount, signed=True)}" for cause in row.causes.all())


class DeviationList(ListPage):
    """Where the year departs from its plan, the largest gap first."""

    model = Deviation
    title = _("Deviations")
    icon = "trending-down"
    filterset_class = DeviationFilter
    default_order = ("gap",)
    tabs = (
        (_("To look into"), "case=true&running=true"),
        (_("Mine"), "mine=true&case=true&running=true"),
        (_("Without a plan"), "status=detected,analysing&case=true"),
        (_("Actions running"), "status=action_planned,in_progress,done&case=true"),
        (_("Ended"), "running=false&case=true"),
    )
    empty_title = _("No deviations here")
    empty_text = _("KAM looks every night and after every import of sales; what is far below its plan stands here.")
    columns = (
        Column("node", _("Node"), value="node", link=True, second="get_kind_display"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("measure", _("Measure"), value="get_measure_display", sort="measure", second="unit_words"),
        Column("planned", _("Target to date"), kind="number"),
        Column("actual", _("Actual to date"), kind="number"),
        Column("gap", _("Difference"), kind="difference", sort="gap", tone=lambda row: "neg" if row.gap < 0 else ""),
        Column("percent", "%", value="percent", kind="difference", decimals=1),
        Column("state", _("Now"), value=lambda row: badge_for(row, "state"), kind="status"),
        Column("responsible", _("Responsible"), value="responsible", sort=("responsible__last_name", "responsible__first_name")),
        Column("found_at", _("Found"), kind="moment", sort="found_at"),
        Column("explained_by", _("Explained by"), value=lambda row: row.explained_by and row.explained_by.node, default=False),
        Column("causes", _("Causes"), value=causes_in_words, default=False),
        Column("actions", _("Corrective actions"), value=actions_in_words, default=False),
        Column("expected_effect", _("Expected effect"), kind="money", total=Sum("expected_effect"), default=False),
        Column("measured_effect", _("Measured effect"), kind="money", total=Sum("measured_effect"), default=False),
        Column("year", _("Year"), value="year", sort="first_month", default=False),
    )

    def rows(self) -> Any:
        """With what the shown columns tell of each; the case behind one only as far as the reader sees it."""
        behind = Deviation.objects.visible_to(self.reader).for_list()
        told = {"explained_by": Prefetch("explained_by", behind), "causes": "causes", "actions": "actions__owner"}
        names = [column.name for column in self.shown_columns]
        return super().rows().prefetch_related(*(lookup for name, lookup in told.items() if name in names))


class DeviationPage(RecordPage):
    """A deviation: figures, bridge, causes, actions, effect."""

    model = Deviation
    template_name = "budgets/deviation_page.html"
    list_url = "budgets:deviation_list"
    buttons = (
        VerbButton("budgets.analyse_deviation", "budgets:deviation_analyse", "play", primary=True),
        VerbButton("budgets.explain_deviation", "budgets:deviation_explain", "pencil", page=True),
        VerbButton("budgets.plan_deviation", "budgets:deviation_plan", "check", primary=True),
        VerbButton("budgets.start_deviation", "budgets:deviation_start", "play", primary=True),
        VerbButton("budgets.finish_deviation", "budgets:deviation_finish", "check", primary=True),
        VerbButton("budgets.judge_deviation", "budgets:deviation_judge", "gauge", primary=True),
        VerbButton("budgets.close_deviation", "budgets:deviation_close", "archive", primary=True),
        VerbButton("budgets.accept_deviation", "budgets:deviation_accept", "ban", page=True),
        VerbButton("budgets.revise_deviation", "budgets:deviation_revise", "table", page=True),
    )

    def badges(self) -> list[Badge]:
        return [*super().badges(), badge_for(self.record, "state")]

    def meta(self) -> list[Any]:
        one = self.record
        return [one.get_kind_display(), one.get_measure_display(), one.year, one.responsible or _("Sales manager")]

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Found"), formats.moment(one.found_at)),
            Fact(_("When found"), _("%(actual)s of %(planned)s") % {
                "actual": formats.number(one.found_actual), "planned": formats.number(one.found_planned),
            }),
            Fact(_("Comment"), one.comment),
            Fact(_("Decision"), one.decision),
        ]  # fmt: skip

    def steps(self) -> list[Any]:
        """One that points to another has no steps of its own."""
        return [] if self.record.explained_by_id else super().steps()

    def chart(self, bridge: Bridge) -> ChartData:
        """From the plan to the actuals; the totals lead to the rows behind them."""
        return ChartData(
            "bridge",
            _("Why: from the target to the actuals"),
            [_("Target"), *EFFECTS.values(), _("Actual")],
            [
                Series(
                    _("Effect"),
                    [bridge.planned, *(getattr(bridge, name) for name in EFFECTS), bridge.actual],
                    kind="bridge",
                    addresses=[self.targets_behind(), *[self.lines_behind()] * len(EFFECTS), self.lines_behind()],
                )
            ],
            unit=settings.BASE_CURRENCY,
            note=_(
                "Price at actual quantity; volume at the plan's average price of what is in both; mix within a family of one unit;"
                " new and ceased without a price effect."
            ),
        )

    def lines_behind(self) -> str:
        """The sales lines of the node in the months that are over, as far as the reader sees them."""
        one = self.record
        last = month_after(one.first_month, one.months) - timedelta(days=1)
        query = {
            "date_after": one.first_month.isoformat(),
            "date_before": last.isoformat(),
            "is_intercompany": "false",
            "kind": "goods",
        }
        query[self._field(LINES)] = one.key
        if one.kind == NodeKind.PLANT:
            query["selling_location"] = one.location_id
        return f"/sales/lines/?{urlencode(query)}"

    def targets_behind(self) -> str:
        """The targets of the node."""
        query = {"in_force": "true", self._field(TARGETS): self.record.key}
        if self.record.person_id and self.record.kind not in {NodeKind.PERSON, NodeKind.PLANT}:
            query["person"] = self.record.person_id
        return f"/budgets/targets/?{urlencode(query)}"

    def _field(self, names: dict[str, str]) -> str:
        kind = self.record.kind
        return str(self.record.market.dimension) if kind == NodeKind.MARKET and names is LINES else names.get(kind, kind)

    def context(self) -> dict[str, Any]:
        context = super().context()
        if context["tab"]:
            return context
        one = self.record
        standing = months_of_node(one)
        seen = CorrectiveAction.objects.visible_to(self.reader).filter(deviation=one).for_list().order_by("due_on", "pk")
        explains = Deviation.objects.visible_to(self.reader).filter(explained_by=one).for_list().order_by("gap", "pk")
        behind = Deviation.objects.visible_to(self.reader).filter(pk=one.explained_by_id or 0).for_list().first()
        bridge = bridge_of(one)
        realised = bridge.realisation.percent
        price = Fact(
            _("Price realisation"),
            _("n/a") if realised is None else formats.percent(realised, 2),
            note=_("K-S8: net prices over target prices, at the quantities sold"),
        )
        return context | {
            "facts": [*context["facts"], price],
            "chart": self.chart(bridge),
            "currency": settings.BASE_CURRENCY,
            "causes": one.causes.all(),
            "explained_share": one.share_of(one.explained),
            "actions": seen,
            "effect": effect_of(one, standing),
            "explains": explains,
            "behind": behind,
            "months": list(zip(months_of(one.first_month), standing.plan, [*standing.actual, *[None] * 12], strict=False)),
            "may_act": not one.explained_by_id and not one.ended and self.may("budgets.add_action"),
        }


class _Step(VerbView):
    model = Deviation


class DeviationAnalyse(_Step):
    """Take a deviation up."""

    verb = "budgets.analyse_deviation"


class DeviationExplain(_Step):
    """Type the causes."""

    verb = "budgets.explain_deviation"
    form_class = CausesForm
    template_name = "budgets/deviation_causes.html"

    def initial(self) -> dict[str, Any]:
        found: dict[str, Any] = {"comment": self.record.comment}
        for cause in self.record.causes.all():
            found |= {f"amount_{cause.code}": cause.amount, f"note_{cause.code}": cause.comment}
        return found

    def context(self) -> dict[str, Any]:
        bridge = bridge_of(self.record)
        effects = [(label, getattr(bridge, name)) for name, label in EFFECTS.items()]
        return super().context() | {"effects": effects, "currency": settings.BASE_CURRENCY}


class DeviationPlan(_Step):
    """The plan stands."""

    verb = "budgets.plan_deviation"


class DeviationStart(_Step):
    """Its actions begin."""

    verb = "budgets.start_deviation"


class DeviationFinish(_Step):
    """Its actions are done."""

    verb = "budgets.finish_deviation"


class DeviationJudge(_Step):
    """Measure what the actions brought."""

    verb = "budgets.judge_deviation"


class DeviationClose(_Step):
    """Put a case away."""

    verb = "budgets.close_deviation"


class DeviationAccept(_Step):
    """Live with it."""

    verb = "budgets.accept_deviation"
    reason_required = True


class DeviationRevise(_Step):
    """The budget has to change."""

    verb = "budgets.revise_deviation"
    reason_required = True
