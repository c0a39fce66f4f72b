"""Keeping the totals of targets: written anew, in one statement, for the rounds of a year whenever a round of it is published."""

from datetime import date

from django.db import connection

from budgets.reports.target_totals import COLUMNS, KEY_COLUMNS, TOTALS

OF_YEAR = "round_id IN (SELECT id FROM budgets_budgetround WHERE first_month = %(first_month)s)"
FORGET = f"DELETE FROM budgets_targettotal WHERE {OF_YEAR}"
KEEP = f"INSERT INTO budgets_targettotal (level, {', '.join([*KEY_COLUMNS, *COLUMNS])}) {TOTALS.format(rounds=OF_YEAR)}"


def keep_target_totals(first_month: date) -> None:
    """Write the totals of a year's targets, those of earlier rounds too: a publication has some of them step back."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"first_month": first_month})
        cursor.execute(KEEP, {"first_month": first_month})
