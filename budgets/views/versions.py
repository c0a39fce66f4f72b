"""Two versions of a budget beside each other: which lines came, went and changed, by value, quantity and month; also as a sheet."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from budgets.models import Budget, BudgetRound, months_of
from budgets.reports.changes import changes_between, versions_of
from kam.core.jobs import start_job
from kam.core.views import RecordPage
from kam.core.views.base import Signed

#: So many rows stand on the page, those that differ most first; the sheet has all of them.
SHOWN = 200
ESTIMATE = BudgetRound.Kind.ESTIMATE
MEASURES = (("revenue", _("Revenue")), ("quantity", _("Quantity")))


def version_name(one: Budget) -> str:
    """A version as its reader finds it among the others."""
    return f"{one.round.year} {one.round.name} · {one.get_status_display()}"


class Versions:
    """Which two versions are asked for: A and B of the same person and location, as far as they are the reader's."""

    def __init__(self, record: Budget, asked: Any, reader: Any) -> None:
        self.all = versions_of(record, reader)
        by_key = {str(one.pk): one for one in self.all}
        self.now = by_key.get(asked.get("now", ""), record)
        others = [one for one in self.all if one.pk != self.now.pk]
        earlier = [one for one in others if one.round.created_at <= self.now.round.created_at]
        # A plan is compared with the plan before it, an estimate with the estimate before.
        alike = [one for one in earlier if (one.round.kind == ESTIMATE) == (self.now.round.kind == ESTIMATE)]
        self.before = by_key.get(asked.get("before", "")) or next(iter(alike or earlier or others), None)


class VersionsPage(RecordPage):
    """Compare any two versions of a budget."""

    model = Budget
    template_name = "budgets/versions_page.html"
    list_url = "budgets:budget_list"
    title = _("Compare versions")

    def crumbs(self) -> list[tuple[Any, str]]:
        return [*super().crumbs(), (str(self.record), self.record.get_absolute_url())]

    @cached_property
    def versions(self) -> Versions:
        """The two that are compared, and those that may be."""
        return Versions(self.record, self.request.GET, self.reader)

    def context(self) -> dict[str, Any]:
        two = self.versions
        measure = "quantity" if self.request.GET.get("measure") == "quantity" else "revenue"
        changes = changes_between(two.before, two.now) if two.before else []
        same_money = two.before is not None and two.before.round.currency == two.now.round.currency
        return super().context() | {
            "before": two.before,
            "now": two.now,
            "choices": [(one, version_name(one)) for one in two.all],
            "measure": measure,
            "measures": MEASURES,
            "difference": two.now.revenue - two.before.revenue if two.before and same_money else None,
            "months": months_of(two.now.round.first_month),
            "changes": [(row, row.differences(measure)) for row in changes[:SHOWN]],
            "more": max(len(changes) - SHOWN, 0),
        }


class VersionsSheet(Signed):
    """Have the comparison written as a sheet."""

    model = Budget
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Start it, and show its progress."""
        two = Versions(self.record_or_404(), request.POST, self.reader)
        params = {
            "before": two.before.pk if two.before else None,
            "now": two.now.pk,
            "title": f"{_('Compare versions')} {two.now}",
        }
        return HttpResponseRedirect(start_job("budgets.compare_versions", actor=self.reader, params=params).get_absolute_url())
