"""What a whole order is compared with and checked against: read in a number of queries that its lines do not change (domain 4.4, 5.5)."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.models import PaymentTerm
from catalog.models import CustomerItem, DocumentRequirement, ProductRevision, ProductUnit
from catalog.reports import MissingDocument, missing_for_order_lines
from kam.core import clock
from kam.core.calendars import PlainWeek
from kam.core.money import convert
from kam.core.parameters import define, parameter
from kam.core.workflow import Denied
from orders.models import Order, OrderLine, SalesTotal
from orders.models.order_subjects import DEVELOPING
from orders.pricing import Priced, Question, price_all

#: How many orders of an article make its usual quantity.
USUAL = 6
#: What never became an order of the customer's.
NOT_ORDERED = ("received", "cancelled", "rejected")
CAPITAL = "orders.cost_of_capital"


class Before(NamedTuple):
    """A line that was ordered before."""

    quantity: Decimal
    unit: str
    price: Decimal | None
    discount: Decimal
    price_unit: int
    currency: str
    order: str


BEFORE = ("quantity", "unit", "price", "discount", "price_unit", "order__currency", "order__number")


class OrderFacts:
    """An order with its lines, and everything that they are measured by; each part is read when it is first asked for."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.plant = order.destination
        self.customer = order.customer
        self.day: date = order.customer_date or clock.today()

    @cached_property
    def lines(self) -> list[OrderLine]:
        """The lines that are not cancelled, with their articles and what they refer to."""
        rows = self.order.lines.live().order_by("position", "pk")
        return list(
            rows.select_related("product__family", "offer_line__offer", "agreement_line__agreement").prefetch_related("schedule")
        )

    @cached_property
    def product_ids(self) -> list[int]:
        """The articles that are ordered."""
        return sorted({line.product_id for line in self.lines if line.product_id})

    @cached_property
    def items(self) -> dict[int, CustomerItem]:
        """The customer's part numbers by article; that of the plant before the one for all plants."""
        rows = CustomerItem.objects.filter(Q(plant=None) | Q(plant=self.order.plant), customer=self.customer)
        found = (
            rows.filter(product__in=self.product_ids).select_related("agreed_revision").order_by(F("plant").asc(nulls_first=True))
        )
        return {row.product_id: row for row in found}

    @cached_property
    def revisions(self) -> dict[int, list[ProductRevision]]:
        """The released revisions of each article, in the order of their days."""
        found = defaultdict(list)
        rows = ProductRevision.objects.filter(product__in=self.product_ids, period__isnull=False).order_by("period")
        for row in rows:
            found[row.product_id].append(row)
        return dict(found)

    def revision_on(self, product_id: int | None, day: date) -> ProductRevision | None:
        """The revision of an article that holds on a day."""
        for row in self.revisions.get(product_id or 0, []):
            if (row.effective_from is None or row.effective_from <= day) and (
                row.effective_until is None or day <= row.effective_until
            ):
                return row
        return None

    @cached_property
    def units(self) -> dict[tuple[int, str], Decimal]:
        """How many base units the other units of an article are."""
        rows = ProductUnit.objects.filter(product__in=self.product_ids).values_list("product_id", "unit", "factor")
        return {(product, unit): factor for product, unit, factor in rows}

    def in_base_unit(self, line: OrderLine) -> Decimal | None:
        """The quantity of a line in the base unit of its article; None where it has no such unit."""
        if line.product is None:
            return None
        if line.unit == line.product.base_unit:
            return line.quantity
        factor = self.units.get((line.product.pk, line.unit))
        return None if factor is None else line.quantity * factor

    @cached_property
    def priced(self) -> dict[int, Priced]:
        """What the price engine says to each line with an article, by the key of the line."""
        return {key: answer for (key, day), answer in self._answers.items() if day is None}

    @cached_property
    def priced_later(self) -> dict[int, dict[date, Priced]]:
        """What the price engine says to the firm instalments after the first one of each line, by their days in order."""
        found: dict[int, dict[date, Priced]] = defaultdict(dict)
        for (key, day), answer in self._answers.items():
            if day is not None:
                found[key][day] = answer
        return found

    @cached_property
    def _answers(self) -> dict[tuple[int, date | None], Priced]:
        """Whole lines (without a day) and their later instalments, asked about together."""
        asked: dict[tuple[int, date | None], Question] = {}
        for line in self.lines:
            quantity = self.in_base_unit(line)
            if line.product is None or quantity is None:
                continue
            head = (self.order.plant, line.product, quantity, self.day, self.order.selling_location, self.order.currency)
            asked[line.pk, None] = Question(*head, requested=line.requested_on, delivery=line.first_delivery)
            for day in sorted(one.date for one in line.schedule.all() if one.firm)[1:]:
                asked[line.pk, day] = Question(*head, requested=day, delivery=day)
        return dict(zip(asked, price_all(list(asked.values())), strict=True))

    def _before(self) -> QuerySet[Any]:
        """The lines that this plant ordered before."""
        rows = OrderLine.objects.filter(order__plant=self.order.plant, product__in=self.product_ids)
        rows = rows.exclude(order=self.order).exclude(order__number="").exclude(order__status__in=NOT_ORDERED)
        return rows.live()

    @cached_property
    def usual(self) -> dict[int, list[Before]]:
        """The last lines of each article that this plant ordered, the latest first."""
        latest = Window(RowNumber(), partition_by=F("product"), order_by=[F("order__received_at").desc(), F("pk").desc()])
        rows = self._before().annotate(place=latest).filter(place__lte=USUAL).order_by("product_id", "place")
        found = defaultdict(list)
        for product, *told in rows.values_list("product_id", *BEFORE):
            found[product].append(Before(*told))
        return dict(found)

    @cached_property
    def supplied(self) -> frozenset[int]:
        """The articles that this plant has had from us, as far as orders and the sales ledger know."""
        sold = SalesTotal.objects.filter(plant=self.order.plant, product__in=self.product_ids).values_list(
            "product_id", flat=True
        )
        return frozenset(self.usual) | frozenset(key for key in sold.distinct() if key is not None)

    @cached_property
    def known_customer(self) -> bool:
        """Whether this company has ordered or bought anything from us before."""
        others = Order.objects.filter(customer=self.customer).exclude(pk=self.order.pk).exclude(status__in=NOT_ORDERED)
        return others.exists() or SalesTotal.objects.filter(plant__customer=self.customer).exists()

    @cached_property
    def is_new_address(self) -> bool:
        """Whether goods go for the first time to a place other than the one that orders."""
        order = self.order
        if order.ship_to is None or order.ship_to_id == order.plant_id:
            return False
        others = Order.objects.filter(plant=order.plant, ship_to=order.ship_to).exclude(pk=order.pk)
        return not others.exclude(status__in=NOT_ORDERED).exists()

    @cached_property
    def namesake(self) -> Order | None:
        """Another order of the same company with the same number of theirs in the same year."""
        if not self.order.customer_reference:
            return None
        rows = Order.objects.filter(customer=self.customer, customer_reference__iexact=self.order.customer_reference)
        rows = (
            rows.filter(customer_date__year=self.day.year).exclude(pk=self.order.pk).exclude(status__in=("cancelled", "rejected"))
        )
        return rows.order_by("pk").first()

    @cached_property
    def lacking(self) -> list[MissingDocument]:
        """The required documents of the order, its customer, plant, products and part numbers that cannot be relied on."""
        phases = DocumentRequirement.Process
        process = phases.DEVELOPMENT if self.order.kind in DEVELOPING else phases.SERIES
        products = {line.product.pk: line.product for line in self.lines if line.product}
        return missing_for_order_lines(
            plant=self.order.plant, products=products.values(), customer=self.customer, order=self.order, process=process
        )

    @cached_property
    def terms(self) -> dict[str, PaymentTerm]:
        """Payment terms by their code."""
        return {term.code: term for term in PaymentTerm.objects.all()}

    @cached_property
    def rate(self) -> Decimal | None:
        """What one unit of the order's currency is worth in the group's today; None where nobody recorded it."""
        try:
            return convert(Decimal(1), self.order.currency, settings.BASE_CURRENCY, on=clock.today(), rounded=False).amount
        except Denied:
            return None

    @cached_property
    def scopes(self) -> list[str]:
        """Whose parameters hold: the customer's, else the selling location's."""
        return [f"customer:{self.customer.pk}", f"location:{self.order.selling_location_id}"]

    @cached_property
    def _known(self) -> dict[str, Any]:
        return {}

    def parameter(self, key: str) -> Any:
        """The value of a parameter for this order, asked once."""
        if key not in self._known:
            self._known[key] = parameter(key, self.scopes)
        return self._known[key]

    @cached_property
    def calendar(self) -> Any:
        """The working days of whoever produces."""
        return self.order.producer.calendar or PlainWeek()

    @cached_property
    def _earliest(self) -> dict[int, date]:
        return {}

    def earliest(self, lead_days: int) -> date:
        """The first day on which goods with this lead time leave, counted from the day on which the order came."""
        if lead_days not in self._earliest:
            self._earliest[lead_days] = clock.due(
                self.order.received_at, lead_days, clock.Unit.WORKING_DAYS, self.calendar
            ).at.date()
        return self._earliest[lead_days]

    def leaves_on(self, line: OrderLine) -> date | None:
        """The day on which the goods of a line have to leave: as requested, less the days on the way where arrival is meant."""
        asked: date | None = line.requested_on or self.order.requested_on
        if asked is None:
            return None
        if self.order.requested_type == Order.RequestedType.ARRIVAL:
            asked -= timedelta(days=self.plant.transit_days or 0)
        return asked

    def of_a_year(self, line: OrderLine) -> Decimal:
        """The quantity of a year that a line stands for: as offered, else as ordered."""
        offered = line.offer_line.annual_quantity if line.offer_line else None
        return offered or line.quantity

    def in_base(self, amount: Decimal | None) -> Decimal | None:
        """An amount of the order's currency in the group's, to the cent; None where a rate is missing."""
        if amount is None or self.rate is None:
            return None
        return (amount * self.rate).quantize(Decimal("0.01"))


def of_an_order(key: str, **values: Any) -> str:
    """Define a parameter of the checks of orders; answers its key."""
    return define(f"orders.{key}", **values).key
