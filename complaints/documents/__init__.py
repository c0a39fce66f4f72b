"""Contents of printed documents of complaints and repairs, a module a noun."""

from complaints.documents.repairs import install_repair_forms, keep_letter, repair_label, repair_letter

__all__ = ["install_repair_forms", "keep_letter", "repair_label", "repair_letter"]
