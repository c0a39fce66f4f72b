"""What is measured, as SQL: the months of a measure in a row of the targets (`target`) and of the ledger's totals (`total`)."""

from budgets.models import Measure
from budgets.models.targets import COST
from budgets.models.targets import month_column as target_column
from orders.models.totals import month_column


def planned_in(measure: str, place: int, *, kept: bool = False) -> str:
    """A month of a target, or of a row of their `kept` totals. Revenue whose cost is not known is in no margin: an empty cost
    empties it.
    """
    if measure == Measure.MARGIN and not kept:
        return f"target.{target_column(Measure.REVENUE, place)} - target.{target_column(COST, place)}"
    return f"target.{target_column(measure, place)}"


def sold_in(measure: str, month: int) -> str:
    """A month of a row of the ledger's totals; a margin of that of which the cost is known."""
    if measure == Measure.MARGIN:
        return " - ".join(f"coalesce(total.{month_column(one, month)}, 0)" for one in (Measure.REVENUE, "uncosted", COST))
    return f"total.{month_column(measure, month)}"
