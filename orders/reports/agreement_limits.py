"""What of agreed prices somebody else has to approve: of a price agreement, and of the agreements that a price campaign would make (domain 1.8).

An agreement has no quantities by which its prices could be weighed, so each of them stands for itself and the worst one counts, at the
lowest that it ever comes to (scale, long-term reductions, the highest rate of a rebate).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import DecimalField, F, Q, Sum
from django.db.models.functions import Coalesce

from accounts.models import PaymentTerm
from catalog.models import ProductFamily
from kam.core import clock
from kam.core.approvals import Trigger, triggers
from kam.core.money import convert
from kam.core.periods import months_later
from orders.models import AgreementLine, CampaignCustomer, LineKind, PriceAgreement, PriceCampaign, SalesTotal
from orders.models.totals import MONTHS, month_column
from orders.pricing import Sale, margins_of
from orders.reports.corridor import in_unit, list_prices, lowest_of
from orders.reports.floor_prices import Article, below_floor, smallest_step
from orders.reports.limits import (
    DISCOUNT,
    LIMITS,
    MARGIN,
    PAYMENT,
    SALES_MANAGER,
    UNCOSTED,
    VALUE,
    Reason,
    reasons,
    scopes_of,
    strictest,
)

#: So many pieces are costed, so that a price of fractions of a cent has its margin.
PIECES = Decimal(1000)
#: What a price per cent of the list is compared with, where a discount holds for a whole family.
HUNDRED = Decimal(100)
DAYS_OF_A_YEAR = 365


@dataclass(frozen=True)
class Judged:
    """A line with the lowest that it ever comes to and the list price of its product, both per price unit, where they are known."""

    line: AgreementLine
    lowest: Decimal | None
    list_price: Decimal | None

    @property
    def scopes(self) -> tuple[str, ...]:
        """Whose limits hold for it."""
        family = self.line.family if self.line.product is None else self.line.product.family
        assert family is not None
        return tuple(scopes_of(family.line.pk, self.line.location_id))

    @property
    def discount(self) -> Decimal | None:
        """By how many per cent it lies below the list at the lowest."""
        if self.lowest is None or not self.list_price:
            return None
        return (1 - self.lowest / self.list_price) * 100


def triggers_of_agreement(agreement: PriceAgreement) -> list[Trigger]:
    """Everything of an agreement that goes beyond its author's own limits, the highest first."""
    lines = list(agreement.lines.select_related(*SUBJECTS))
    term = PaymentTerm.objects.named(agreement.payment_terms)
    found = _of_prices(_judged(agreement, lines, agreement.period.lower))
    values = {
        VALUE.code: max(turnover_of(agreement, lines), _committed(agreement, lines)),
        PAYMENT.code: None if term is None else Decimal(max(term.days)),
    }
    return strictest([*found, *_of_all(lines, values)])


def triggers_of_campaign(campaign: PriceCampaign) -> list[Trigger]:
    """Everything of the agreements that a campaign would make, at what it asks, that goes beyond its author's own limits."""
    found: list[Trigger] = []
    priced = AgreementLine.objects.select_related("agreement", *SUBJECTS).order_by("pk")
    for row in campaign.customers.filter(status=CampaignCustomer.Status.PLANNED).order_by("pk"):
        lines = list(priced.filter(campaign_lines__row=row))
        judged: list[Judged] = []
        for agreement in {line.agreement_id: line.agreement for line in lines}.values():
            own = [line for line in lines if line.agreement_id == agreement.pk]
            judged += _judged(agreement, own, row.effective_on, row.asked)
        found += _of_prices(judged)
        found += _of_all(lines, {VALUE.code: turnover_of(row, lines)})
    return strictest(found)


#: What a line's limits are looked up by.
SUBJECTS = ("product__family__parent", "product__producing_location", "family__parent")


def _judged(agreement: PriceAgreement, lines: Sequence[AgreementLine], day: date, change: Decimal = Decimal(0)) -> list[Judged]:
    """The lines of an agreement beside the list of a day, their prices so many per cent higher."""
    listed = list_prices(agreement, [line.product_id for line in lines if line.product_id], day)
    found = []
    for line in lines:
        list_price = HUNDRED if line.product_id is None else in_unit(listed.get(line.product_id), line)
        if line.discount is None:
            price, steps = line.raised(change) if change else (line.price, line.steps)
            prices = [*(one for _quantity, one in steps), *([price] if price is not None else [])]
        else:
            left = 100 - (line.discounted(change) if change else line.discount)  # type: ignore[operator]
            prices = [] if list_price is None else [list_price * left / 100]
        lowest = lowest_of(line, agreement, min(prices)) if prices else None
        found.append(Judged(line, lowest, list_price if line.product_id or line.discount is not None else None))
    return found


