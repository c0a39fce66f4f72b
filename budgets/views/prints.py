"""The buttons that have papers of plans printed: the budget book, the target letter, the quantity plan."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from budgets.documents import letter_key
from budgets.models import Budget, BudgetRound, QuantityPlan
from kam.core.views import PrintView


class BookPrint(PrintView):
    """The book of a round."""

    model: Any = BudgetRound
    printed = "budgets.budget_book"

    def key(self, record: Any) -> str:
        return f"{'budget' if isinstance(record, Budget) else 'round'}:{record.pk}"


class BudgetBookPrint(BookPrint):
    """The book of one budget."""

    model = Budget


class LetterPrint(PrintView):
    """The target letter of whoever prepared a budget, for the year of its round."""

    model = Budget
    printed = "budgets.target_letter"

    def key(self, record: Any) -> str:
        return letter_key(record.contributor, record.round.first_month, actor=self.reader)

    def title(self, record: Any) -> str:
        return f"{_('Target letter')} {record.round.year} · {record.contributor}"


class QuantityPrint(PrintView):
    """The quantity plan of a location."""

    model = QuantityPlan
    printed = "budgets.quantity_sheet"
