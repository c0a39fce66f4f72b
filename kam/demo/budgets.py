"""The demonstration's plans: this year's budget, approved and published, and next year's, in preparation."""

from datetime import date, timedelta
from decimal import ROUND_UP, Decimal

from accounts.models import User
from budgets.actions import (
    adjust_cells,
    answer_quantities,
    answer_row,
    approve_budget,
    approve_round,
    challenge_line,
    close_round,
    confirm_quantities,
    consolidate_round,
    create_profile,
    create_top_down,
    decide_row,
    edit_budget,
    edit_round,
    fill_budget,
    open_round,
    plan_account_cost,
    propose_revision,
    propose_row,
    publish_round,
    record_account_costs,
    request_round,
    return_budget,
    share_budget,
    share_round,
    submit_budget,
)
from budgets.actions.quantities import Said
from budgets.actions.shared_rows import settle_silent
from budgets.models import (
    AccountExpense,
    Budget,
    BudgetLine,
    BudgetRound,
    QuantityPlan,
    RevisionProposal,
    SeasonalityProfile,
    TopDownTarget,
)
from budgets.models.counterparts import counterpart_of
from budgets.models.years import months_over
from budgets.reports.quantities import quantity_rows
from catalog.models import ProductFamily
from kam.core import clock
from kam.core.import_kinds import Change, Plan
from kam.demo import stage
from kam.demo.organisation import person

GUIDELINES = (
    "Mantenere i prezzi sui rulli, recuperare l'aumento dell'acciaio da aprile. Nessun volume nuovo senza un progetto con nome. "
    "Clienti in calo: dire perché e che cosa facciamo."
)
#: How much more quantity and price each contributor plans, in turn, in per cent.
GROWTH = ((4, 2), (6, 1), (2, 3), (9, 1), (3, 2))
STEP = Decimal(10_000)


#: How the year of belts and pulleys falls on the months, in per cent.
WEIGHTS = [Decimal(part) for part in (7, 8, 9, 9, 9, 9, 8, 4, 10, 10, 9, 8)]
#: What is asked of parts of next year's plan, in the company's currency.
PARTS = {"new_products": Decimal(150_000), "new_customers": Decimal(400_000)}
#: What each budget sets aside for account costs over the year, and what share of it each document since then has spent.
COSTS = {"travel": Decimal(18_000), "samples": Decimal(6_500), "premium_freight": Decimal(4_000)}
SPENT = (("travel", 40, "0.31"), ("travel", 130, "0.28"), ("samples", 75, "0.44"), ("premium_freight", 160, "1.15"))
CHALLENGED = "Sopra gli ultimi dodici mesi senza un progetto: quale, o riportare il valore."
#: What the counterparts of shared rows propose, in per cent of the owner's figure, and why; and what the owner answers, if anything.
COUNTER = (
    (Decimal(92), "Il secondo fornitore è già qualificato: perdiamo i ricambi.", "I ricambi sono in contratto fino a dicembre."),
    (Decimal(108), "Da marzo lavorano su due turni, l'ha detto il capo officina.", ""),
    (Decimal(110), "Parte la terza linea: gli alberi li compra lo stabilimento.", "Non ho ancora un ordine in mano."),
)
DECIDED = "La terza linea è ordinata, vista in visita: vale il valore di chi serve lo stabilimento."
#: So many of the largest rows are looked at for one that two people share.
SEARCHED = 60
PROPOSED = {
    "why": "Il cliente sposta in Polonia una delle due linee: da settembre i volumi di questo stabilimento calano di un terzo.",
    "effect": "Meno fatturato da settembre; un turno in meno sui rulli. La parte polacca si recupera solo l'anno prossimo.",
    "amount": Decimal(-180_000),
}


def make() -> None:
    """Make the round of this year as it was a year ago, how families fall on the months, and the round that runs now."""
    january = stage.day(0).replace(month=1, day=1)
    _published(january)
    _estimated(january)
    with stage.at(-30):
        for family in ProductFamily.objects.order_by("code")[:2]:
            create_profile(SeasonalityProfile, actor=person("sales.manager"), family=family, weights=WEIGHTS)
    _running(january.replace(year=january.year + 1))
    with stage.at(-3):
        propose_revision(RevisionProposal, actor=person("account.manager"), first_month=january, **PROPOSED)


