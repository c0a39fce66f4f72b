"""How customers move and what they do not buy yet: top and falling, new, lost and dormant ones, concentration, white space."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kam.core import clock, formats
from orders.reports.customers import Rhythm, Young, concentration, falling, movements, white_space, young
from orders.reports.figures import Row, sales_by
from orders.views.asking import last_day_of
from orders.views.screen import SalesPage
from orders.views.shown import Answer

#: How many customers each list shows, and the ages in months that one may choose.
LISTED, AGES, USUAL_AGE = 10, (12, 24, 36, 60), 24


@dataclass(frozen=True)
class Moved:
    """One customer in a list of those that came, went or fell silent."""

    label: str
    address: str
    first: str
    last: str
    interval: Any
    silent: int


class CustomersPage(SalesPage):
    """Top and falling customers, new, lost and dormant ones, how much hangs on the largest, and what is young."""

    title = _("Customers in motion")
    template_name = "orders/customers.html"
    chosen_by = ("year", "first", "last")

    @property
    def age(self) -> int:
        """Up to which age in months products and customers count as young."""
        asked = self.request.GET.get("age", "")
        return next((age for age in AGES if str(age) == asked), USUAL_AGE)

    def day(self) -> date:
        """The day on which customers are new, lost or silent: today, or the end of what is asked for."""
        return min(clock.today(), last_day_of(date(self.asking.year, self.asking.last, 1)))

    def to_customer(self, key: Any) -> str:
        """The sales of one customer."""
        pairs = [pair for pair in self.asking.kept if pair[0] != "customer"]
        chosen = [("by", "product"), ("year", self.asking.year), ("first", self.asking.first), ("last", self.asking.last)]
        return f"{reverse('orders:sales')}?{urlencode([*chosen, *pairs, ('customer', key)])}"

    def moved(self, found: Sequence[Rhythm]) -> list[Moved]:
        """The customers of one list as they are shown."""
        return [
            Moved(
                one.label,
                self.to_customer(one.key),
                formats.day(one.first),
                formats.day(one.last),
                one.interval,
                one.silent,
            )
            for one in found
        ]

    def ranked(self, rows: Sequence[Row]) -> list[tuple[Row, str]]:
        """Rows with where they lead."""
        return [(row, self.to_customer(row.key)) for row in rows]

    def answers(self, rows: Sequence[Row], youth: dict[str, Young]) -> list[Answer]:
        """How much hangs on the largest customers, and how much is young."""
        found = concentration(rows)
        answers = []
        if found is not None:
            largest = gettext("five %(five)s, ten %(ten)s") % {
                "five": formats.percent(found.five),
                "ten": formats.percent(found.ten),
            }
            of_all = gettext("of %(count)s that bought") % {"count": formats.number(found.customers)}
            answers = [
                Answer(_("The largest customer"), formats.percent(found.largest), largest),
                Answer(_("Customers that make 80 %"), formats.number(found.four_fifths), of_all),
            ]
        for by, label in (("product", _("Revenue from young products")), ("customer", _("Revenue from young customers"))):
            amount = gettext("%(amount)s from %(count)s") % {
                "amount": formats.money(youth[by].revenue, settings.BASE_CURRENCY, 0), "count": formats.number(youth[by].count)
            }  # fmt: skip
            answers.append(Answer(label, formats.percent(youth[by].share), amount))
        return answers

    def context(self) -> dict[str, Any]:
        question = self.asking.question
        rows = sales_by("customer", self.asking.compared, self.reader)
        same: dict[str, Any] = {"kinds": question.kinds, "intercompany": question.intercompany, "only": question.only}
        found = movements(self.reader, self.day(), most=LISTED, **same)
        youth = {by: young(by, question, self.reader, months=self.age) for by in ("product", "customer")}
        ages = [(age, gettext("less than %(months)s months") % {"months": age}) for age in AGES]
        return super().context() | {
            "answers": self.answers(rows, youth),
            "rankings": [
                (_("Top customers"), self.ranked([row for row in rows if row.now.revenue > 0][:LISTED])),
                (_("Falling customers"), self.ranked(falling(rows, LISTED))),
            ],
            "moves": [
                (_("New customers"), _("First sale this year"), self.moved(found.new), found.counts["new"]),
                (
                    _("Dormant customers"),
                    _("No sale in twice their usual interval"),
                    self.moved(found.dormant),
                    found.counts["dormant"],
                ),
                (_("Lost customers"), _("No sale for a year"), self.moved(found.lost), found.counts["lost"]),
            ],
            "choosers": [*super().choosers(), ("age", _("Young"), ages, self.age)],
            "years": (question.year, question.year - 1),
        }


@dataclass(frozen=True)
class Field:
    """One field of the white space: what was sold, how much that is beside the others, and where it leads."""

    amount: Decimal | None
    heat: int
    address: str


class WhiteSpacePage(CustomersPage):
    """Customers down, product families across: what is bought, and what is still white."""

    title = _("White space")
    template_name = "orders/white_space.html"

    def context(self) -> dict[str, Any]:
        asking = self.asking
        found = white_space(asking.question, self.reader)
        ranked = sorted(amount for amount in found.revenue.values() if amount > 0)
        first, last = date(asking.year, asking.first, 1), last_day_of(date(asking.year, asking.last, 1))

        def field(customer: Any, family: Any) -> Field:
            amount = found.revenue.get((customer, family))
            if not amount:
                return Field(None, 0, "")
            heat = 1 + 4 * ranked.index(amount) // len(ranked) if amount > 0 else 0
            key = "none" if family is None else family
            return Field(amount, heat, asking.lines(first, last, ("customer", customer), ("own_family", key)))

        families = [row for row in found.families if any((one.key, row.key) in found.revenue for one in found.customers)]
        return SalesPage.context(self) | {
            "families": families,
            "rows": [
                (one, self.to_customer(one.key), [field(one.key, family.key) for family in families]) for one in found.customers
            ],
            "choosers": SalesPage.choosers(self),
        }
