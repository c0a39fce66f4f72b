"""From an area manager's total over the account managers' to the company's, step by step, each leading to its lines."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from orders.reports.figures import Question
from orders.reports.reconciliation import Reconciliation, Step, reconcile
from orders.views.asking import EVERY_KIND, last_day_of
from orders.views.screen import SalesPage


@dataclass(frozen=True)
class Stage:
    """A line of the way: a step with its lines, or one of the three totals."""

    label: Any
    amount: Decimal
    address: str = ""
    total: bool = False


class ReconciliationPage(SalesPage):
    """Why an area manager, the account managers and the company count different amounts, down to nothing left over."""

    title = _("Reconciliation")
    template_name = "orders/reconciliation.html"
    chosen_by = ("year", "first", "last")

    @cached_property
    def locations(self) -> list[Location]:
        """Our locations."""
        return list(Location.objects.visible_to(self.reader).order_by("code"))

    @property
    def location(self) -> Location | None:
        """The location that is asked for, else the first."""
        asked = self.request.GET.get("location", "")
        return next((one for one in self.locations if str(one.pk) == asked), next(iter(self.locations), None))

    def lines(self, question: Question, step: Step | None = None) -> str:
        """The lines of a step."""
        first, last = date(question.year, question.first_month, 1), last_day_of(date(question.year, question.last_month, 1))
        pairs: list[tuple[str, Any]] = [("date_after", first.isoformat()), ("date_before", last.isoformat())]
        if set(question.kinds) != set(EVERY_KIND):
            pairs += [("kind", kind) for kind in question.kinds]
        if question.intercompany is not None:
            pairs.append(("is_intercompany", "true" if question.intercompany else "false"))
        pairs += [(name, "none" if key is None else key) for name, keys in question.only.items() for key in keys]
        if step is not None and step.beside and self.location is not None:
            pairs += [("location_beside", self.location.pk), ("beside", step.beside)]
        return f"{reverse('orders:line_list')}?{urlencode(pairs)}"

    def stages(self, found: Reconciliation) -> list[Stage]:
        """The whole way; a step of nothing is left out."""

        def steps(some: list[Step]) -> list[Stage]:
            return [Stage(one.label, one.amount, self.lines(one.drill, one)) for one in some if one.amount]

        return [
            Stage(_("As the area manager counts"), found.area_manager, total=True),
            *steps(found.to_account_managers),
            Stage(_("As the account managers count"), found.account_managers, total=True),
            *steps(found.to_company),
            Stage(_("As the company counts"), found.company, total=True),
        ]

    def context(self) -> dict[str, Any]:
        asking, location = self.asking, self.location
        options = [(one.pk, str(one)) for one in self.locations]
        context = super().context() | {
            "choosers": [("location", _("Location"), options, location.pk if location else ""), *self.choosers()],
        }
        if location is None:
            return context
        found = reconcile(location, Question(asking.year, asking.first, asking.last), self.reader)
        return context | {"location": location, "stages": self.stages(found), "remainder": found.remainder}
