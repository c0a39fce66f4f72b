"""Read-only figures of the catalogue, used alike by screen, chart, Excel and API; a module a noun."""

from catalog.reports.catalogue import (
    capacity_hours,
    capacity_months,
    cost_courses,
    cost_split,
    costs_of,
    count_items,
    count_where_used,
    family_tree,
    hours_by_shares,
    prices_of,
    products_without_bill,
    resources_for,
    where_used,
    without_bill,
)
from catalog.reports.documents import MissingDocument, missing_for_order_lines, records_of_lines

__all__ = [
    "MissingDocument",
    "capacity_hours",
    "capacity_months",
    "cost_courses",
    "cost_split",
    "costs_of",
    "count_items",
    "count_where_used",
    "family_tree",
    "hours_by_shares",
    "missing_for_order_lines",
    "prices_of",
    "products_without_bill",
    "records_of_lines",
    "resources_for",
    "where_used",
    "without_bill",
]
