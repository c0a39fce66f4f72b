"""Contents of printed documents of plans, a module a paper."""

from budgets.documents.book import budget_book
from budgets.documents.deviations import deviation_report, meeting_sheet
from budgets.documents.forms import install_print_forms
from budgets.documents.letter import letter_key, target_letter
from budgets.documents.quantities import quantity_sheet

__all__ = [
    "budget_book",
    "deviation_report",
    "install_print_forms",
    "letter_key",
    "meeting_sheet",
    "quantity_sheet",
    "target_letter",
]
