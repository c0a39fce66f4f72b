"""What is planned, aimed at and departed from in the world of the permission matrix."""

from datetime import date
from typing import Any

from accounts.models import User
from budgets.models import (
    AccountCost,
    AccountExpense,
    Budget,
    BudgetCell,
    BudgetLine,
    BudgetRound,
    BudgetShare,
    CorrectiveAction,
    Deviation,
    DeviationCause,
    IssuedPaper,
    QuantityPlan,
    RevisionProposal,
    SalesMeeting,
    SeasonalityProfile,
    Target,
    TopDownTarget,
)
from tests import matrix
from tests.factories.accounts import UserFactory
from tests.world_people import LATER, LONG_AGO, PEOPLE, World


def of_the_plans(world: World) -> None:
    """The account manager's budget in America, open, and the second account manager's that only who oversees all sees; targets of the year before."""
    built, product = world.built, world.own["product"]
    head = {"number": 1, "opened_at": LONG_AGO, "deadline": LATER, "currency": "EUR", "requested_by": built.sales_manager}
    done = {"approved_at": LONG_AGO, "approved_by": built.sales_manager, "published_at": LONG_AGO}
    running = BudgetRound.objects.create(first_month=LATER, status="open", **head)
    published = BudgetRound.objects.create(first_month=date(2098, 1, 1), status="published", **head, **done)
    reviewed = BudgetRound.objects.create(first_month=date(2095, 1, 1), status="open", **head)
    china = world.foreign["sales_line"]["a"].selling_location
    outsider = UserFactory()
    sides: list[dict[str, Any]] = []
    for contributor, location, plant in (
        (built.account_manager, built.usa, built.acme_us_plant),
        (built.account_manager2, china, world.foreign["plant"]),
    ):
        lines = []
        for one in (running, published, reviewed):
            submitted = {"status": "submitted", "submitted_at": LONG_AGO} if one == reviewed else {}
            budget = Budget.objects.create(round=one, contributor=contributor, location=location, **submitted)
            lines.append(
                BudgetLine.objects.create(
                    budget=budget, plant=plant, product=product, producing_location=built.italy, currency="EUR", revenue=120
                )
            )
        BudgetCell.objects.bulk_create(
            [BudgetCell(line=line, month=month, revenue=10) for line in lines for month in range(1, 13)]
        )
        target = Target.objects.create(
            round=published, line=lines[1], person=contributor, selling_location=location, producing_location=built.italy,
            plant=plant, customer=plant.customer, product=product, family=product.family, currency="EUR", revenue_01=120,
        )  # fmt: skip
        sides.append(
            {
                "budget": lines[0].budget,
                "lettered_budget": lines[1].budget,
                "budget_line": lines[0],
                "submitted_line": lines[2],
                "target": target,
                "account_cost": AccountCost.objects.create(budget=lines[0].budget, kind="travel", amount=120),
                "account_expense": AccountExpense.objects.create(
                    source="FI",
                    document=str(location.pk),
                    date=date(2026, 1, 7),
                    kind="travel",
                    location=location,
                    person=contributor,
                    customer=plant.customer,
                    amount=120,
                    currency="EUR",
                    base_amount=120,
                ),
                "issued_paper": IssuedPaper.objects.create(
                    kind="budget_book",
                    title="Budget book",
                    round=running,
                    budget=lines[0].budget,
                    issued_at=LONG_AGO,
                    issued_by=built.sales_manager,
                ),
                "budget_share": BudgetShare.objects.create(budget=lines[0].budget, user=outsider),
            }
            | _departing(built, contributor, location, plant)
        )
    tallied = BudgetRound.objects.create(first_month=date(2097, 1, 1), status="open", top_down=120, **head)
    Budget.objects.create(
        round=tallied, contributor=built.account_manager, location=built.usa, status="approved", revenue=120,
        submitted_at=LONG_AGO, approved_at=LONG_AGO, approved_by=built.sales_manager,
    )  # fmt: skip
    profile = SeasonalityProfile.objects.create(family=product.family, month_01=100)
    proposal = {"first_month": published.first_month, "why": "Lost", "effect": "Less"}
    shared = BudgetRound.objects.create(first_month=date(2096, 1, 1), status="shared", **head)
    asked = BudgetLine.objects.create(
        budget=Budget.objects.create(
            round=shared, contributor=built.account_manager2, location=china, status="approved", submitted_at=LONG_AGO,
            approved_at=LONG_AGO, approved_by=built.sales_manager,
        ),
        plant=world.foreign["plant"], product=product, producing_location=built.italy, currency="EUR", quantity=10, revenue=10,
    )  # fmt: skip
    BudgetCell.objects.create(line=asked, month=1, quantity=10, price=1, revenue=10)
    plans = [QuantityPlan.objects.create(round=shared, location=location) for location in (built.italy, built.germany)]
    world.own["quantity_plan"] = dict.fromkeys("psfmu", plans[0])
    world.foreign["quantity_plan"] = {letter: plans[letter in "pf"] for letter in PEOPLE if letter not in "smug"}
    aim = TopDownTarget.objects.create(round=running, of="new_products", amount=5)
    own_proposal, other = (
        RevisionProposal.objects.create(proposed_by=person, **proposal)
        for person in (built.account_manager, built.account_manager2)
    )
    world.own["revision_proposal"] = dict.fromkeys("asmu", own_proposal)
    world.foreign["revision_proposal"] = {letter: other for letter in PEOPLE if letter not in "smu"}
    for kind, one in (("budget_round", running), ("tallied_round", tallied), ("seasonality_profile", profile), ("top_down", aim)):
        world.own[kind] = dict.fromkeys("argsfmu", one)
        world.foreign[kind] = {letter: one for letter in PEOPLE if letter not in "argsfmu"}
    for kind in sides[0]:
        readers = "asmu" if kind == "sales_meeting" else "arsmu"
        world.own[kind] = dict.fromkeys(readers, sides[0][kind])
        world.foreign[kind] = {letter: sides[letter in readers][kind] for letter in PEOPLE if letter not in "smu"}


def _departing(built: matrix.Matrix, person: User, location: Any, plant: Any) -> dict[str, Any]:
    """A deviation of last year at a plant, explained and acted upon, one whose action is still open, and a meeting about the person."""
    made = []
    for number, settled in ((1, {"status": "done", "done_on": date(2026, 1, 7)}), (2, {})):
        deviation = Deviation.objects.create(
            first_month=date(2025, 1, 1), kind="plant", key=plant.pk, plant=plant, location=location, person=person, measure="quantity",
            unit=f"u{number}", months=12, planned=120, actual=20, worth=120, found_months=12, found_planned=120, found_actual=20,
            found_at=LONG_AGO, responsible=person,
        )  # fmt: skip
        DeviationCause.objects.create(deviation=deviation, code="price", amount=-100)
        action = CorrectiveAction.objects.create(
            deviation=deviation, what="Visit", owner=person, due_on=LATER, first_month=date(2025, 2, 1), expected=[10], **settled
        )
        made += [deviation, action]
    meeting = SalesMeeting.objects.create(held_on=date(2026, 1, 7), person=person, held_by=built.sales_manager)
    return {
        "deviation": made[0], "planned_deviation": made[2], "corrective_action": made[3], "sales_meeting": meeting,
    }  # fmt: skip
