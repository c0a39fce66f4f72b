"""Contents of printed documents of complaints and repairs, a module a noun."""

from complaints.documents.internal import complaint_label, credit_request
from complaints.documents.repairs import install_repair_forms, keep_letter, repair_label, repair_letter
from complaints.documents.reports import install_report_forms, keep_complaint_letter, report_print

__all__ = [
    "complaint_label",
    "credit_request",
    "install_repair_forms",
    "install_report_forms",
    "keep_complaint_letter",
    "keep_letter",
    "repair_label",
    "repair_letter",
    "report_print",
]
