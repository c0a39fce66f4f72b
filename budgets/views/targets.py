"""The targets of published rounds as a list."""

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from budgets.filters import TargetFilter
from budgets.models import Target, reads_plan_costs
from budgets.models.targets import sum_of
from kam.core.tables import Column
from kam.core.views import ListPage


class TargetList(ListPage):
    """What is asked of each person, row by row."""

    model = Target
    title = _("Targets")
    icon = "target"
    breadcrumb = ((_("Budgets"), "/budgets/"),)
    filterset_class = TargetFilter
    default_order = ("pk",)
    tabs = ((_("In force"), "in_force=true"),)
    empty_title = _("No targets yet")
    empty_text = _("Targets are written when an approved budget round is published.")
    columns = (
        Column("person", _("Person"), value="person", link=True, second="selling_location.name"),
        Column("buyer", _("To whom"), value=lambda row: row.plant or row.customer or row.market),
        Column("article", _("What"), value=lambda row: row.product or row.family),
        Column("year_quantity", _("Quantity of the year"), kind="number", second="unit_words", most=3),
        Column(
            "year_revenue", _("Revenue of the year"), kind="money", decimals=2, second="currency", total=Sum(sum_of("revenue"))
        ),
        Column(
            "year_margin",
            _("Margin of the year"),
            kind="money",
            decimals=2,
            value=lambda row: row.year_revenue - row.year_cost if row.reads_cost and row.year_cost is not None else None,
            permission=reads_plan_costs,
            second="currency",
        ),
        Column("round", _("Budget round"), value=lambda row: str(row.round)),
        Column("in_force", _("In force"), kind="yes", value=lambda row: not row.superseded),
    )

    def rows(self) -> QuerySet:
        return super().rows().with_year().with_cost_rights(self.reader)
