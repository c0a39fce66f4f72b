"""Computing the price of a line: scale, index, long-term reduction, surcharge, tooling, in this order, each a step (domain 10.4)."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from kam.core.money import round_money
from orders.models import AgreementLine, PriceClause
from orders.pricing.following import Values, shared, surcharged, value_for
from orders.pricing.questions import Clause, Line, Priced, Step, Tranche

Scale = AgreementLine.Scale


def tranches(line: Line, quantity: Decimal) -> list[Tranche]:
    """The parts of a quantity with their prices; empty where the scale has no price for it (AT-30, AT-31)."""
    if line.scale == Scale.NONE:
        return [Tranche(quantity, line.price)] if line.price is not None else []
    if line.scale == Scale.FROM:
        reached = [price for begins, price in line.steps if begins <= quantity]
        return [Tranche(quantity, reached[-1])] if reached else []
    if line.scale == Scale.TO:
        holding = [price for ends, price in line.steps if quantity <= ends]
        return [Tranche(quantity, holding[0])] if holding else []
    return _graduated(line, quantity)


def _graduated(line: Line, quantity: Decimal) -> list[Tranche]:
    parts, before = [], Decimal(0)
    for ends, price in line.steps:
        part = min(quantity, ends) - before
        if part <= 0:
            break
        parts.append(Tranche(part, price))
        before = ends
    return parts if quantity <= before else []


def reduced(line: Line, price: Decimal, day: date) -> Decimal:
    """A price after the long-term reductions of a day, not rounded: P = M + V·Π(1−r), M being what is not reduced (AT-37)."""
    factor = Decimal(1)
    for begins, rate in line.reductions:
        if begins <= day:
            factor *= 1 - rate / 100
    kept = min(line.unreduced or Decimal(0), price)
    return kept + (price - kept) * factor


def rounded(price: Decimal, decimals: int) -> Decimal:
    """A price with so many decimals, halves away from zero."""
    return price.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def compute(
    answer: Priced,
    line: Line,
    parts: list[Tranche],
    *,
    price_unit: int,
    clauses: Sequence[Clause],
    values: Values,
) -> None:
    """Price a question by a line that won; `parts` are its tranches at the agreed prices. Raises Missing where a clause blocks."""
    question = answer.dated
    answer.price_unit = price_unit
    answer.steps += scale_steps(line, question.quantity, parts)
    taken = [rate for begins, rate in line.reductions if begins <= question.day]
    known = [(clause, value_for(clause, question, values, answer.steps)) for clause in clauses]
    final = []
    for part in parts:
        indexed = part.price
        for clause, value in known:
            if clause.kind == PriceClause.Kind.SHARE:
                indexed = shared(clause, indexed, value, answer.steps)
        price = rounded(reduced(line, indexed, question.day), line.decimals)
        if taken:
            kept = min(line.unreduced or Decimal(0), indexed)
            figures = {"rates": taken, "before": indexed, "unreduced": kept, "after": price}
            answer.steps.append(Step("reduction", figures))
        final.append(Tranche(part.quantity, price))
    total_up(answer, final)
    for clause, value in known:
        if clause.kind == PriceClause.Kind.SURCHARGE:
            surcharged(clause, answer, value)
    if line.tooling_per_unit is not None:
        _amortise(answer, line)
    if line.minimum_quantity is not None and question.quantity < line.minimum_quantity:
        answer.hints.append(Step("below_minimum", {"minimum": line.minimum_quantity}))
    if not any(clause.kind == PriceClause.Kind.SHARE for clause in clauses):
        _cheaper(answer, line)


def scale_steps(line: Line, quantity: Decimal, parts: list[Tranche]) -> list[Step]:
    """How the scale came to its prices."""
    if line.scale == Scale.NONE:
        return [Step("agreed", {"price": part.price}) for part in parts] if line.discount is None else []
    if line.scale == Scale.INTERVAL:
        return [Step("tranche", {"quantity": part.quantity, "price": part.price}) for part in parts]
    of_scale = [step for step in line.steps if step[1] == parts[0].price]
    if line.scale == Scale.FROM:
        step = [one for one in of_scale if one[0] <= quantity][-1]
    else:
        step = next(one for one in of_scale if quantity <= one[0])
    return [Step(f"scale_{line.scale}", {"step": step[0], "price": step[1], "quantity": quantity})]


def total_up(answer: Priced, parts: list[Tranche]) -> None:
    """The amount of the goods; the price of several tranches is what they cost on average."""
    quantity = answer.question.quantity
    exact = sum((part.quantity * part.price for part in parts), Decimal(0)) / answer.price_unit
    answer.goods = round_money(exact, answer.currency)
    answer.price = parts[0].price if len(parts) == 1 else rounded(exact / quantity * answer.price_unit, 5)
    figures = {"quantity": quantity, "price": answer.price, "price_unit": answer.price_unit, "amount": answer.goods}
    answer.steps.append(Step("goods", figures))


def _amortise(answer: Priced, line: Line) -> None:
    """Tooling: each piece carries its part until the quantity is reached; the counter is what was delivered."""
    assert line.tooling_per_unit is not None
    assert line.tooling_quantity is not None
    delivered = line.delivered or Decimal(0)
    left = max(line.tooling_quantity - delivered, Decimal(0))
    carrying = min(answer.question.quantity, left)
    answer.tooling = round_money(carrying * line.tooling_per_unit, answer.currency)
    figures = {
        "cost": line.tooling_cost,
        "over": line.tooling_quantity,
        "per_unit": line.tooling_per_unit,
        "delivered": delivered,
        "quantity": carrying,
        "amount": answer.tooling,
    }
    answer.steps.append(Step("tooling", figures))


def _cheaper(answer: Priced, line: Line) -> None:
    """A larger quantity that costs less than this one: 499 may cost more than 500 (AT-31)."""
    if line.scale != Scale.FROM or answer.goods is None:
        return
    for begins, agreed in line.steps:
        if begins <= answer.question.quantity:
            continue
        price = rounded(reduced(line, agreed, answer.dated.day), line.decimals)
        amount = round_money(begins * price / answer.price_unit, answer.currency)
        if amount < answer.goods:
            answer.hints.append(Step("cheaper", {"quantity": begins, "amount": amount}))
