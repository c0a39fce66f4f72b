"""Prices for a reader: what holds for a plant, product, quantity and day, with every reason and step in the reader's words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.db.models import FilteredRelation, Q, Value
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location, Plant, access_of
from catalog.models.scopes import PRICE_READERS, reads_costs, reads_prices, reads_some_costs
from kam.core import clock, formats
from kam.core.money import minor_unit
from kam.core.workflow import Denied
from orders.models import PriceAgreement
from orders.pricing import Candidate, Costed, Priced, Question, Step, price_all

#: Each step of a computation, what stands in the way of a price, and what is worth knowing beside it.
STEPS: dict[str, Any] = {
    "by_requested": _("The agreement goes by the requested date: %(day)s"),
    "by_delivery": _("The agreement goes by the date of delivery: %(day)s"),
    "by_requested_unknown": _("The agreement goes by the requested date, which is not known here: %(day)s counts"),
    "by_delivery_unknown": _("The agreement goes by the date of delivery, which is not known here: %(day)s counts"),
    "goes_on": _(
        "The agreement ended on %(day)s and goes on for what was ordered before: the one that follows it goes by an earlier day"
    ),
    "agreed": _("Agreed price: %(price)s"),
    "listed": _("List price: %(price)s per %(price_unit)s"),
    "discount": _("Discount of %(rate)s on the list: %(after)s"),
    "scale_from": _("Scale, from %(step)s: %(price)s for all %(quantity)s"),
    "scale_to": _("Scale, up to %(step)s: %(price)s for all %(quantity)s"),
    "tranche": _("Graduated scale: %(quantity)s at %(price)s"),
    "reduction": _("Long-term reduction of %(rates)s on %(before)s, of which %(unreduced)s is not reduced: %(after)s"),
    "index": _(
        "%(index)s at %(value)s against %(reference)s (%(change)s), on %(share)s of the price: %(before)s becomes %(after)s"
    ),
    "index_kept": _("%(index)s at %(value)s against %(reference)s (%(change)s): the price stays, threshold %(threshold)s"),
    "index_last": _("%(index)s has no value for %(month)s: the last one known, of %(day)s, is %(value)s"),
    "index_fallback": _("%(index)s has no value for %(month)s: %(fallback)s stands in, %(value)s and %(addition)s more"),
    "index_converted": _("%(index)s: %(value)s at a rate of %(exchange)s = %(after)s"),
    "surcharge": _(
        "Metal surcharge %(index)s: %(weight)s kg × (%(value)s less %(reference)s) = %(per_price_unit)s per %(price_unit)s, "
        "for %(quantity)s = %(amount)s"
    ),
    "goods": _("Goods: %(quantity)s × %(price)s per %(price_unit)s = %(amount)s"),
    "tooling": _("Tooling: %(cost)s over %(over)s, %(delivered)s of them delivered: %(quantity)s × %(per_unit)s = %(amount)s"),
    "net": _("Net: %(amount)s"),
    "no_price": _(
        "No price in %(currency)s holds for this plant, product, quantity and day. Ask who leads the account for an agreement, "
        "or the sales manager for a list price."
    ),
    "no_index_value": _(
        "%(index)s has no value for %(month)s, and the agreement allows no other. Ask finance or the sales manager to record it."
    ),
    "no_rate": _("There is no exchange rate from %(source)s to %(target)s on %(day)s. Ask finance to record it."),
    "no_weight": _("%(product)s has no gross weight, by which its metal surcharge goes. Ask the technical office to record it."),
    "below_minimum": _("The minimum order quantity is %(minimum)s."),
    "cheaper": _("%(quantity)s cost less: %(amount)s."),
    "below_lowest": _("The price lies below %(lowest)s, the lowest at which the contribution margin reaches its target."),
    "no_producing_location": _(
        "%(product)s has no producing location, and so no cost. Ask the technical office to record where it is made."
    ),
    "no_cost": _(
        "%(product)s has no cost at %(location)s on %(day)s. Ask finance of that location to publish one, before anything is offered."
    ),
    "cost_too_old": _(
        "The cost of %(product)s at %(location)s is of %(first_day)s, older than %(months)s months. Ask finance of that location to "
        "publish a new one, before anything is offered."
    ),
}
#: Why a price did not hold.
LOST: dict[str, Any] = {
    "less_specific": _("Another price is more specific."),
    "replaced": _("A later one holds on the date by which that one goes."),
    "later": _("It begins on %(first_day)s."),
    "over": _("It ended on %(last_day)s."),
    "currency": _("It is in %(currency)s."),
    "location": _("It holds at %(location)s only."),
    "programme": _("It holds for the programme %(programme)s only."),
    "quantity": _("Its scale has no price for %(quantity)s."),
    "no_list_price": _("It is a discount, and no list price holds."),
}
#: Hints that tell something of the costs.
OF_COSTS = frozenset({"below_lowest"})
AMOUNTS = frozenset({"amount", "cost"})
#: Figures that do not end: shown with so many decimals at most.
LONG = 6
PERCENT = frozenset({"rate", "rates", "share", "change", "threshold", "addition"})


def written(values: dict[str, Any], currency: str) -> dict[str, str]:
    """The figures of a step as the reader writes them."""
    decimals = -int(minor_unit(currency).as_tuple().exponent) if currency else 2
    found = {}
    for name, value in values.items():
        if name in PERCENT:
            found[name] = " + ".join(formats.percent(one, 2) for one in (value if isinstance(value, list) else [value]))
        elif isinstance(value, Decimal):
            found[name] = formats.number(value, decimals) if name in AMOUNTS else formats.number(value, 0, most=LONG)
        elif name == "month":
            found[name] = str(date_format(value, "YEAR_MONTH_FORMAT"))
        elif isinstance(value, date):
            found[name] = formats.day(value)
        else:
            found[name] = str(value)
    return found


def say(step: Step, currency: str) -> str:
    """A step in the reader's words."""
    return str(STEPS[step.code] % written(step.values, currency))


