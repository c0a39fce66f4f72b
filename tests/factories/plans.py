"""Budgets with many lines for tests and measurements, made by a few statements."""

from django.db import connection

from accounts.models import Customer, Plant
from budgets.actions.totals import keep_totals
from budgets.models import Budget, BudgetLine
from catalog.models import Product
from tests.factories.accounts import CustomerFactory, PlantFactory
from tests.factories.catalog import ProductFactory, ProductFamilyFactory

# Twelve months a line: 110 to 199 pieces, none of which a test types, at a price between ten and a hundred.
CELLS = """
INSERT INTO budgets_budgetcell (line_id, month, quantity, price, revenue, version)
SELECT made.id, made.month, made.quantity, made.price, round(made.quantity * made.price, 2), 1
FROM (SELECT line.id, month, 110 + (line.id * 7 + month * 13) %% 90 AS quantity, 10 + (line.id * 31) %% 90 + 0.25 AS price
    FROM budgets_budgetline AS line CROSS JOIN generate_series(1, 12) AS month WHERE line.id = ANY(%(lines)s)) AS made
"""


def plan(budget: Budget, *, customers: int, products: int) -> list[BudgetLine]:
    """A line for each of so many customers' plants and products, with its months."""
    companies = Customer.objects.bulk_create(CustomerFactory.build_batch(customers, group=None))
    plants = Plant.objects.bulk_create(
        PlantFactory.build(customer=company, name=f"Plant {at:02d}") for at, company in enumerate(companies)
    )
    family = ProductFamilyFactory()
    articles = Product.objects.bulk_create(
        ProductFactory.build_batch(products, family=family, producing_location=budget.location, revision=False)
    )
    lines = BudgetLine.objects.bulk_create(
        BudgetLine(
            budget=budget,
            plant=plant,
            product=product,
            producing_location=budget.location,
            currency=budget.location.currency,
            unit="pcs",
        )
        for plant in plants
        for product in articles
    )
    with connection.cursor() as cursor:
        cursor.execute(CELLS, {"lines": [line.pk for line in lines]})
    keep_totals([budget.pk], budget.round.decimals)
    return lines