def _of_prices(judged: Sequence[Judged]) -> list[Trigger]:
    """What single prices trigger: margin, discount, floor price; and a cost that nobody knows."""
    costed = [one for one in judged if one.line.product is not None and one.lowest is not None]
    today = clock.today()
    margins = margins_of(
        [
            Sale(one.line.product, PIECES, today, one.line.location, one.line.currency, PIECES * one.lowest / one.line.price_unit)  # type: ignore[arg-type, operator]
            for one in costed
        ]
    )
    found, articles = [], []
    figures: dict[tuple[str, ...], list[tuple[str, Decimal, str]]] = defaultdict(list)
    costs = dict(zip(map(id, costed), margins, strict=True))
    for one in judged:
        cost, subject, scopes = costs.get(id(one)), one.line.subject.code, one.scopes
        variable = None if cost is None or cost.variable is None else cost.variable / PIECES
        if cost is not None and variable is None:
            found.append(Trigger(UNCOSTED, SALES_MANAGER, None, subject))
        if cost is not None and cost.contribution_rate is not None:
            figures[scopes].append((MARGIN.code, -cost.contribution_rate, subject))
        if one.discount is not None:
            figures[scopes].append((DISCOUNT.code, one.discount, subject))
        if one.lowest is not None:
            step = smallest_step([*one.line.step_prices, *([one.line.price] if one.line.price is not None else [])])
            articles.append(Article(subject, scopes, one.lowest, one.line.price_unit, one.list_price, variable, step))
    for scopes, known in figures.items():
        for code in {code for code, _value, _subject in known}:
            _code, worst, subject = max(one for one in known if one[0] == code)
            found += triggers(LIMITS, {code: -worst if code == MARGIN.code else worst}, scopes, subject)
    return found + below_floor(articles)


def _of_all(lines: Iterable[AgreementLine], values: dict[str, Decimal | None]) -> list[Trigger]:
    """What prices trigger together, within the limits of each of their product lines."""
    chains = {Judged(line, None, None).scopes for line in lines}
    return [one for scopes in sorted(chains) for one in triggers(LIMITS, values, scopes)]


def turnover_of(holder: PriceAgreement | CampaignCustomer, lines: Sequence[AgreementLine]) -> Decimal:
    """What was invoiced of these products to whom the prices are agreed with, in the last twelve whole months, in the group's currency."""
    until = clock.today().replace(day=1)
    first = months_later(until, -len(MONTHS))
    products = [line.product_id for line in lines if line.product_id]
    families = ProductFamily.objects.with_descendants([line.family_id for line in lines if line.family_id])
    if holder.plant_id:
        to = Q(plant=holder.plant_id)
    else:
        to = Q(plant__customer=holder.customer_id) if holder.customer_id else Q(plant__customer__group=holder.group_id)
    totals = SalesTotal.objects.filter(
        to,
        Q(product__in=products) | Q(product__family__in=families),
        kind=LineKind.GOODS,
        is_intercompany=False,
        currency__in={line.currency for line in lines},
    )
    if holder.location_id:
        totals = totals.filter(selling_location=holder.location_id)
    sums: dict[str, Any] = {}
    for year in range(first.year, until.year + 1):
        months = [month for month in MONTHS if first <= date(year, month, 1) < until]
        if months:
            revenue = [Coalesce(F(month_column("revenue", month)), Decimal(0), output_field=DecimalField()) for month in months]
            sums[f"of_{year}"] = Sum(sum(revenue[1:], revenue[0]), filter=Q(year=year))
    return sum((one for one in totals.aggregate(**sums).values() if one is not None), Decimal(0))


def _committed(agreement: PriceAgreement, lines: Iterable[AgreementLine]) -> Decimal:
    """What the committed quantities are worth a year at their highest price, in the group's currency."""
    worth = Decimal(0)
    for line in lines:
        prices = [*line.step_prices, *([line.price] if line.price is not None else [])]
        if line.committed_quantity is not None and prices:
            worth += line.committed_quantity * max(prices) / line.price_unit
    if not worth:
        return worth
    begins, ends = agreement.period.lower, agreement.period.upper
    years = Decimal(1) if ends is None else max(Decimal(1), Decimal((ends - begins).days) / DAYS_OF_A_YEAR)
    amount: Decimal = convert(worth / years, agreement.currency, settings.BASE_CURRENCY, on=clock.today()).amount
    return amount


def reasons_of_agreement(agreement: Any, reader: Any) -> list[Reason]:
    """What of an agreement has to be approved, or was, as a reader may see it: margins, floors and what was sold only who reads its costs."""
    known = getattr(agreement, "reads_cost", None)
    if known is None:
        known = PriceAgreement.objects.costs_visible_to(reader).filter(pk=agreement.pk).exists()
    return reasons(agreement.triggers, with_costs=known, with_ledger=known)


def reasons_of_campaign(campaign: Any, reader: Any) -> list[Reason]:
    """The same of a campaign; figures are told to who reads every customer in it, as the worst one may be anybody's."""
    if not hasattr(campaign, "reads_all"):
        campaign = PriceCampaign.objects.with_figure_rights(reader).get(pk=campaign.pk)
    known = campaign.reads_cost
    return reasons(campaign.triggers, with_costs=known, with_ledger=known, with_figures=campaign.reads_all)
