"""The print forms of plans as the quality system knows them."""

from typing import Any

from kam.core.printing import PrintForm

REPORT, MEETING = "deviation_report", "sales_meeting"
BOOK, LETTER, QUANTITIES = "budget_book", "target_letter", "quantity_plan"
FORMS = {
    BOOK: {
        "name_en": "Budget book", "name_it": "Libro budget", "name_de": "Budgetbuch", "procedure": "PQ 08-01",
        "form": "MOD 08-01-01", "revision": "0",
    },
    LETTER: {
        "name_en": "Target letter", "name_it": "Lettera obiettivi", "name_de": "Zielschreiben", "procedure": "PQ 08-01",
        "form": "MOD 08-01-02", "revision": "0",
    },
    QUANTITIES: {
        "name_en": "Quantity plan for Production", "name_it": "Piano quantità per la produzione",
        "name_de": "Mengenplan für die Produktion", "procedure": "PQ 08-01", "form": "MOD 08-01-03", "revision": "0",
    },
    REPORT: {
        "name_en": "Deviation report", "name_it": "Report scostamenti", "name_de": "Abweichungsbericht", "procedure": "PQ 09-01",
        "form": "MOD 09-01-01", "revision": "0",
    },
    MEETING: {
        "name_en": "Minutes of the sales meeting", "name_it": "Verbale della riunione vendite",
        "name_de": "Protokoll der Vertriebssitzung", "procedure": "PQ 09-01", "form": "MOD 09-01-02", "revision": "0",
    },
}  # fmt: skip
#: A part of a sheet, as templates/print/sheet.typ sets it.
Block = dict[str, Any]


def install_print_forms(**_of_migrate: Any) -> None:
    """Make the print forms of plans where they are missing; what was changed stays."""
    for code, values in FORMS.items():
        PrintForm.objects.get_or_create(code=code, defaults=values)
