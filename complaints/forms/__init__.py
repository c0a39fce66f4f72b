"""Forms of complaints, of their process, of customers' deadlines and of turns on call: they parse, an action decides."""

from complaints.forms.complaints import ComplaintForm, DuplicateForm, IntakeForm, OnCallForm, ReceiptForm, ReportFileForm

__all__ = ["ComplaintForm", "DuplicateForm", "IntakeForm", "OnCallForm", "ReceiptForm", "ReportFileForm"]