def why_lost(candidate: Candidate) -> str:
    """Why a price did not hold, in the reader's words."""
    return str(LOST[candidate.verdict] % written(candidate.values, ""))


@dataclass(frozen=True)
class Shown:
    """An answer as a reader may see it: prices that lost and are not theirs to see are left out, and so are costs."""

    answer: Priced
    losers: list[Candidate]
    cost: Costed | None = None

    @property
    def steps(self) -> list[str]:
        """Each step in words."""
        return [say(step, self.answer.currency) for step in self.answer.steps]

    @property
    def hints(self) -> list[str]:
        """What is worth knowing beside the price."""
        return [say(step, self.answer.currency) for step in self.hinted]

    @property
    def hinted(self) -> list[Step]:
        """The same as steps; what tells of costs only to who reads them."""
        return [step for step in self.answer.hints if self.cost or step.code not in OF_COSTS]

    @property
    def blocked(self) -> str:
        """Why there is no price; empty where there is one."""
        return say(self.answer.blocked, self.answer.currency) if self.answer.blocked else ""

    @property
    def without_cost(self) -> str:
        """Why there is no valid cost, and who can mend it; empty where there is one, or where costs are not the reader's."""
        return say(self.cost.missing, self.answer.currency) if self.cost and self.cost.missing else ""

    def agreements(self) -> dict[int, PriceAgreement]:
        """The agreements that are named, by key, to say with whom each was agreed."""
        lines = [one.line for one in (*self.losers, *([self.answer.winner] if self.answer.winner else []))]
        return PriceAgreement.objects.for_list().in_bulk({line.agreement_id for line in lines if line})

    @property
    def lost(self) -> list[tuple[Candidate, str]]:
        """The prices that lost, each with its reason in words."""
        return [(one, why_lost(one)) for one in self.losers]


def simulate(questions: Sequence[Question], reader: Any) -> list[Shown]:
    """What a reader may know of the prices of these questions; a question that names no location asks at the one that leads the plant.

    Raises Denied for a plant or location outside the reader's area.
    """
    area = _Area.of(reader, {question.plant.id for question in questions})
    questions = [question if question.location else replace(question, location=area.leading(question)) for question in questions]
    for question in questions:
        area.refuse_outside(question)
    answers = price_all(questions, with_costs=reads_some_costs(reader))
    made_at = {question.product.producing_location_id for question in questions}
    costs_at = {location for location in made_at if reads_costs(reader, location)}
    return [
        Shown(
            answer,
            [one for one in answer.losers if area.shows(answer.question, one)],
            answer.cost if answer.question.product.producing_location_id in costs_at else None,
        )
        for answer in answers
    ]


@dataclass(frozen=True)
class _Area:
    """What a person reads of some plants: where they lead the account, where a location of theirs serves, and which one leads it."""

    location_ids: frozenset[int]
    plants: Mapping[int, tuple[bool, bool, Location | None]]

    @classmethod
    def of(cls, reader: Any, keys: Collection[int]) -> Self:
        """The area of a reader at these plants, in one query."""
        scope = access_of(reader).scope_of(PRICE_READERS)
        leading = Q(services__leads=True, services__period__contains=clock.today())
        rows = Plant.objects.filter(pk__in=keys).annotate(served_first=FilteredRelation("services", condition=leading))
        rows = rows.select_related("served_first__location").annotate(  # type: ignore[misc]
            led=Value(True) if scope.everything else scope.led.plants.mark("pk"),
            served=Value(True) if scope.everything else scope.plants.mark("pk"),
        )
        found: dict[int, tuple[bool, bool, Location | None]] = {}
        for plant in rows:
            first = getattr(plant, "served_first", None)
            found[plant.pk] = (plant.led, plant.served, first.location if first else None)
        return cls(frozenset(scope.location_ids), found)

    def leading(self, question: Question) -> Location | None:
        """Our location that leads a question's plant."""
        return self.plants[question.plant.id][2]

    def refuse_outside(self, question: Question) -> None:
        """Amounts are read of accounts that one leads, and at one's locations of the plants served there (domain 11.3)."""
        led, served, _leading = self.plants[question.plant.id]
        if not served:
            raise Denied("outside_your_area", _("Prices are not for you to see."), field="plant", status=403)
        if not led and (question.location is None or question.location.id not in self.location_ids):
            text = _("Prices of another location are not for you to see. Choose one of yours.")
            raise Denied("outside_your_area", text, field="location", status=403)

    def shows(self, question: Question, lost: Candidate) -> bool:
        """Whether the reader may see a price that lost: the row rule of agreements, asked of one that concerns a plant of theirs."""
        led, _served, _leading = self.plants[question.plant.id]
        line = lost.line
        return led or line is None or line.location_id is None or line.location_id in self.location_ids


def refuse_price_list(customer: Customer, reader: Any) -> None:
    """Raises Denied for whoever reads no prices at all, and for a customer of which they see the card only."""
    if not reads_prices(reader):
        raise Denied("prices_hidden", _("Prices are not for you to see."), status=403)
    if not Customer.objects.detailed_to(reader).filter(pk=customer.pk).exists():
        raise Denied("not_your_customer", _("Prices are not for you to see."), status=403)