def _budgets(one: BudgetRound) -> list[tuple[Budget, User]]:
    rows = Budget.objects.filter(round=one).select_related("contributor", "round", "location")
    return [
        (budget, person(budget.contributor.email.partition("@")[0])) for budget in rows.order_by("location__code", "contributor")
    ]


def _asked(year: date, requested: int, deadline: date) -> BudgetRound:
    """A round as the sales manager asks for it and opens it, each budget a little above what was sold."""
    with stage.at(requested):
        one = request_round(
            BudgetRound, actor=person("sales.manager"), first_month=year, deadline=deadline, guidelines=GUIDELINES
        )
        open_round(one, actor=person("sales.manager"))
    stage.measure()
    with stage.at(requested + 10):
        for turn, (budget, contributor) in enumerate(_budgets(one)):
            volume, price = (Decimal(percent) for percent in GROWTH[turn % len(GROWTH)])
            fill_budget(budget, actor=contributor, anew=True, volume_percent=volume, price_percent=price)
    return one


def _rounded(amount: Decimal) -> Decimal:
    return (amount / STEP).to_integral_value(ROUND_UP) * STEP


def _published(year: date) -> None:
    opened = (date(year.year - 1, 10, 1) - stage.day(0)).days
    one = _asked(year, opened, stage.day(opened + 30))
    with stage.at(opened + 25):
        for budget, contributor in _budgets(one):
            for kind, amount in COSTS.items():
                plan_account_cost(budget, actor=contributor, kind=kind, amount=amount)
            submit_budget(budget, actor=contributor)
    with stage.at(opened + 40):
        for budget, _contributor in _budgets(one):
            approve_budget(budget, actor=person("sales.manager"))
        reached = _rounded(sum((budget.revenue for budget, _one in _budgets(one)), Decimal(0)))
        edit_round(one, actor=person("sales.manager"), top_down=reached)
        for step in (consolidate_round, share_round):
            step(one, actor=person("sales.manager"))
    with stage.at(opened + 44):
        _answered(one)
    with stage.at(opened + 50):
        for step in (approve_round, publish_round):
            step(one, actor=person("sales.manager"))
    _spent(one)


def _spent(one: BudgetRound) -> None:
    """What accounting has sent of the account costs since the year began."""
    days = [(kind, one.first_month + timedelta(days=after), Decimal(share)) for kind, after, share in SPENT]
    changes = [
        Change(number, document, values | {"source": "FI", "document": document})
        for place, (budget, contributor) in enumerate(_budgets(one))
        for number, (kind, day, share) in enumerate(days, 1)
        if day <= stage.day(0)
        for document, values in [(f"{day:%Y}-{place + 1:02d}{number:02d}", _spent_on(budget, contributor, kind, day, share))]
    ]
    record_account_costs(AccountExpense, actor=person("sales.manager"), plan=Plan(create=changes))


def _spent_on(budget: Budget, contributor: User, kind: str, day: date, share: Decimal) -> dict[str, object]:
    amount = round(COSTS[kind] * share, 2)
    where = {"location": budget.location, "person": contributor}
    return where | {"kind": kind, "date": day, "amount": amount, "currency": "EUR", "base_amount": amount}


def _answered(one: BudgetRound) -> None:
    """Production in Italy has a limit on one product and a need on another, and says yes to the rest."""
    for plan in QuantityPlan.objects.filter(round=one, location__code="IT").select_related("round"):
        rows = quantity_rows(plan)
        said = [
            Said(row.product, answer, cell.month, quantity=cell.quantity if answer == "limit" else None, note=note)
            for row, (answer, note) in zip(rows, (("limit", ""), ("need", "Secondo turno sui torni da marzo.")), strict=False)
            for cell in row.cells
            if cell.quantity
        ]
        if said:
            answer_quantities(plan, actor=person("production"), answers=said)
        confirm_quantities(plan, actor=person("production"))


