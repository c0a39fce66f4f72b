"""Which lines of the ledger were not invoiced at the price agreed for their day, and what that is worth by customer and month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, F, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from catalog.models import Programme
from kam.core.parameters import define, parameter_by_scope
from orders.models import LineKind, PriceFinding, SalesLine
from orders.pricing import Priced, Question, price_all

TOLERANCE = define(
    "orders.wrong_price_tolerance",
    default=Decimal(0),
    unit="%",
    label=_("Difference from the agreed price up to which an invoice counts as right"),
)
CENT, PRICE = Decimal("0.01"), Decimal("0.00001")


@dataclass(frozen=True)
class Judged:
    """A line that was invoiced wrongly, and the answer of the price engine for its day."""

    line: SalesLine
    answer: Priced

    @property
    def values(self) -> dict[str, Any]:
        """What a finding says of it."""
        line, answer = self.line, self.answer
        assert answer.winner is not None and answer.winner.line is not None and answer.goods is not None
        price = line.net / line.quantity * answer.price_unit
        return {
            "line": line,
            "date": line.date,
            "plant": line.plant,
            "selling_location": line.selling_location,
            "product": line.product,
            "quantity": line.quantity,
            "unit": line.unit,
            "currency": line.currency,
            "rate": line.rate,
            "price_unit": answer.price_unit,
            "charged_price": price.quantize(PRICE, ROUND_HALF_UP),
            "agreed_price": answer.price,
            "charged": line.net,
            "agreed": answer.goods if line.quantity > 0 else -answer.goods,
            "agreement_id": answer.winner.line.agreement_id,
        }


def wrong_lines(lines: Sequence[SalesLine]) -> dict[int, Judged]:
    """Those of these lines that were invoiced at another price than the agreed one, by their keys; in a fixed number of queries.

    The day is the one of the document, as the ledger has no other. A line names no programme: one that was invoiced at the price
    of a programme of its customer is right. So is one that has the metal surcharge within its price. List prices are no
    agreement: what follows them alone is not judged.
    """
    asked = [line for line in lines if _comparable(line)]
    scopes = {f"location:{line.selling_location_id}" for line in asked}
    tolerances = parameter_by_scope(TOLERANCE.key, sorted(scopes)) if scopes else {}
    found = [one for one in map(Judged, asked, price_all([_question(line) for line in asked])) if _differs(one, tolerances)]
    pairs = [
        (one, lost.line.programme_id) for one in found for lost in one.answer.losers if lost.line and lost.verdict == "programme"
    ]
    programmes = Programme.objects.in_bulk({key for _one, key in pairs if key}) if pairs else {}
    questions = [_question(one.line, programmes[key]) for one, key in pairs if key]
    answers = price_all(questions) if questions else []
    right = {
        one.line.pk
        for (one, _key), answer in zip(pairs, answers, strict=True)
        if not _differs(Judged(one.line, answer), tolerances)
    }
    return {one.line.pk: one for one in found if one.line.pk not in right}


def _comparable(line: SalesLine) -> bool:
    """Whether the line says a price of the product's own unit; of another unit the engine knows no price."""
    return (
        line.kind == LineKind.GOODS
        and not line.is_intercompany
        and line.quantity != 0
        and line.product is not None
        and line.unit == line.product.base_unit
    )


def _question(line: SalesLine, programme: Programme | None = None) -> Question:
    assert line.product is not None
    return Question(
        plant=line.plant,
        product=line.product,
        quantity=abs(line.quantity),
        day=line.date,
        location=line.selling_location,
        currency=line.currency,
        programme=programme,
    )


def _differs(one: Judged, tolerances: dict[str, Decimal]) -> bool:
    """Whether a line lies beside its agreed price by more than the tolerance, the last decimal of the price and a cent (domain 1.10)."""
    line, answer = one.line, one.answer
    agreed = answer.winner.line if answer.winner else None
    if agreed is None or answer.goods is None:
        return False
    charged = line.net if line.quantity > 0 else -line.net
    share = tolerances[f"location:{line.selling_location_id}"] / 100
    rounding = Decimal(1).scaleb(-agreed.decimals) * abs(line.quantity) / answer.price_unit
    return all(
        abs(charged - amount) > max(amount * share, rounding, CENT) for amount in {answer.goods, answer.goods + answer.surcharge}
    )


@dataclass(frozen=True)
class Sums:
    """What is to be recovered and to be credited, in the currency of the group, of a customer or a month."""

    key: Any
    label: str
    count: int
    to_recover: Decimal
    to_credit: Decimal


SUMS = {"count": Count("pk"), "recover": Sum("base_to_recover"), "credit": Sum("base_to_credit")}


def by_customer(rows: Any) -> list[Sums]:
    """The findings by the company to which the plant belongs today, the largest sum first."""
    found = list(rows.order_by().values(key=F("plant__customer")).annotate(**SUMS))
    names = {row.pk: row.name for row in Customer.objects.filter(pk__in=[one["key"] for one in found])}
    made = [_sums(one, names[one["key"]]) for one in found]
    return sorted(made, key=lambda one: (-(one.to_recover + one.to_credit), one.label))


def by_month(rows: Any) -> list[Sums]:
    """The findings by the month of their documents, the first one first; its key is the first day."""
    found = rows.order_by().annotate(key=TruncMonth("date")).values("key").annotate(**SUMS).order_by("key")
    return [_sums(one, "") for one in found]


def _sums(one: dict[str, Any], label: str) -> Sums:
    return Sums(one["key"], label, one["count"], one["recover"] or Decimal(0), one["credit"] or Decimal(0))


def together(parts: Iterable[Sums]) -> Sums:
    """The sum of these."""
    parts = list(parts)
    return Sums(
        None,
        str(_("Total")),
        sum(one.count for one in parts),
        sum((one.to_recover for one in parts), Decimal(0)),
        sum((one.to_credit for one in parts), Decimal(0)),
    )


def of_letter(finding: PriceFinding, reader: Any) -> Any:
    """What stands in a letter about a finding: everything unsettled of the same customer, location and currency that its reader sees."""
    rows = PriceFinding.objects.all() if reader is None else PriceFinding.objects.visible_to(reader)
    return rows.unsettled().filter(
        plant__customer=finding.plant.customer_id, selling_location=finding.selling_location_id, currency=finding.currency
    )


def told_of(row: PriceFinding) -> dict[str, Any]:
    """What a letter says of a wrong price, as plain data: numbers as they are, to be written in the language of the letter."""
    return {
        "line": str(row),
        "date": row.date.isoformat(),
        "product": row.product.code,
        "name": row.product.name,
        "agreement": row.agreement.number,
        "quantity": str(row.quantity),
        "unit": row.unit,
        "price_unit": row.price_unit,
        "agreed_price": str(row.agreed_price),
        "charged_price": str(row.charged_price),
        "difference": str(row.charged - row.agreed),
    }
