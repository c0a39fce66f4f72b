"""Deciding which price wins: the most specific one; everything that lost says why."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from kam.core.money import round_money
from orders.models import PriceAgreement
from orders.pricing.computing import compute, rounded, total_up, tranches
from orders.pricing.costing import costed, foreign, read_costs
from orders.pricing.finding import Found, find
from orders.pricing.following import Missing, Values, clauses_of, read_values
from orders.pricing.questions import Candidate, Clause, Line, Listed, Priced, Question, Step, Tranche


def price_all(questions: Sequence[Question], *, with_costs: bool = False) -> list[Priced]:
    """The price of each question and why, in the order of the questions; as many queries for a thousand as for one.

    The most specific price wins: one for the programme asked about before all others, one for the product before one for its
    family (the nearest family first), one of the plant before the company's and the group's, one of our location before one of
    all locations; the list price last. A price must hold on the day, in the currency, at the location and for the quantity.
    Only with costs each answer has its `cost` with the margins, or why there is none; who may read it is asked elsewhere.
    """
    found = find(questions)
    answers = [_decided(question, found) for question in questions]
    winning = [answer.winner.line for answer in answers if answer.winner and answer.winner.line]
    agreed = clauses_of({line.agreement_id for line in winning})
    followed = {place: _clauses(answer, agreed) for place, answer in enumerate(answers)}
    costs = read_costs(questions) if with_costs else None
    values = read_values(
        ((clause, answers[place].dated) for place, clauses in followed.items() for clause in clauses),
        foreign(questions, costs) if costs else (),
    )
    for place, answer in enumerate(answers):
        try:
            _computed(answer, followed[place], values)
        except Missing as missing:
            answer.block(missing.step.code, **missing.step.values)
        if costs:
            answer.cost = costed(answer, costs, values)
    return answers


def _clauses(answer: Priced, agreed: Mapping[int, Sequence[Clause]]) -> list[Clause]:
    """The clauses that an answer follows: those of the whole agreement, and those of the product."""
    line = answer.winner.line if answer.winner else None
    clauses = agreed.get(line.agreement_id, ()) if line else ()
    return [clause for clause in clauses if clause.product_id in (None, answer.question.product.id)]


def _decided(question: Question, found: Found) -> Priced:
    answer = Priced(question, currency=question.money)
    chain = found.above.get(question.product.family_id, [])
    prices = found.listed.get(question.product.id, [])
    candidates = []
    for line in found.of_product.get(question.product.id, []):
        candidates += _candidate(question, line, 0, prices)
    for distance, family in enumerate(chain, 1):
        for line in found.of_family.get(family, []):
            candidates += _candidate(question, line, distance, prices)
    _let_go_on(question, candidates, prices)
    candidates += _listed(question, prices)
    standing = [one for one in candidates if not one.verdict]
    standing.sort(key=lambda one: one.rank, reverse=True)
    if standing:
        answer.winner, *others = standing
        answer.winner.verdict = "won"
        for one in others:
            one.verdict = "replaced" if one.rank[:-1] == answer.winner.rank[:-1] and one.line else "less_specific"
    answer.losers = sorted((one for one in candidates if one is not answer.winner), key=lambda one: one.rank, reverse=True)
    return answer


def _candidate(question: Question, line: Line, distance: int, prices: Sequence[Listed]) -> list[Candidate]:
    """A line as a candidate with its verdict on its own pricing date; none where it is not about this plant.

    One that follows another holds together with it where they go by other days: then the later one wins.
    """
    level = _level(question, line)
    if not level:
        return []
    begins = line.begins.toordinal() if line.begins else 0
    one = Candidate(line, rank=(1 if line.programme_id else 0, 1, -distance, level, 1 if line.location_id else 0, begins))
    if line.programme_id and (question.programme is None or question.programme.id != line.programme_id):
        one.verdict, one.values = "programme", {"programme": line.programme}
    elif line.location_id and (question.location is None or question.location.id != line.location_id):
        one.verdict, one.values = "location", {"location": line.location}
    else:
        dated = question.by(line.pricing_date)
        _judge(one, line, dated)
        if not one.verdict:
            _priceable(one, line, dated, prices)
    return [one]


def _priceable(one: Candidate, line: Line, dated: Question, prices: Sequence[Listed]) -> None:
    """A discount needs a list price, and a scale a price for the quantity."""
    if line.discount is not None:
        holding = [price for price in _listed(dated, prices) if not price.verdict]
        one.base = max(holding, key=lambda price: price.rank).listed if holding else None
        one.verdict = "" if holding else "no_list_price"
    elif line.step_prices and not tranches(line, dated.quantity):
        one.verdict, one.values = "quantity", {"quantity": dated.quantity}


def _let_go_on(question: Question, candidates: Sequence[Candidate], prices: Sequence[Listed]) -> None:
    """Let a price that held on the day of the order go on, where it is over by its own pricing date and what follows it has not begun by its own.

    One goes by the delivery, the next by the order: for what was ordered before the change and is delivered after it neither would hold.
    """
    coming = {(one.rank[:-1], one.line.begins) for one in candidates if one.verdict == "later" and one.line is not None}
    for one in candidates:
        line = one.line
        if line is None or one.verdict != "over" or (one.rank[:-1], line.until) not in coming:
            continue
        if (line.begins is None or line.begins <= question.day) and line.until is not None and question.day < line.until:
            one.verdict, one.values = "", {"goes_on": line.last_day}
            _priceable(one, line, question.by(line.pricing_date), prices)


def _level(question: Question, line: Line) -> int:
    """How near an agreement is to the plant: 3 the plant's own, 2 the company's, 1 the group's, 0 somebody else's."""
    plant, company, group = question.holders
    if line.plant_id is not None:
        return 3 if line.plant_id == plant else 0
    if line.customer_id is not None:
        return 2 if line.customer_id == company else 0
    return 1 if line.group_id is not None and line.group_id == group else 0


def _judge(one: Candidate, row: Line | Listed, question: Question) -> None:
    """Currency and days, which hold for every price."""
    if row.currency != question.money:
        one.verdict, one.values = "currency", {"currency": row.currency}
    elif row.begins is not None and question.day < row.begins:
        one.verdict, one.values = "later", {"first_day": row.first_day}
    elif row.until is not None and question.day >= row.until:
        one.verdict, one.values = "over", {"last_day": row.last_day}


def _listed(question: Question, prices: Sequence[Listed]) -> list[Candidate]:
    """The list prices as candidates: that of our location before the general one."""
    found = []
    for price in prices:
        one = Candidate(price, rank=(0, 0, 0, 0, 1 if price.location_id else 0, 0))
        if price.location_id and (question.location is None or price.location_id != question.location.id):
            one.verdict, one.values = "location", {"location": price.location}
        else:
            _judge(one, price, question)
        found.append(one)
    return found


def _computed(answer: Priced, clauses: Sequence[Clause], values: Values) -> None:
    """The figures of an answer, or why there are none. Raises Missing where a clause blocks."""
    if answer.winner is None:
        answer.block("no_price", currency=answer.currency)
        return
    line, price, listed = answer.winner.line, answer.winner.listed, answer.winner.base
    if line is not None and line.pricing_date != PriceAgreement.PricingDate.ORDER:
        rule = line.pricing_date if answer.question.known(line.pricing_date) else f"{line.pricing_date}_unknown"
        answer.steps.append(Step(f"by_{rule}", {"day": answer.dated.day}))
    if "goes_on" in answer.winner.values:
        answer.steps.append(Step("goes_on", {"day": answer.winner.values["goes_on"]}))
    if price is not None:
        answer.price_unit = price.price_unit
        answer.steps.append(Step("listed", {"price": price.price, "price_unit": price.price_unit}))
        total_up(answer, [Tranche(answer.question.quantity, price.price)])
    elif line is not None and line.discount is not None and listed is not None:
        after = rounded(listed.price * (1 - line.discount / 100), line.decimals)
        answer.steps.append(Step("listed", {"price": listed.price, "price_unit": listed.price_unit}))
        answer.steps.append(Step("discount", {"rate": line.discount, "after": after}))
        parts = [Tranche(answer.question.quantity, after)]
        compute(answer, line, parts, price_unit=listed.price_unit, clauses=clauses, values=values)
    elif line is not None:
        parts = tranches(line, answer.question.quantity)
        compute(answer, line, parts, price_unit=line.price_unit, clauses=clauses, values=values)
    answer.steps.append(Step("net", {"amount": round_money(answer.net or Decimal(0), answer.currency)}))