def _estimated(year: date) -> None:
    """The year as it was estimated two months ago and last month, a little more careful than the targets."""
    for days, percent in ((-62, Decimal(-3)), (-28, Decimal(-1))):
        with stage.at(days):
            if not 1 <= months_over(year, clock.today()) <= 11:
                continue
            one = request_round(
                BudgetRound,
                actor=person("sales.manager"),
                kind=BudgetRound.Kind.ESTIMATE,
                first_month=year,
                deadline=clock.today() + timedelta(days=5),
            )
            open_round(one, actor=person("sales.manager"))
            stage.measure()
            for budget, contributor in _budgets(one):
                if budget.line_count:
                    adjust_cells(budget, actor=contributor, measure="price", percent=percent)
                submit_budget(budget, actor=contributor)
            one.refresh_from_db()
            close_round(one, actor=person("sales.manager"))


def _running(year: date) -> None:
    one = _asked(year, -24, stage.day(12))
    with stage.at(-13):
        for budget, contributor in _budgets(one):
            fill_budget(budget, actor=contributor, source="agreed_prices")
            fill_budget(budget, actor=contributor, source="negotiations")
    stage.measure()
    with stage.at(-12):
        budgets = _budgets(one)
        asked = _rounded(sum((budget.revenue for budget, _one in budgets), Decimal(0)) * Decimal("1.04"))
        edit_round(one, actor=person("sales.manager"), top_down=asked)
        for budget, _contributor in budgets:
            edit_budget(budget, actor=person("sales.manager"), top_down=_rounded(budget.revenue * Decimal("1.04")))
        for of, amount in PARTS.items():
            create_top_down(TopDownTarget, actor=person("sales.manager"), round=one, of=of, amount=amount)
        family = ProductFamily.objects.order_by("code")[0]
        create_top_down(
            TopDownTarget, actor=person("sales.manager"), round=one, of="family", family=family, amount=_rounded(asked / 5)
        )
    _shared(one)
    with stage.at(-4):
        for turn, (budget, contributor) in enumerate(_budgets(one)):
            if turn == 1:
                share_budget(budget, actor=contributor, user=person("production"), may_comment=True)
            if turn % 2 == 0:
                submit_budget(budget, actor=contributor)
            if turn % 6 == 0:
                approve_budget(budget, actor=person("sales.manager"))
            if turn % 6 == 4:
                largest = budget.lines.order_by("-revenue", "pk").first()
                if largest is not None:
                    counter = _rounded(largest.revenue * Decimal("0.9"))
                    challenge_line(largest, actor=person("sales.manager"), counter=counter, why=CHALLENGED)
                return_budget(
                    budget, actor=person("sales.manager"), reason="Crescita senza progetti con nome: dire quali, o togliere."
                )


def _shared(one: BudgetRound) -> None:
    """Rows that account manager and area manager share: one is open, one was agreed by silence, one was decided."""
    drafts = [budget for budget, _contributor in _budgets(one)][1::2]
    lines = BudgetLine.objects.filter(budget__in=drafts, plant__isnull=False, revenue__gt=0)
    every = lines.select_related("plant__customer", "budget__location", "budget__contributor").order_by("-revenue", "pk")
    shared = [(line, other) for line in every[:SEARCHED] if (other := counterpart_of(line)) is not None][: len(COUNTER)]
    with stage.at(-13, 10):
        for (line, other), (percent, why, _answer) in zip(shared, COUNTER, strict=False):
            propose_row(line, actor=other, proposed=round(line.revenue * percent / 100, -3), why=why)
    with stage.at(-10):
        for (line, _other), (_percent, _why, answer) in zip(shared, COUNTER, strict=False):
            line.refresh_from_db()
            if answer:
                answer_row(line, actor=line.budget.contributor, answer="open", comment=answer)
    with stage.at(-5):
        settle_silent()
        for line, _other in shared[-1:]:
            line.refresh_from_db()
            if line.proposal == BudgetLine.Proposal.OPEN:
                decide_row(line, actor=person("sales.manager"), figure="proposed", why=DECIDED)
