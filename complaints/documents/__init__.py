"""Contents of printed documents of complaints and repairs, a module a noun."""

from complaints.documents.repairs import install_repair_forms, keep_letter, repair_label, repair_letter
from complaints.documents.reports import install_report_forms, keep_report, report_print

__all__ = [
    "install_repair_forms",
    "install_report_forms",
    "keep_letter",
    "keep_report",
    "repair_label",
    "repair_letter",
    "report_print",
]
