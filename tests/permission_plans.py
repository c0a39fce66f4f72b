"""The part of the table of rights that is about plans: rounds, budgets, their lines and targets; tests.permission_matrix has the rest."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import F

from tests.permission_rows import Row, form, lists, many, one, posts, reads

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)

APPROVED: dict[str, Any] = {"status": "approved", "approved_at": NOON, "approved_by": F("requested_by")}
PUBLISHED: dict[str, Any] = APPROVED | {"status": "published", "published_at": NOON}

PLANS: dict[str, Row] = {
    "budgets:round_list": lists(),
    "budgets:round_create": form("", "s"),
    "budgets:round_detail": reads("budget_round"),
    "budgets:round_edit": form("budget_round", "s"),
    "budgets:round_open": form("budget_round", "s", status="requested", opened_at=None),
    "budgets:round_rate": form("budget_round", "s"),
    "budgets:round_costs": form("budget_round", "s"),
    "budgets:round_stretch": form("budget_round", "s"),
    "budgets:round_consolidate": form("tallied_round", "s"),
    "budgets:round_share": form("budget_round", "s", status="consolidated"),
    "budgets:round_approve": form("budget_round", "s", status="shared"),
    "budgets:round_publish": form("budget_round", "s", **APPROVED),
    "budgets:round_close": form("budget_round", "s", **PUBLISHED),
    "budgets:round_cancel": form("budget_round", "s"),
    "budgets:budget_list": lists(),
    "budgets:budget_create": form("", "s"),
    "budgets:budget_detail": reads("budget"),
    "budgets:budget_grid": reads("budget"),
    "budgets:budget_target": form("budget", "s"),
    "budgets:budget_fill": form("budget", "a"),
    "budgets:budget_submit": form("budget", "a"),
    "budgets:budget_approve": form("budget", "s", status="submitted", submitted_at=NOON),
    "budgets:budget_return": form("budget", "s", status="submitted", submitted_at=NOON),
    "budgets:line_create": form("budget", "a"),
    "budgets:line_list": lists(),
    "budgets:line_detail": reads("budget_line"),
    "budgets:line_edit": form("budget_line", "a"),
    "budgets:line_months": form("budget_line", "a"),
    "budgets:line_spread": form("budget_line", "a"),
    "budgets:line_remove": form("budget_line", "a"),
    "budgets:target_list": lists(),
    "budgets:my_year": reads(),
    "budgets:home_year": reads(),
    "budgets:home_round": reads(),
    "api:target-attainment": reads(),
    "api:budget_round-list": many("s"),
    "api:budget_round-detail": one("budget_round", "s"),
    "api:budget_round-open": posts("budget_round", "s", status="requested", opened_at=None),
    "api:budget_round-set-rate": posts("budget_round", "s"),
    "api:budget_round-renew-costs": posts("budget_round", "s"),
    "api:budget_round-own-stretch": posts("budget_round", "s"),
    "api:budget_round-consolidate": posts("tallied_round", "s"),
    "api:budget_round-share": posts("budget_round", "s", status="consolidated"),
    "api:budget_round-approve": posts("budget_round", "s", status="shared"),
    "api:budget_round-publish": posts("budget_round", "s", **APPROVED),
    "api:budget_round-close": posts("budget_round", "s", **PUBLISHED),
    "api:budget_round-cancel": posts("budget_round", "s"),
    "api:budget-list": many("s"),
    "api:budget-detail": one("budget", "s"),
    "api:budget-fill": posts("budget", "a"),
    "api:budget-cells": reads("budget"),
    "api:budget-compared": reads("budget"),
    "api:budget-edit-cells": posts("budget", "a"),
    "api:budget-adjust-cells": posts("budget", "a"),
    "api:budget-submit": posts("budget", "a"),
    "api:budget-approve": posts("budget", "s", status="submitted", submitted_at=NOON),
    "api:budget-return-": posts("budget", "s", status="submitted", submitted_at=NOON),
    "api:budget_line-list": many("ars"),
    "api:budget_line-detail": one("budget_line", "a", "a"),
    "api:budget_line-past": reads("budget_line"),
    "api:budget_line-phase": posts("budget_line", "a"),
    "api:target-list": reads(),
    "api:target-detail": reads("target"),
}
